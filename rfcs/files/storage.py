"""The bytes of attachments on disk, each file named by the SHA-256 of what it holds. Knows nothing of RFCs.

A file appears whole or not at all: it is written beside its place, flushed to the disk, and renamed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from rfcs.files import filetypes
from rfcs.files.filetypes import HEAD, TextReader

INCOMING = "incoming"
CHUNK = 64 * 1024


class TooLarge(Exception):
    """More bytes came than may be kept; nothing is left of them."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came, whole and on disk, not yet in its place."""

    path: Path
    sha256: str
    size: int
    head: bytes
    is_text: bool

    def why_not(self, name: str) -> str:
        return filetypes.why_not(name, self.head, is_text=self.is_text)

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)


def root() -> Path:
    """The folder of all attachments; for this account alone."""
    folder = Path(settings.ATTACHMENTS_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def place_of(sha256: str) -> Path:
    return root() / sha256[:2] / sha256


def receive(chunks: Iterable[bytes], *, limit: int) -> Received:
    """Write the chunks to a file of their own, counting and hashing; raises TooLarge beyond `limit` bytes."""
    incoming = root() / INCOMING
    incoming.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=incoming)  # made with mode 0600
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            return _written(chunks, file, path, limit)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _written(chunks: Iterable[bytes], file: object, path: Path, limit: int) -> Received:
    digest, reader, head, size = hashlib.sha256(), TextReader(), b"", 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge
        digest.update(chunk)
        reader.feed(chunk)
        head += chunk[: HEAD - len(head)]
        file.write(chunk)  # type: ignore[attr-defined]
    reader.feed(b"", final=True)
    file.flush()  # type: ignore[attr-defined]
    os.fsync(file.fileno())  # type: ignore[attr-defined]
    return Received(path, digest.hexdigest(), size, head, reader.is_text)


def keep(received: Received) -> None:
    """Rename it into its place; the same bytes are kept once."""
    place = place_of(received.sha256)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    received.path.replace(place)
    _flush_folder(place.parent)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(sha256: str) -> None:
    place_of(sha256).unlink(missing_ok=True)


def kept() -> Iterator[Path]:
    """Every file in its place."""
    yield from (path for path in root().glob("[0-9a-f][0-9a-f]/*") if path.is_file())


def abandoned() -> Iterator[Path]:
    """Files of uploads that never ended; none of them is an attachment."""
    yield from (path for path in (root() / INCOMING).glob("*") if path.is_file())


def age_in_seconds(path: Path, now: float) -> float:
    """How long ago it was written; endless when it has gone meanwhile."""
    with suppress(FileNotFoundError):
        return now - path.stat().st_mtime
    return float("inf")


def why_wrong(sha256: str) -> str:
    """What is wrong with a kept file, as a sentence; empty when its bytes hash to its name."""
    digest = hashlib.sha256()
    try:
        with place_of(sha256).open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except FileNotFoundError:
        return "Its file is missing."
    except OSError as error:
        return f"Its file cannot be read: {error.strerror}."
    return "" if digest.hexdigest() == sha256 else "Its file was changed after it was uploaded."
