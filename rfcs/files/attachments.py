"""Attaching files to what an RFC says, and taking them off: edits of the working copy like any other.

They count with the revision that holds them; sign-offs bind to their digests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rfcs import editing, events
from rfcs.authority import require_writer
from rfcs.content import AttachedFile, Content
from rfcs.errors import Kind, Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.files import uploads
from rfcs.lifecycle import locked
from rfcs.models import RFC, WorkingCopy

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50
"""Files that one RFC may have attached at a time."""


def attach(rfc: RFC, *, by: User, name: str, chunks: Iterable[bytes], version: int | None = None) -> WorkingCopy:
    """Add a file to the working copy; one of the same name, or with the same bytes, gives way to it.

    Without `version` it is added to whatever is stored now: a file more overwrites nobody's words.
    """
    with attempt("attach", actor=by, on=rfc.stream):
        require_writer(rfc, by)
        editing.require_writable(rfc)
        with uploads.received(name, chunks) as file:
            row = locked(rfc)
            kept = uploads.keep(row, file, name, by=by)
        added = AttachedFile(kept.name, kept.sha256, kept.size)
        copy = _write(row, _with(row.working_copy.content, added), by=by, version=version)
        events.record(row.stream, "attachment.added", actor=by, payload=_facts(added))
    return copy


def detach(rfc: RFC, sha256: str, *, by: User, version: int | None = None) -> WorkingCopy:
    """Take a file off the working copy; revisions that hold it keep it."""
    with attempt("detach", actor=by, on=rfc.stream):
        row = locked(rfc)
        content = row.working_copy.content
        gone = next((attached for attached in content.attachments if attached.sha256 == sha256), None)
        if gone is None:
            raise Refused(unknown(row))
        left = tuple(attached for attached in content.attachments if attached != gone)
        copy = _write(row, content.with_(attachments=left), by=by, version=version)
        events.record(row.stream, "attachment.removed", actor=by, payload=_facts(gone))
    return copy


def unknown(rfc: RFC) -> Reason:
    return Reason("unknown_attachment", f"{rfc.number} has no such file.", field="attachments", kind=Kind.HIDDEN)


def _write(row: RFC, content: Content, *, by: User, version: int | None) -> WorkingCopy:
    based_on = row.working_copy.version if version is None else version
    return editing.autosave(row, by=by, version=based_on, content=content)


def _with(content: Content, added: AttachedFile) -> Content:
    others = (old for old in content.attachments if old.name != added.name and old.sha256 != added.sha256)
    attachments = (*others, added)
    if len(attachments) > MOST:
        message = f"An RFC has at most {MOST} files attached; put several into one ZIP, or link to them."
        raise Refused(not_ready("too_many_files", message, field="file", who="you"))
    return content.with_(attachments=attachments)


def _facts(attached: AttachedFile) -> dict[str, str | int]:
    return {"name": attached.name, "sha256": attached.sha256, "size": attached.size}
