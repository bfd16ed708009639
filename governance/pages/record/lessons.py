"""The lesson of a rollback on the RFC's page: its last version, and the form for who may write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from governance.pages.record import actions
from rfcs import lessons
from rfcs.actions import read as read_actions
from rfcs.lessons import TEXTS
from rfcs.models import RFC, Lesson
from rfcs.states import State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LABELS = {
    "happened": "What happened",
    "missed": "Why the process did not catch it",
    "changes": "What changes from now on",
}


def parts(rfc: RFC, user: User, *, typed: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """What the section shows; nothing for an RFC that was not rolled back. `typed`: of a refused attempt."""
    lesson = Lesson.objects.filter(rfc=rfc).first() if rfc.state == State.ROLLED_BACK else None
    if lesson is None:
        return None
    last = lessons.latest(lesson)
    stored = read_actions(last.actions) if last else ()
    said: Mapping[str, Any] = typed or {"texts": last.said if last else {}, "actions": stored}
    return {
        "row": lesson,
        "last": last,
        "version": last.number if last else 0,
        "texts": [(label, getattr(last, name)) for name, label in LABELS.items()] if last else [],
        "actions": actions.shown(stored),
        "fields": [(name, label, said["texts"].get(name, "")) for name, label in LABELS.items()],
        "rows": actions.rows(said["actions"]),
        "may_write": not lessons.why_not_by(rfc, user),
        "refusal": typed and typed["refusal"],
    }


def read(form: QueryDict) -> dict[str, Any]:
    """The texts and actions of a form."""
    return {"texts": {name: form.get(name, "") for name in TEXTS}, "actions": actions.sent(form)}
