"""The lesson of a rollback on the RFC's page: its last version, and the form for who may write it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.http import QueryDict

from rfcs import lessons
from rfcs.lessons import MOST_ACTIONS, TEXTS, Action
from rfcs.models import RFC, Lesson
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LABELS = {
    "happened": "What happened",
    "missed": "Why the process did not catch it",
    "changes": "What changes from now on",
}
BLANK = 2
"""Empty rows for further actions."""


def parts(rfc: RFC, user: User, *, typed: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """What the section shows; nothing for an RFC that was not rolled back. `typed`: of a refused attempt."""
    lesson = Lesson.objects.filter(rfc=rfc).first()
    if lesson is None:
        return None
    last = lessons.latest(lesson)
    said: Mapping[str, Any] = typed or {"texts": last.said if last else {}, "actions": _actions(last and last.actions)}
    return {
        "row": lesson,
        "last": last,
        "version": last.number if last else 0,
        "texts": [(label, getattr(last, name)) for name, label in LABELS.items()] if last else [],
        "actions": _named(last.actions) if last else [],
        "fields": [(name, label, said["texts"].get(name, "")) for name, label in LABELS.items()],
        "rows": [action.json() for action in (*said["actions"], *[Action("", "", None)] * BLANK)][:MOST_ACTIONS],
        "may_write": not lessons.why_not_by(rfc, user),
        "refusal": typed and typed["refusal"],
    }


def _actions(stored: Any) -> list[Action]:
    return [Action(row["what"], row["owner"], _day(row["due"])) for row in stored or ()]


def _named(stored: Any) -> list[dict[str, Any]]:
    """Actions with the printed names of who has them."""
    people = get_user_model().objects.filter(username__in=[row["owner"] for row in stored])
    names = {person.get_username(): display_name(person) for person in people}
    return [{**row, "who": names.get(row["owner"], row["owner"]), "day": _day(row["due"])} for row in stored]


def read(sent: QueryDict) -> dict[str, Any]:
    """The texts and actions of a form; a row of which nothing was typed is none."""
    rows = [[sent.get(f"{name}-{row}", "").strip() for name in ("what", "owner", "due")] for row in range(MOST_ACTIONS)]
    actions = [Action(what, owner, _day(due)) for what, owner, due in rows if what or owner or due]
    return {"texts": {name: sent.get(name, "") for name in TEXTS}, "actions": actions}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
