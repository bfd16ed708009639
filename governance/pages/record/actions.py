"""Actions on a page: as they are shown, and as a form sends them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.http import QueryDict

from rfcs import actions
from rfcs.actions import Action
from rfcs.teams import display_name

BLANK = 2
"""Empty rows for further actions."""


def shown(wanted: Iterable[Action]) -> list[dict[str, Any]]:
    """For components/action_table.html: with the printed names of who has them."""
    rows = list(wanted)
    people = get_user_model()._default_manager.filter(username__in={action.owner for action in rows})
    names = {person.get_username(): display_name(person) for person in people}
    return [action.json() | {"who": names.get(action.owner, action.owner), "day": action.day} for action in rows]


def rows(wanted: Iterable[Action]) -> list[Action]:
    """For components/action_rows.html: what there is, and room for more."""
    return [*wanted, *[Action()] * BLANK]


def sent(form: QueryDict) -> tuple[Action, ...]:
    lists = (form.getlist(f"action_{name}") for name in ("what", "owner", "due"))
    return actions.read({"what": what, "owner": owner, "due": due} for what, owner, due in zip(*lists, strict=False))
