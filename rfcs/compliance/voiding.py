"""Results and waivers end with the packages that they were given for. revisions.mint alone asks, under the lock."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from rfcs import clock, events
from rfcs.compliance import checklists
from rfcs.models import RFC
from rfcs.states import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

PACKAGES_CHANGED = "The packages changed."
NEW_DRAFT = "The RFC begins again as a new draft."


def packages_changed(rfc: RFC, *, by: User) -> None:
    """The verified items open again, and nobody's waiver covers what was not there; attested items stay closed."""
    _void(rfc, [Kind.VERIFIED], by=by, reason=PACKAGES_CHANGED)


def begun_again(rfc: RFC, *, by: User) -> None:
    """What was ticked or waived belongs to the life before: every item opens again."""
    _void(rfc, [Kind.VERIFIED, Kind.ATTESTED], by=by, reason=NEW_DRAFT)


def _void(rfc: RFC, kinds: Collection[Kind], *, by: User, reason: str) -> None:
    at, items = clock.now(), rfc.checklist.filter(kind__in=kinds)
    for item in items.filter(closed_at__isnull=False):
        payload = {"item": item.slug, "link": item.link, "text": item.text, "reason": reason}
        events.record(rfc.stream, "checklist.reopened", actor=by, payload=payload, at=at)
    checklists.set_aside(items, by=by, at=at)
    items.update(link="", text="", closed_by=None, closed_at=None)
    _revoke(rfc, by=by, reason=reason, at=at)


def _revoke(rfc: RFC, *, by: User, reason: str, at: datetime) -> None:
    standing = rfc.waivers.filter(revoked_at=None)
    by_item: dict[str, list[int]] = {}
    for slug, pk in standing.values_list("slug", "pk"):
        by_item.setdefault(slug, []).append(pk)
    standing.update(revoked_by=by, revoked_at=at)
    for slug, waivers in by_item.items():
        payload = {"item": slug, "waivers": waivers, "reason": reason}
        events.record(rfc.stream, "checklist.waiver_revoked", actor=by, payload=payload, at=at)
