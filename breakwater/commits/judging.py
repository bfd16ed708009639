"""Commit messages judged by the rules CM001 to CM005, CM007 and CM010."""

import re
from collections.abc import Iterable, Iterator

from breakwater.commits.grammar import ITEM, PLURALS, TYPES, Lines, kept_lines, plain, unknown_type
from breakwater.commits.model import CommitError, Message, Problem
from breakwater.commits.parsing import footer_line, message_of, read_header, sections

_ROOT = "//root"
# What `git commit --fixup`, `git merge` and `git revert` write themselves.
_AUTOSQUASH = re.compile(r"(?:fixup|squash|amend)! ")
_GENERATED = re.compile(r'Merge (?:(?:remote-tracking )?branch(?:es)?|tags?|commits?|pull request) |Re(?:vert|apply) "')


def problems(text: str, *, touched: frozenset[str] | None = None, comment: str = "#") -> tuple[Problem, ...]:
    """What the process's format finds wrong with a message as the commit-msg hook gets it, comments and all.

    `comment` is the sign that begins those, "" for a stored message, which has none. `touched` are the packages of the
    change (`//root` is no package); None or empty where nothing is known to compare with. Messages that git writes
    itself (merge, revert, autosquash) may keep their headers.
    """
    lines = kept_lines(plain(text), comment)
    first, header = lines[0] if lines else (1, "")
    if _AUTOSQUASH.match(header):
        return ()
    try:
        head = Message("chore", header) if _GENERATED.match(header) else read_header(header)
    except CommitError as error:
        return (Problem("CM004", str(error), first),)
    return tuple(_judge(head, lines, touched or frozenset()))


def _judge(head: Message, lines: Lines, touched: frozenset[str]) -> Iterator[Problem]:
    body, found = sections(lines[1:])
    message = message_of(head, body, found)
    first = lines[0][0]
    where = footer_line(found) or first
    yield from _mark_problems(message, first, where)
    for number, token, _ in found:
        if token in PLURALS:
            yield Problem("CM010", f"`{token}:` is no footer that tools look for: write `BREAKING CHANGE:`.", number)
    yield from _header_problems(message, lines)
    if message.breaking_change is not None:
        for sentence in _list_problems(message, touched, lines):
            yield Problem("CM005", sentence, where)
    if message.is_breaking and not message.closes:
        yield Problem("CM007", "A breaking change names the issue it closes: add a footer `Closes #N`.", first)


def _mark_problems(message: Message, first: int, where: int) -> Iterator[Problem]:
    if message.breaking_change is None and message.breaking:
        yield Problem("CM001", "The header is marked `!`, but no `BREAKING CHANGE:` footer says what breaks.", first)
    if message.breaking_change is not None and not message.breaking:
        yield Problem("CM002", "There is a `BREAKING CHANGE:` footer, but the header is not marked `!`.", where)
    if message.breaking_change == "":
        yield Problem("CM003", "The `BREAKING CHANGE:` footer does not say what breaks.", where)


def _header_problems(message: Message, lines: Lines) -> Iterator[Problem]:
    if message.type not in TYPES:
        yield Problem("CM004", unknown_type(message.type), lines[0][0])
    if len(lines) > 1 and lines[1][1]:
        yield Problem("CM004", "A blank line must follow the header: git joins this line to it.", lines[1][0])


def _list_problems(message: Message, touched: frozenset[str], lines: Lines) -> Iterator[str]:
    if touched:
        yield from _differences(_names(message.updated), _names(touched))
    elif not message.updated and any(ITEM.fullmatch(line) for _, line in lines):
        yield "The `- Updated` list must stand inside the `BREAKING CHANGE:` footer, before the next footer."
    elif not message.updated:
        yield "The `BREAKING CHANGE:` footer lists no package: add a line `- Updated path` for each."


def _names(paths: Iterable[str]) -> set[str]:
    return {path.strip().removeprefix("./").rstrip("/") for path in paths if path != _ROOT}


def _differences(listed: set[str], touched: set[str]) -> Iterator[str]:
    missing = ", ".join(sorted(touched - listed))
    surplus = ", ".join(sorted(listed - touched))
    parts = (missing and f"it leaves out {missing}", surplus and f"it names {surplus}, untouched")
    if missing or surplus:
        yield f"The `- Updated` list differs from this change: {'; '.join(filter(None, parts))}."
