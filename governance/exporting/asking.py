"""Asking for a file: one row for each edition, and a ring at the worker's door. Reads of the record; no layout here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from kombu.exceptions import OperationalError

from governance.celery import app
from governance.exporting import keys, record
from governance.exporting.models import Export, ExportKind
from rfcs import clock, events
from rfcs.errors import Reason, Refused
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.models import RFC

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KEPT = timedelta(days=7)
"""How long a file can be fetched; asked for again, it is made again."""
TASK = "governance.tasks.make_exports"


def ask(rfc: RFC, kind: str, *, by: User, again: bool = False) -> Export:
    """The export of what the RFC says now: the one that exists, or a new one for the worker.

    `again` gives one that failed another try. Raises Refused for an unknown kind, and for a bundle where no key signs.
    """
    with attempt("export", actor=by, on=rfc.stream, changes=False):
        _require_kind(kind)
        row = locked(rfc)  # so that text, signatures and chain are of one moment
        found = record.facts(row)
        if kind == ExportKind.PDF:
            found = record.printed(found)
        export, is_new = _row(row, kind, found, by)
        if again and export.dead_at:
            _revive(export)
        if is_new:
            said = {"on": rfc.stream, "export": kind, "revision": found["revision"], "edition": export.key}
            events.record(events.ACCESS, "export.asked", actor=by, payload=said, at=export.asked_at)
        if export.is_under_way:
            transaction.on_commit(ring)
    return export


def _row(rfc: RFC, kind: str, found: record.JSON, by: User) -> tuple[Export, bool]:
    facts = {
        "kind": kind,
        "rfc": rfc,
        "revision": rfc.revision if found["revision"] else None,
        "facts": found,
        "asked_by": by,
        "asked_at": clock.now(),
    }
    return Export.objects.get_or_create(key=f"{kind}:{rfc.pk}:{record.edition(found)}", defaults=facts)


def _revive(export: Export) -> None:
    export.dead_at, export.leased_until, export.attempts, export.reason = None, None, 0, ""
    export.save(update_fields=["dead_at", "leased_until", "attempts", "reason"])


def _require_kind(kind: str) -> None:
    if kind not in ExportKind.values:
        known = ", ".join(ExportKind.values)
        raise Refused(Reason("unknown_export", f"There is no export “{kind[:40]}”; there are {known}.", field="kind"))
    if kind == ExportKind.BUNDLE and keys.is_missing():
        raise Refused(Reason("no_signing_key", keys.MISSING, who="an operator"))


def ring() -> None:
    """Wake a worker. Where Redis is away the next sweep finds the row."""
    try:
        app.send_task(TASK, retry=False)
    except OperationalError:
        return


def collect() -> int:
    """Remove what is older than KEPT; the number of rows."""
    old = Export.objects.filter(asked_at__lt=clock.now() - KEPT)
    return old.delete()[1].get("governance.Export", 0)
