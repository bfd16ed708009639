"""The validation checklist: how each of the fourteen items stands, and opening a phase's rows.

An automatic item is computed from the record each time it is asked for; a verified or attested one is a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from rfcs import clock
from rfcs.case import Case, asked_once
from rfcs.guards import Guard, no_objection, owners_answered, packages_assessed, rollback_in_steps, testing_defined
from rfcs.models import RFC, ChecklistItem, Evidence, Message, Waiver
from rfcs.policy import Item
from rfcs.states import Kind, Phase, State, WaiverKind
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

OWNER = "the owner"
SECOND_PERSON = "a second person, not a contributor"
BEFORE_PHASE = {
    Phase.PRE: frozenset({State.DRAFT, State.ASSESSMENT, State.REVIEW}),
    Phase.IMPLEMENTATION: frozenset({State.DRAFT, State.ASSESSMENT, State.REVIEW, State.APPROVED}),
    Phase.POST: frozenset({State.DRAFT, State.ASSESSMENT, State.REVIEW, State.APPROVED, State.IMPLEMENTATION}),
}


@dataclass(frozen=True, slots=True)
class ItemStatus:
    """How one item stands now: what the page, the API and the guards see."""

    slug: str
    phase: str
    kind: str
    text: str
    is_closed: bool
    why_open: str = ""
    who: str = ""
    row: ChecklistItem | None = None
    needs_link: bool = True
    waiver: Waiver | None = None
    """The waiver that closes it, or the one that did until it expired."""

    @property
    def state(self) -> str:
        """`open`, `done`, `waived` or `not_applicable`."""
        if not self.is_closed:
            return "open"
        return self.waiver.kind if self.waiver else "done"

    @property
    def is_lapsed(self) -> bool:
        """Open again because its waiver has expired."""
        return not self.is_closed and self.waiver is not None


@asked_once
def statuses(case: Case) -> tuple[ItemStatus, ...]:
    """All items of the policy in their order, each as it stands now."""
    rows = {row.slug: row for row in case.rfc.checklist.select_related("closed_by")}
    granted = list(case.rfc.waivers.filter(revoked_at=None).select_related("granted_by"))
    own = {row.slug: row for row in granted if row.granted_by_id in case.parties}
    waivers = own | {row.slug: row for row in granted if row.granted_by_id not in case.parties}
    today = _today() if granted else date.min
    plain = (
        replace(_status(case, item, rows.get(item.slug)), needs_link=item.needs_link) for item in case.policy.checklist
    )
    return tuple(_waived(case, status, waivers.get(status.slug), today) for status in plain)


def open_items(case: Case, phase: Phase) -> tuple[ItemStatus, ...]:
    return tuple(item for item in statuses(case) if item.phase == phase and not item.is_closed)


def _today() -> date:
    return clock.now().astimezone(UTC).date()


def _waived(case: Case, status: ItemStatus, waiver: Waiver | None, today: date) -> ItemStatus:
    """The same item with its waiver: an open one counts as closed to the end of the waiver's last day.

    Not by the word of somebody who owns or writes the RFC by now; theirs comes here where there is no other.
    """
    if status.is_closed or waiver is None:
        return status
    if waiver.granted_by_id in case.parties:
        name = display_name(waiver.granted_by)
        return replace(status, why_open=f"{name}, who waived it, owns or writes the RFC by now. {status.why_open}")
    if today <= waiver.expires_on:
        return replace(status, is_closed=True, why_open="", who="", waiver=waiver)
    kind = WaiverKind(waiver.kind).label.lower()
    why = f"It counted as {kind} until {waiver.expires_on:%-d %B %Y}. {status.why_open}"
    return replace(status, why_open=why, waiver=waiver)


def set_aside(items: Iterable[ChecklistItem], *, by: User | None, at: datetime) -> None:
    """The evidence of items that open again stays on record and counts no more."""
    rows = Evidence.objects.filter(item__in=items, set_aside_at=None)
    rows.update(set_aside_at=at, set_aside_by=by)


def open_phase(rfc: RFC, phase: Phase) -> None:
    """Rows for the items of a phase that people or CI close; ticks that exist already are kept."""
    rows = [
        ChecklistItem(rfc=rfc, slug=item.slug, phase=item.phase, kind=item.kind)
        for item in rfc.pinned.policy.items(phase)
        if item.kind != Kind.AUTOMATIC
    ]
    ChecklistItem.objects.bulk_create(rows, ignore_conflicts=True)


def _status(case: Case, item: Item, row: ChecklistItem | None) -> ItemStatus:
    if item.kind == Kind.AUTOMATIC:
        why = AUTOMATIC[item.slug](case)
        return ItemStatus(item.slug, item.phase, item.kind, item.text, not why, why, OWNER if why else "")
    if row is not None and counts(case, row):
        return ItemStatus(item.slug, item.phase, item.kind, item.text, True, row=row)
    why, who = _why_not_ticked(case.rfc, item, row)
    return ItemStatus(item.slug, item.phase, item.kind, item.text, False, why, who, row)


def counts(case: Case, row: ChecklistItem) -> bool:
    """Whether it is closed, and a verified one by nobody who owns or wrote the RFC: by now, whenever they closed it."""
    is_own = row.kind == Kind.VERIFIED and row.closed_at is not None and row.closed_by_id in case.parties
    return row.closed_at is not None and not is_own


def _why_not_ticked(rfc: RFC, item: Item, row: ChecklistItem | None) -> tuple[str, str]:
    if row is None or rfc.state in BEFORE_PHASE[Phase(item.phase)]:
        return f"It opens with the {Phase(item.phase).label.lower()} phase.", OWNER
    if row.closed_by:
        return f"{display_name(row.closed_by)}, who confirmed it, owns or writes the RFC by now.", SECOND_PERSON
    if item.kind == Kind.VERIFIED:
        return "A second person, not a contributor, confirms it with a link to the result.", SECOND_PERSON
    what = "a link to the evidence" if item.needs_link else "a link, a file or a remark"
    return f"Attest it with {what}.", OWNER


def _first(messages: list[str]) -> str:
    return messages[0] if messages else ""


def _approved(case: Case) -> str:
    return "" if case.is_approved_as_is else "No round has approved what the RFC says now."


def _document(case: Case) -> str:
    return _first([problem.message for problem in case.problems])


TELL_THEM = "Tell those whom it concerns, then a steward or a board member waives this with who was told."
NOBODY_TOLD = (
    f"Nobody was told: the catalogue knew no owner of these packages when the implementation was finished. {TELL_THEM}"
)


def _notified(case: Case) -> str:
    messages = Message.objects.filter(rfc=case.rfc, key__startswith=f"rfc:{case.rfc.pk}:finished:")
    if case.rfc.state in BEFORE_PHASE[Phase.POST]:
        return "The owners of the packages are told when the implementation is finished."
    if not case.rfc.embargoed and not messages.exists():
        return NOBODY_TOLD
    if untold := _untold(case, messages):
        return f"The owners of {', '.join(untold)} were not told. {TELL_THEM}"
    waiting = messages.filter(sent_at=None).exclude(last_error__in=Message.DROPPED).count()
    return f"{waiting} messages to package owners are not delivered yet." if waiting else ""


def _untold(case: Case, messages: QuerySet[Message]) -> list[str]:
    """Packages none of whose owners got a message. Who came to them later, beside one who was told, asks for nothing.

    Under embargo they are told when it is lifted; of an RFC that has ended, what counted counts on.
    """
    if case.rfc.embargoed or case.rfc.state != State.POST_IMPLEMENTATION:
        return []
    told = set(messages.values_list("recipient", flat=True))
    return [
        row.path for row in case.acknowledgements if row.owners and told.isdisjoint(owner.pk for owner in row.owners)
    ]


def _guarded(*guards: Guard) -> Callable[[Case], str]:
    return lambda case: _first([reason.message for guard in guards for reason in guard.reasons(case)])


AUTOMATIC: dict[str, Callable[[Case], str]] = {
    "rfc_approved": _approved,
    "impact_assessed": _guarded(packages_assessed, no_objection, owners_answered),
    "justification_created": _document,
    "rollback_documented": _guarded(rollback_in_steps),
    "testing_defined": _guarded(testing_defined),
    "notifications_sent": _notified,
}
"""Why an automatic item is open, as a sentence; empty when it is closed."""
