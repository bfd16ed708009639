"""What a move brings about inside the record (the column of that name in process-table.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from rfcs import revisions, rollback
from rfcs.compliance import checklists
from rfcs.delivery import outbox
from rfcs.impact import asking
from rfcs.models import Embargo, Lesson, PolicyVersion
from rfcs.notices import Notice
from rfcs.obligations import owing, settling
from rfcs.states import Phase

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.case import Case


def before(name: str, case: Case, *, actor: User | None, inputs: Mapping[str, str]) -> None:
    """Changes to the RFC row that are saved with its new state."""
    if name in BEFORE:
        BEFORE[name](case, actor, inputs)


def after(name: str, case: Case, *, actor: User | None) -> None:
    """Rows that follow from the new state."""
    if name in AFTER:
        AFTER[name](case, actor)


def _pin_and_mint(case: Case, actor: User | None, inputs: Mapping[str, str]) -> None:
    case.rfc.policy = PolicyVersion.current()
    case.rfc.__dict__.pop("pinned", None)
    assert actor is not None
    revisions.mint(case.rfc, by=actor, note=inputs.get("note", "") or "Submitted")


def _mint_amendment(case: Case, actor: User | None, inputs: Mapping[str, str]) -> None:
    assert actor is not None
    revisions.mint(case.rfc, by=actor, note=inputs.get("note", ""))
    case.rfc.approved_digest = ""


def _bind_approval(case: Case, actor: User | None, inputs: Mapping[str, str]) -> None:
    case.rfc.approved_digest = case.rfc.material_digest
    case.rfc.approved_revision = case.rfc.revision


def _begin_again(case: Case, actor: User | None, inputs: Mapping[str, str]) -> None:
    assert actor is not None
    revisions.mint(case.rfc, by=actor, note="Revised as a new draft", afresh=True)
    case.rfc.policy, case.rfc.approved_digest, case.rfc.approved_revision = None, "", None


def _record_outage(case: Case, actor: User | None, inputs: Mapping[str, str]) -> None:
    assert actor is not None
    rollback.record(case.rfc, inputs, by=actor)


def _open_lesson(case: Case, actor: User | None) -> None:
    """The owner owes what was learnt; whoever else rolled back leaves them a message."""
    rfc = case.rfc
    Lesson(rfc=rfc, opened_at=rfc.state_since).save(force_insert=True)
    if actor != rfc.owner:
        subject = f"{rfc.number} was rolled back: write what was learnt"
        text = "Say what happened, why the process did not catch it, and what changes from now on."
        asks, at, path = Notice.ACTION_ASKED, rfc.state_since, rfc.lesson_url
        key = f"rfc:{rfc.pk}:lesson"
        outbox.queue(key, to=rfc.owner, rfc=rfc, subject=subject, text=text, at=at, kind=asks, path=path)


def _record_lapses(case: Case, actor: User | None, inputs: Mapping[str, str]) -> None:
    """What counted as lapsed when this move was decided is in the record before the move is."""
    asking.lapse(case.rfc)


def _end_embargo(case: Case) -> None:
    """From closing on it has an end; nobody has to think of it."""
    rfc = case.rfc
    if rfc.embargoed and rfc.closed_at:
        ends = rfc.closed_at + timedelta(days=case.policy.embargo_days)
        Embargo.objects.update_or_create(rfc=rfc, defaults={"ends_at": ends})


BEFORE: dict[str, Callable[[Case, User | None, Mapping[str, str]], None]] = {
    "submit": _pin_and_mint,
    "request_authorisation": _pin_and_mint,
    "request_review": _record_lapses,
    "start": _record_lapses,
    "amend": _mint_amendment,
    "approve": _bind_approval,
    "revise": _begin_again,
    "roll_back": _record_outage,
}

AFTER: dict[str, Callable[[Case, User | None], None]] = {
    "submit": lambda case, actor: _submit(case, actor),
    "authorise": lambda case, actor: _authorise(case, actor),
    "roll_back": lambda case, actor: _roll_back(case, actor),
    "amend": lambda case, actor: asking.ask(case.rfc),
    "approve": lambda case, actor: checklists.open_phase(case.rfc, Phase.PRE),
    "start": lambda case, actor: checklists.open_phase(case.rfc, Phase.IMPLEMENTATION),
    "finish": lambda case, actor: _finish(case),
    "close": lambda case, actor: _end_embargo(case),
}


def _submit(case: Case, actor: User | None) -> None:
    asking.ask(case.rfc)
    owing.follow_up_submitted(case.rfc, by=actor)


def _authorise(case: Case, actor: User | None) -> None:
    """Work may begin; what was skipped is owed from this second."""
    checklists.open_phase(case.rfc, Phase.IMPLEMENTATION)
    owing.authorised(case.rfc, by=actor)


def _roll_back(case: Case, actor: User | None) -> None:
    """What is owed stays owed, and the lesson besides; a denial is carried out by this, and an embargo goes on."""
    owing.rolled_back(case.rfc, by=actor)
    settling.settle(case.rfc, by=actor)
    _open_lesson(case, actor)
    Embargo.objects.filter(rfc=case.rfc, lifted_at=None).update(ends_at=None)


def _finish(case: Case) -> None:
    checklists.open_phase(case.rfc, Phase.POST)
    outbox.tell_package_owners(case)
