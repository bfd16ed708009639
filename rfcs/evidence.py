"""Closing and reopening a checklist item: who may, with what evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from rfcs import clock, events
from rfcs.authority import may_write
from rfcs.errors import Kind as Because
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, ChecklistItem
from rfcs.states import Kind, Phase, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TICKED_IN = {Phase.IMPLEMENTATION: State.IMPLEMENTATION, Phase.POST: State.POST_IMPLEMENTATION}
LONGEST_TEXT = 5_000
_is_link = URLValidator(schemes=["http", "https"])


def close_item(rfc: RFC, slug: str, *, by: User, link: str, text: str = "") -> ChecklistItem:
    """Close one verified or attested item with a link. Raises Refused with every reason."""
    with attempt(f"checklist.{slug}", actor=by, on=rfc.stream):
        row = locked(rfc)
        item = _item(row, slug)
        reasons = (*_why_not_now(row, item), *_why_not_by(row, item, by), *_why_not_with(link, text))
        if reasons:
            raise Refused(*reasons)
        _write(item, by=by, link=link, text=text)
        payload = {"item": slug, "link": link, "text": text}
        events.record(row.stream, "checklist.closed", actor=by, payload=payload)
    return item


def reopen_item(rfc: RFC, slug: str, *, by: User, reason: str) -> ChecklistItem:
    """Open a closed item again; whoever may close it may, and so may the owner."""
    with attempt(f"checklist.{slug}.reopen", actor=by, on=rfc.stream):
        row = locked(rfc)
        item = _item(row, slug)
        reasons = (*_why_not_now(row, item, closed=True), *_why_not_reopened(row, item, by, reason))
        if reasons:
            raise Refused(*reasons)
        payload = {"item": slug, "link": item.link, "text": item.text, "reason": reason}
        item.link, item.text, item.closed_by, item.closed_at = "", "", None, None
        item.save()
        events.record(row.stream, "checklist.reopened", actor=by, payload=payload)
    return item


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


def _why_not_now(rfc: RFC, item: ChecklistItem, *, closed: bool = False) -> tuple[Reason, ...]:
    text = next((line.text for line in rfc.pinned.policy.checklist if line.slug == item.slug), item.slug)
    if rfc.state != TICKED_IN.get(Phase(item.phase)):
        return (_wrong_phase(rfc, text),)
    if bool(item.closed_at) != closed:
        now = "already closed" if item.closed_at else "not closed"
        return (Reason("item_state", f"“{text}” is {now}.", field=item.slug),)
    return ()


def _why_not_by(rfc: RFC, item: ChecklistItem, by: User) -> tuple[Reason, ...]:
    if item.kind == Kind.ATTESTED:
        return () if may_write(rfc, by) else (forbidden("The owner and co-authors attest this item.", who="the owner"),)
    if by.pk in rfc.contributor_ids() or may_write(rfc, by):
        message = "This result is confirmed by a second person, not by the owner or someone who wrote the RFC."
        return (forbidden(message, who="a second person", code="second_person"),)
    return ()


def _why_not_reopened(rfc: RFC, item: ChecklistItem, by: User, reason: str) -> tuple[Reason, ...]:
    if not reason.strip() or len(reason) > LONGEST_TEXT or unstorable(reason):
        return (not_ready("reason_missing", "Say why the item is open again.", field="reason", who="you"),)
    return () if may_write(rfc, by) else _why_not_by(rfc, item, by)


def _why_not_with(link: str, text: str) -> tuple[Reason, ...]:
    try:
        _is_link(link)
    except ValidationError:
        return (
            not_ready(
                "link_missing", "Give the evidence as a link that begins with http(s)://.", field="link", who="you"
            ),
        )
    if len(link) > 500 or len(text) > LONGEST_TEXT or unstorable(link + text):
        message = f"The evidence holds a link of 500 and a text of {LONGEST_TEXT:,} characters, all of them text."
        return (not_ready("too_long", message, field="text", who="you"),)
    return ()


def _write(item: ChecklistItem, *, by: User, link: str, text: str) -> None:
    item.link, item.text, item.closed_by, item.closed_at = link, text, by, clock.now()
    item.save()
