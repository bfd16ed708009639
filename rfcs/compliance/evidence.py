"""Closing and reopening a checklist item, with what evidence; pieces of evidence beside it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from rfcs import clock, events
from rfcs.case import Case
from rfcs.compliance import checklists
from rfcs.compliance.duties import Duties
from rfcs.errors import Kind as Because
from rfcs.errors import Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.files import uploads
from rfcs.files.storage import Received
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, ChecklistItem, Evidence
from rfcs.policy import Item
from rfcs.states import Kind, Phase, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TICKED_IN = {Phase.IMPLEMENTATION: State.IMPLEMENTATION, Phase.POST: State.POST_IMPLEMENTATION}
LONGEST_TEXT = 5_000
LONGEST_LINK = 500
_is_link = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody gives as evidence: a link, a text, a new file, or one that the RFC holds (by its SHA-256)."""

    link: str = ""
    text: str = ""
    name: str = ""
    chunks: Iterable[bytes] | None = None
    sha256: str = ""

    @property
    def is_nothing(self) -> bool:
        return not (self.link or self.text.strip() or self.chunks is not None or self.sha256)

    def received(self) -> AbstractContextManager[Received | None]:
        return nullcontext() if self.chunks is None else uploads.received(self.name, self.chunks)


def close_item(
    rfc: RFC, slug: str, *, by: User, link: str = "", text: str = "", proof: Proof | None = None
) -> ChecklistItem:
    """Close one verified or attested item with its evidence. Raises Refused with every reason."""
    proof = proof or Proof(link, text)
    with attempt(f"checklist.{slug}", actor=by, on=rfc.stream):
        row = locked(rfc)
        item = _item(row, slug)
        needs_link = item.kind == Kind.VERIFIED or _line(row, slug).needs_link
        _require(*_why_not_now(row, item), *_why_not_by(row, item, by), *_why_not_with(row, proof, needs_link))
        if item.closed_at is not None:
            _open(item, by=by, reason=OWN)
        piece = _keep(row, item, proof, by=by)
        item.link, item.text, item.closed_by, item.closed_at = proof.link, proof.text, by, piece.given_at
        item.save()
        events.record(row.stream, "checklist.closed", actor=by, payload=_facts(piece), at=piece.given_at)
    return item


def add(rfc: RFC, slug: str, *, by: User, proof: Proof) -> Evidence:
    """One more piece of evidence for an item of the present phase, whether it is closed or not."""
    with attempt(f"checklist.{slug}.evidence", actor=by, on=rfc.stream):
        row = locked(rfc)
        item = _item(row, slug)
        _require(*_why_not_in(row, item), *_why_not_by(row, item, by), *_why_not_with(row, proof, needs_link=False))
        piece = _keep(row, item, proof, by=by)
        events.record(row.stream, "checklist.evidence_added", actor=by, payload=_facts(piece), at=piece.given_at)
    return piece


def set_aside(rfc: RFC, slug: str, pk: int, *, by: User, reason: str) -> None:
    """A piece of evidence stays on record and counts no more. The last one of a closed item goes by reopening it."""
    with attempt(f"checklist.{slug}.evidence", actor=by, on=rfc.stream):
        row = locked(rfc)
        item = _item(row, slug)
        piece = item.evidence.filter(pk=pk, set_aside_at=None).first()
        if piece is None:
            message = f"“{_line(row, slug).text}” has no such piece of evidence."
            raise Refused(Reason("unknown_evidence", message, field="remove", kind=Because.HIDDEN))
        against = Duties(row, by).why_not_set_aside(piece)
        _require(*_why_not_in(row, item), *((against,) if against else ()), *_why_it_carries(item, piece))
        _require(*_why_no_reason(reason, "Say why this evidence does not count."))
        at = clock.now()
        item.evidence.filter(pk=pk).update(set_aside_by=by, set_aside_at=at)
        payload = _facts(piece) | {"reason": reason}
        events.record(row.stream, "checklist.evidence_removed", actor=by, payload=payload, at=at)


def reopen_item(rfc: RFC, slug: str, *, by: User, reason: str) -> ChecklistItem:
    """Open a closed item again; whoever may close it may, and so may the owner."""
    with attempt(f"checklist.{slug}.reopen", actor=by, on=rfc.stream):
        row = locked(rfc)
        item = _item(row, slug)
        against = Duties(row, by).why_not_reopen(item.kind)
        why = _why_no_reason(reason, "Say why the item is open again.")
        _require(*_why_not_now(row, item, closed=True), *((against,) if against else ()), *why)
        _open(item, by=by, reason=reason)
    return item


OWN = "Whoever confirmed it owns or writes the RFC by now."


def _open(item: ChecklistItem, *, by: User, reason: str) -> None:
    payload = {"item": item.slug, "link": item.link, "text": item.text, "reason": reason}
    at = clock.now()
    checklists.set_aside([item], by=by, at=at)
    item.link, item.text, item.closed_by, item.closed_at = "", "", None, None
    item.save()
    events.record(f"rfc:{item.rfc_id}", "checklist.reopened", actor=by, payload=payload, at=at)


def _require(*reasons: Reason) -> None:
    if reasons:
        raise Refused(*reasons)


def _line(rfc: RFC, slug: str) -> Item:
    """The item as the policy words it; KeyError never: rows are made from the policy that the RFC keeps."""
    return next(line for line in rfc.pinned.policy.checklist if line.slug == slug)


def _item(rfc: RFC, slug: str) -> ChecklistItem:
    item = rfc.checklist.filter(slug=slug).first()
    if item is not None:
        return item
    known = {line.slug: line for line in rfc.pinned.policy.checklist}
    if slug not in known:
        raise Refused(Reason("unknown_item", f"There is no checklist item “{slug}”.", field=slug, kind=Because.HIDDEN))
    if known[slug].kind == Kind.AUTOMATIC:
        message = f"“{known[slug].text}” closes by itself; it is computed from the record."
        raise Refused(Reason("automatic_item", message, field=slug))
    raise Refused(_wrong_phase(rfc, known[slug].text))


def _wrong_phase(rfc: RFC, text: str) -> Reason:
    return Reason("wrong_phase", f"“{text}” is not open while the RFC is in {State(rfc.state).label.lower()}.", "state")


def _counts(rfc: RFC, item: ChecklistItem) -> bool:
    return checklists.counts(Case(rfc), item)


def is_in_phase(rfc: RFC, item: ChecklistItem) -> bool:
    """Items are worked on in their own phase; those of the implementation until the closing: a result may turn red."""
    late = rfc.state == State.POST_IMPLEMENTATION and item.phase == Phase.IMPLEMENTATION
    return late or rfc.state == TICKED_IN.get(Phase(item.phase))


def _why_not_in(rfc: RFC, item: ChecklistItem) -> tuple[Reason, ...]:
    return () if is_in_phase(rfc, item) else (_wrong_phase(rfc, _line(rfc, item.slug).text),)


def _why_not_now(rfc: RFC, item: ChecklistItem, *, closed: bool = False) -> tuple[Reason, ...]:
    reasons = _why_not_in(rfc, item)
    is_closed = _counts(rfc, item)
    if reasons or is_closed == closed:
        return reasons
    now = "already closed" if is_closed else "not closed"
    return (Reason("item_state", f"“{_line(rfc, item.slug).text}” is {now}.", field=item.slug),)


def _why_not_by(rfc: RFC, item: ChecklistItem, by: User) -> tuple[Reason, ...]:
    reason = Duties(rfc, by).why_not_close(item.kind)
    return (reason,) if reason else ()


def _why_no_reason(reason: str, message: str) -> tuple[Reason, ...]:
    if not reason.strip() or len(reason) > LONGEST_TEXT or unstorable(reason):
        return (not_ready("reason_missing", message, field="reason", who="you"),)
    return ()


def _why_not_with(rfc: RFC, proof: Proof, needs_link: bool) -> tuple[Reason, ...]:
    if (proof.link or needs_link) and not _is_good_link(proof.link):
        message = "Give the evidence as a link that begins with http(s)://."
        return (not_ready("link_missing", message, field="link", who="you"),)
    if proof.is_nothing:
        return (not_ready("evidence_missing", "Give a link, a file or a text as evidence.", field="link", who="you"),)
    if len(proof.link) > LONGEST_LINK or len(proof.text) > LONGEST_TEXT or unstorable(proof.link + proof.text):
        message = f"The evidence holds a link of 500 and a text of {LONGEST_TEXT:,} characters, all of them text."
        return (not_ready("too_long", message, field="text", who="you"),)
    if proof.sha256 and uploads.find(rfc, proof.sha256) is None:
        message = f"{rfc.number} has no such file."
        return (not_ready("unknown_attachment", message, field="attachment", who="you"),)
    return ()


def _is_good_link(link: str) -> bool:
    try:
        _is_link(link)
    except ValidationError:
        return False
    return True


def _why_it_carries(item: ChecklistItem, piece: Evidence) -> tuple[Reason, ...]:
    """The piece that closed the item carries it: the record shows one link beside the name and the time."""
    if item.closed_at is None or piece.given_at != item.closed_at:
        return ()
    message = "The item was closed with this piece; open the item again instead, and close it with a better one."
    return (Reason("carries_item", message, field="remove"),)


def _keep(rfc: RFC, item: ChecklistItem, proof: Proof, *, by: User) -> Evidence:
    with proof.received() as file:
        attachment = uploads.keep(rfc, file, proof.name, by=by) if file else uploads.find(rfc, proof.sha256)
    return Evidence.objects.create(
        item=item, link=proof.link, text=proof.text, attachment=attachment, given_by=by, given_at=clock.now()
    )


def _facts(piece: Evidence) -> dict[str, Any]:
    facts = {"evidence": piece.pk, "item": piece.item.slug, "link": piece.link, "text": piece.text}
    file = piece.attachment
    return facts | ({"file": {"name": file.name, "sha256": file.sha256, "size": file.size}} if file else {})
