"""What a commit's message says of itself: breaking, a revert and of what, a hotfix.

Most messages say none of it; a search for a few bytes tells, and only the others are read by the grammar.
"""

import re

from breakwater.commits import breaks
from breakwater.records import record

CROSSING, BREAKING, REVERT, HOTFIX, MENTIONS = 1, 2, 4, 8, 16
"""Kinds of a commit, as bits. MENTIONS: the message says somewhere that it reverts a commit. A squash collects the
messages of its branch, reverts of its own steps among them; only what it points at makes a revert of that."""

_MARKED = re.compile(rb"!:|BREAKING[ -]CHANGE")
_HOTFIX = re.compile(rb"\bhot-?fix", re.IGNORECASE)
_REVERTS = re.compile(rb"\bThis reverts commits?:?((?:[\s,]|and|[0-9a-f]{7,64}\b)+)")
_FIRST = re.compile(rb"[^\n]*\n\s*This reverts commit")
_PULL = re.compile(rb"^Reverts (?:[\w.-]+/[\w.-]+)?#(\d+)\b", re.MULTILINE)
_ID = re.compile(rb"\b[0-9a-f]{7,64}\b")
_TITLE = re.compile(rb"(?:Revert|revert(?:\([^()]*\))?!?:) *(.+)", re.DOTALL)
_QUOTED = re.compile(rb'"(.+)"(?: \(#\d+\))?', re.DOTALL)
_NUMBER = re.compile(rb" \(#(\d+)\)\Z")


@record(frozen=True, slots=True)
class Reverted:
    """What a revert names: commits by their (perhaps shortened) ids, pull requests, titles that it may quote."""

    ids: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()
    titles: tuple[bytes, ...] = ()


NOTHING = Reverted()


def of(title: bytes, message: bytes) -> int:
    """The kinds that the message tells, as bits."""
    kinds = 0
    if _MARKED.search(message) and breaks(message.decode("utf-8", "surrogateescape")):
        kinds |= BREAKING
    if _HOTFIX.search(title):
        kinds |= HOTFIX
    if b"evert" in message:
        kinds |= _revert(title, message)
    return kinds


def _revert(title: bytes, message: bytes) -> int:
    """A revert says so in its title or before anything else; further down it is a mention."""
    if title.startswith(b'Revert "') or _titles(title) or _FIRST.match(message):
        return REVERT
    return MENTIONS if _REVERTS.search(message) or _PULL.search(message) else 0


def reverted(title: bytes, message: bytes) -> Reverted:
    """`This reverts commit <id>`, several of them too; `Reverts owner/name#12`; `Revert "title"`, `revert: title`."""
    ids = (one.decode() for found in _REVERTS.finditer(message) for one in _ID.findall(found[1]))
    pulls = (one.decode() for one in _PULL.findall(message))
    return Reverted(tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(pulls)), tuple(_titles(title)))


def pull_of(title: bytes) -> str:
    """The number of the pull request that a squash puts behind its title; "" without one."""
    found = _NUMBER.search(title)
    return found[1].decode() if found else ""


def bare(title: bytes) -> bytes:
    """The title without that number."""
    return _NUMBER.sub(b"", title)


def _titles(title: bytes) -> list[bytes]:
    """The title that a title quotes, and the same without the number of the revert's own pull request."""
    found = _TITLE.fullmatch(title)
    if found is None:
        return []
    quoted = _QUOTED.fullmatch(found[1])
    if quoted:
        return [quoted[1]]
    if title.startswith(b"R"):
        return []
    return list(dict.fromkeys((found[1], bare(found[1]))))
