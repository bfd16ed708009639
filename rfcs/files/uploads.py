"""A file that somebody uploads to an RFC: taken with every reason against it, found again, cleared away unnamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from rfcs import clock, events
from rfcs.errors import Refused, not_ready
from rfcs.files import storage
from rfcs.files.filetypes import clean_name
from rfcs.files.storage import Received
from rfcs.models import RFC, Attachment

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MEGABYTE = 1_000_000
_is_digest = re.compile(r"[0-9a-f]{64}").fullmatch
GRACE = timedelta(days=1)
"""How long a file stays that nothing names: time enough to write down what it was uploaded for."""
BATCH = 500


def largest() -> int:
    """Bytes that one file may have."""
    return settings.ATTACHMENT_MEGABYTES * MEGABYTE


def too_large() -> str:
    most = f"{settings.ATTACHMENT_MEGABYTES} MB"
    return f"The file is larger than {most}, the most that can be uploaded. Link to it instead."


@contextmanager
def received(name: str, chunks: Iterable[bytes]) -> Iterator[Received]:
    """The file on disk while the block runs. Raises Refused when it is empty, too large or of a kind not taken."""
    try:
        file = storage.receive(chunks, limit=largest())
    except storage.TooLarge:
        raise Refused(not_ready("too_large", too_large(), field="file", who="you")) from None
    try:
        _require_fit(clean_name(name), file)
        yield file
    finally:
        file.drop()


def _require_fit(name: str, file: Received) -> None:
    if file.size == 0:
        message = f"“{name}” is empty: it has 0 bytes. Choose the file again once it is written."
        raise Refused(not_ready("file_empty", message, field="file", who="you"))
    why = file.why_not(name)
    if why:
        raise Refused(not_ready("file_type", why, field="file", who="you"))


def keep(rfc: RFC, file: Received, name: str, *, by: User) -> Attachment:
    """The row of a received file, its bytes in their place. Call it under the RFC's lock, in the verb's transaction."""
    facts = {"rfc": rfc, "sha256": file.sha256, "name": clean_name(name)}
    _require_room(rfc, file)
    _lock_bytes(file.sha256)
    storage.keep(file)
    known = Attachment.objects.filter(**facts).first()
    return known or Attachment.objects.create(**facts, size=file.size, uploaded_by=by, uploaded_at=clock.now())


def _require_room(rfc: RFC, file: Received) -> None:
    sizes = dict(rfc.attachments.values_list("sha256", "size")) | {file.sha256: file.size}
    if sum(sizes.values()) > settings.ATTACHMENTS_MEGABYTES * MEGABYTE:
        message = (
            f"With this file, {rfc.number} and its revisions would hold more than {settings.ATTACHMENTS_MEGABYTES} MB. "
            "Link to the file instead."
        )
        raise Refused(not_ready("no_room", message, field="file", who="you"))


def _lock_bytes(sha256: str) -> None:
    """Until the transaction ends nobody else places or removes these bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"attachment {sha256}"])


def find(rfc: RFC, sha256: str) -> Attachment | None:
    """The newest row of these bytes in this RFC. Whoever may see the RFC may see its files."""
    return rfc.attachments.filter(sha256=sha256).first() if _is_digest(sha256) else None


# Clearing away ------------------------------------------------------------------------------------------

UNNAMED = """
    SELECT a.id FROM rfcs_attachment a WHERE a.uploaded_at < %s AND a.id > %s
    AND NOT EXISTS (SELECT FROM rfcs_revision v WHERE v.rfc_id = a.rfc_id
        AND v.content_json->'attachments' @> jsonb_build_array(jsonb_build_object('sha256', a.sha256)))
    AND NOT EXISTS (SELECT FROM rfcs_workingcopy w WHERE w.rfc_id = a.rfc_id
        AND w.content_json->'attachments' @> jsonb_build_array(jsonb_build_object('sha256', a.sha256)))
    AND NOT EXISTS (SELECT FROM rfcs_evidence e WHERE e.attachment_id = a.id)
    ORDER BY a.id LIMIT %s
"""
"""Files that no revision, no working copy and no evidence names."""


def collect() -> int:
    """Remove what nothing has named for a day; the number of files that are gone. Run it as often as you like."""
    before = clock.now() - GRACE
    last = 0
    while rows := _unnamed(before, after=last):
        for last in rows:
            _forget(last, before)
    return _remove_strays(before)


def _unnamed(before: datetime, *, after: int = 0, limit: int = BATCH) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(UNNAMED, [before, after, limit])
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def _forget(pk: int, before: datetime) -> None:
    """Delete the row, unless the RFC has come to name it since it was looked up."""
    attachment = Attachment.objects.select_related("rfc").get(pk=pk)
    RFC.objects.select_for_update(of=("self",)).get(pk=attachment.rfc_id)
    if pk not in _unnamed(before, after=pk - 1, limit=1):
        return
    payload = {"name": attachment.name, "sha256": attachment.sha256, "size": attachment.size}
    events.record(attachment.rfc.stream, "attachment.cleared", actor=None, payload=payload)
    attachment.delete()


def _remove_strays(before: datetime) -> int:
    """Files without a row, and uploads that never ended, when they are older than that."""
    moment, gone = before.timestamp(), 0
    for path in storage.abandoned():
        if storage.age_in_seconds(path, moment) > 0:
            path.unlink(missing_ok=True)
    old = (path.name for path in storage.kept() if storage.age_in_seconds(path, moment) > 0)
    while names := list(islice(old, BATCH)):
        known = set(Attachment.objects.filter(sha256__in=names).values_list("sha256", flat=True))
        gone += sum(_remove(name) for name in names if name not in known)
    return gone


@transaction.atomic
def _remove(sha256: str) -> bool:
    _lock_bytes(sha256)
    if Attachment.objects.filter(sha256=sha256).exists():
        return False
    storage.remove(sha256)
    return True
