"""What somebody does by a day: in what a lesson and a post-incident review end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from rfcs.errors import Reason, not_ready
from rfcs.limits import unstorable

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 500
MOST = 30


@dataclass(frozen=True, slots=True)
class Action:
    """A task, the user name of whoever does it, and the day by which it is done (ISO 8601), as they were typed."""

    what: str = ""
    owner: str = ""
    due: str = ""

    @property
    def day(self) -> date | None:
        try:
            return date.fromisoformat(self.due)
        except ValueError:
            return None

    def json(self) -> dict[str, str]:
        return asdict(self)


def read(rows: Iterable[Mapping[str, object]]) -> tuple[Action, ...]:
    """Rows of a form, a call or the store; those that say nothing at all are left out."""
    found = (Action(*(str(row.get(name, "")).strip() for name in ("what", "owner", "due"))) for row in rows)
    return tuple(action for action in found if action != Action())


def people_of(actions: Iterable[Action]) -> dict[str, User]:
    """Those named who have an active account, by user name."""
    names = {action.owner for action in actions if not unstorable(action.owner)}
    found = get_user_model()._default_manager.filter(username__in=names, is_active=True) if names else ()
    return {user.get_username(): user for user in found}


def unfit(actions: tuple[Action, ...], people: Mapping[str, User]) -> Iterator[Reason]:
    """Every reason why these cannot be kept; `people` comes from `people_of`."""
    if len(actions) > MOST:
        message = f"Name at most {MOST} actions; what is more belongs into a tracker."
        yield not_ready("too_many_actions", message, field="actions", who="you")
    for number, action in enumerate(actions, start=1):
        yield from _unfit(number, action, people)


def _unfit(number: int, action: Action, people: Mapping[str, User]) -> Iterator[Reason]:
    if not action.what or len(action.what) > LONGEST or unstorable(action.what):
        message = f"Action {number}: say what is done, in at most {LONGEST} characters."
        yield not_ready("action_missing", message, field="actions", who="you")
    if action.owner not in people:
        name = "this user name" if unstorable(action.owner) else f"the user name “{action.owner[:80]}”"
        message = f"Action {number}: nobody active has {name}; name who does it."
        yield not_ready("action_owner", message, field="actions", who="you")
    if action.day is None:
        message = f"Action {number}: give the day by which it is done."
        yield not_ready("action_due", message, field="actions", who="you")
