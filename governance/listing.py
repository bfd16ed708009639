"""The list of RFCs as a spreadsheet: CSV, streamed, every cell safe to open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import StreamingHttpResponse

from governance import reading, spreadsheet
from governance.finding import PACKAGES
from rfcs import clock
from rfcs.models import RFC
from rfcs.models.record import RFCQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 100_000
"""Rows of one file; spreadsheets slow down long before their limit of a million."""
BATCH = 1_000
HEADER = (
    "number",
    "title",
    "state",
    "track",
    "scenario",
    "owner",
    "author",
    "touches_security",
    "packages",
    "opened",
    "state_since",
    "closed",
    "address",
)


def answer(rows: RFCQuerySet, *, reader: User, what: str) -> StreamingHttpResponse:
    """A download of these rows, newest first; `what` is the address that was asked for."""
    reading.note(reader, what=what, on="rfcs")
    stream = spreadsheet.lines(HEADER, islice(_cells(rows), MOST))
    response = StreamingHttpResponse(stream, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rfcs-{clock.now():%Y-%m-%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _cells(rows: RFCQuerySet) -> Iterator[tuple[object, ...]]:
    """Batch by batch by key, so that memory does not grow and no cursor stays open."""
    shown = rows.select_related("owner", "author").annotate(package_count=PACKAGES).order_by("-id")
    before = None
    while batch := list((shown if before is None else shown.filter(pk__lt=before))[:BATCH]):
        yield from map(_row, batch)
        before = batch[-1].pk


def _row(rfc: RFC) -> tuple[object, ...]:
    return (
        rfc.number,
        rfc.title,
        rfc.state,
        rfc.track,
        rfc.scenario,
        rfc.owner.get_username(),
        rfc.author.get_username(),
        "yes" if rfc.touches_security else "no",
        getattr(rfc, "package_count", 0),
        rfc.created_at,
        rfc.state_since,
        rfc.closed_at,
        f"{settings.PORTAL_URL}{rfc.get_absolute_url()}",
    )
