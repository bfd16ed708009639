"""Commit messages read: what git keeps of an edited file, and the message in a text."""

import re

from breakwater.commits.grammar import (
    BREAKING,
    HEADER,
    SCOPE,
    SHAPE,
    TYPE,
    Found,
    Lines,
    kept_lines,
    plain,
    starts_footer,
)
from breakwater.commits.model import CommitError, Footer, Message
from breakwater.records import replace

_REASONS = (
    (re.compile(r"\Z"), "the message is empty"),
    (re.compile(rf"{TYPE}\(\s*+\)"), "the scope between the brackets is empty"),
    (re.compile(rf"{TYPE}{SCOPE}!?:\s*+\Z"), "the summary after the colon is missing"),
    (re.compile(rf"{TYPE}{SCOPE}!?:\S"), "a space must follow the colon"),
    (re.compile(rf"{TYPE}{SCOPE}(?:!?\s++:|\s++!\s*+:)"), "no space may precede the colon"),
    (re.compile(rf"{TYPE}!\("), "the `!` stands after the scope"),
)


def clean(text: str, comment: str = "#") -> str:
    """The message that git makes of an edited file: one LF at the end, or "" where nothing is left.

    Drops what follows the scissors line, comment lines, trailing blanks (so CRLF too) and surplus blank
    lines. `comment` is `core.commentString`; "" keeps comments and scissors (`--cleanup=whitespace`).
    """
    return "".join(f"{line}\n" for _, line in kept_lines(text, comment))


def parse(text: str) -> Message:
    """Read a stored message by the grammar of Conventional Commits; any type will do.

    Comment lines are content here: pass what an editor left through `clean` first. A `BREAKING CHANGE:` line
    is a footer even where the blank line before it is missing: release tools read it so.
    Raises CommitError for an unreadable header.
    """
    lines = kept_lines(plain(text))
    head = read_header(lines[0][1] if lines else "")
    return message_of(head, *sections(lines[1:]))


def breaks(text: str) -> bool:
    """Whether a stored message is marked breaking, by `!` or footer, whatever its header; never by its prose."""
    header = HEADER.match(text.lstrip().partition("\n")[0])
    if header is not None and header["mark"]:
        return True
    return "BREAKING" in text and footer_line(sections(kept_lines(text)[1:])[1]) is not None


def read_header(header: str) -> Message:
    match = HEADER.fullmatch(header)
    scope = match["scope"] if match else None
    if match is None or not match["summary"].strip() or (scope is not None and not scope.strip()):
        raise CommitError(_unreadable(header))
    return Message(match["type"], match["summary"], scope or "", match["mark"] is not None)


def _unreadable(header: str) -> str:
    reason = next((reason for pattern, reason in _REASONS if pattern.match(header)), f"it must read {SHAPE}")
    shown = header if len(header) <= 72 else header[:71] + "…"
    return f"The header {shown!r} cannot be read: {reason}."


def sections(lines: Lines) -> tuple[list[str], Found]:
    """What follows the header, as the body's lines and the footers; a value runs to the next token."""
    body: list[str] = []
    found: Found = []
    previous = ""
    for number, line in lines:
        match = starts_footer(line, anywhere=bool(found) or not previous)
        if match:
            found.append((number, match["breaking"] or match["name"], [match["value"]]))
        else:
            (found[-1][2] if found else body).append(line)
        previous = line
    return body, found


def footer_line(found: Found) -> int | None:
    return next((number for number, token, _ in found if token in BREAKING), None)


def message_of(head: Message, body: list[str], found: Found) -> Message:
    if not body and not found:
        return head
    footers = tuple(Footer(token, "\n".join(value)) for _, token, value in found)
    return replace(head, body="\n".join(body), footers=footers)
