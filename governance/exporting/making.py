"""Making what was asked for: leased row by row, tried again when a worker died, given up with a sentence."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from governance.exporting import bundling, keys, printing
from governance.exporting.models import Export, ExportFile, ExportKind
from rfcs import clock

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3
DIED = "The worker ended three times while it made this file; tell an operator, or take the markdown."
FAILED = "It failed, and the operators' log says why ({error}); try again later, or take the markdown."
log = structlog.get_logger(__name__)


def claim() -> Export | None:
    """Lease the oldest export that nobody else holds; one that was tried too often is given up."""
    now = clock.now()
    with transaction.atomic():
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        rows = Export.objects.select_for_update(skip_locked=True, of=("self",)).filter(free, made_at=None, dead_at=None)
        export = rows.select_related("rfc", "asked_by").order_by("id").first()
        if export is None:
            return None
        export.attempts += 1
        if export.attempts > MOST_ATTEMPTS:
            give_up(export, export.reason or DIED)
            return export
        export.leased_until = now + LEASE
        export.save(update_fields=["attempts", "leased_until"])
    return export


def make(export: Export) -> bool:
    """Make one leased export and keep its file. A failure stands on the row."""
    if export.dead_at:
        return False
    try:
        data, missing = _made(export)
    except (printing.CannotPrint, keys.NoKey) as reason:
        give_up(export, str(reason))
        return False
    except Exception as error:
        # The boundary to what lays out pages: whatever it raises on somebody's text must end as a sentence on the row.
        log.exception("export_failed", export=export.key, attempt=export.attempts)
        _postpone(export, FAILED.format(error=type(error).__name__))
        return False
    return _keep(export, data, missing)


def _made(export: Export) -> tuple[bytes, str]:
    if export.kind == ExportKind.BUNDLE:
        return bundling.bundle(export)
    return printing.pdf(export.facts), ""


@transaction.atomic
def _keep(export: Export, data: bytes, missing: str) -> bool:
    """Store the file, if the lease is still ours: another worker may have taken over meanwhile."""
    suffix = "zip" if export.kind == ExportKind.BUNDLE else "pdf"
    held = Export.objects.filter(pk=export.pk, made_at=None, leased_until=export.leased_until)
    is_ours = held.update(
        made_at=clock.now(),
        leased_until=None,
        reason=missing,
        name=printing.name(export.facts, suffix),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    if is_ours:
        ExportFile.objects.create(export=export, data=data)
    return bool(is_ours)


def give_up(export: Export, reason: str) -> None:
    export.dead_at, export.reason, export.leased_until = clock.now(), reason, None
    export.save(update_fields=["dead_at", "reason", "leased_until", "attempts"])


def _postpone(export: Export, reason: str) -> None:
    """Try again a little later, or not any more."""
    if export.attempts >= MOST_ATTEMPTS:
        give_up(export, reason)
        return
    export.leased_until, export.reason = clock.now() + timedelta(seconds=10 * 2**export.attempts), reason
    export.save(update_fields=["leased_until", "reason"])
