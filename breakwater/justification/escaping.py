"""Backslashes in front of the lines that would break the document's structure, and their removal.

Only a line indented by at most three spaces can open something at the top level of a Markdown document,
so no other line is touched. Outside fenced code these lines get a backslash: level-1 and level-2
headings, underlines that would make the line above a heading, fences that do not close, and HTML blocks
that do not end at an empty line (comments among them). A line at such a place that already begins with
backslashes gets one more, so reading takes away exactly one. Every function is linear in its lines.

Source: CommonMark 0.31.2, sections 4.2 (ATX headings), 4.3 (setext headings), 4.5 (fences), 4.6 (HTML).
"""

import re
import sys
from bisect import bisect_right
from collections.abc import Sequence

_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)", re.DOTALL)
_HEADING = r"#{1,2}(?:[ \t]|$)"
_UNDERLINE = r"(?:=+|-+)[ \t]*$"
_RAW = r"<(?:[!?]|(?i:script|pre|style|textarea)(?:\s|>|$))"
_MARK = re.compile(rf"( {{0,3}})(\\*)(?:{_HEADING}|(?P<underline>{_UNDERLINE})|{_RAW}|(?P<fence>`{{3,}}[^`]*$|~~~))")
_TAG = re.compile(r" {0,3}</?[A-Za-z][A-Za-z0-9-]*(?:[\s/>]|$)")
_NEVER = -1


def closers(lines: Sequence[str]) -> list[int]:
    """For each line that opens fenced code, the line that closes it; -1 for all others.

    An indented fence may stand in a list item, which a line with less indentation ends. Whether it does
    cannot be told from the fence, so such a line before the closing one means that the fence never closes.
    """
    found = [_NEVER] * len(lines)
    stacks: dict[str, list[tuple[int, int]]] = {"`": [], "~": []}
    below = [len(lines)] * 4  # below[k]: the next line indented by fewer than k spaces
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        fence = _FENCE.match(line)
        if fence:
            found[at] = _closer(fence, stacks[fence[2][0]], below)
            _push(stacks[fence[2][0]], fence, at)
        if line.strip(" \t"):
            indent = min(3, _indent(line))
            below[indent + 1 :] = [at] * (3 - indent)
    return found


def _indent(line: str) -> int:
    """Columns before the text, as far as they matter: a tab among the first three spaces reaches the fourth."""
    text = line.lstrip(" ")
    return 4 if text.startswith("\t") else len(line) - len(text)


def _closer(fence: re.Match[str], stack: list[tuple[int, int]], below: list[int]) -> int:
    """`stack` holds (-length, line) of closing fences, the nearest last; nearer ones are shorter."""
    place = bisect_right(stack, (-len(fence[2]), sys.maxsize)) - 1
    if place < 0:
        return _NEVER
    at = stack[place][1]
    return at if below[len(fence[1])] > at else _NEVER


def _push(stack: list[tuple[int, int]], fence: re.Match[str], at: int) -> None:
    if fence[3].strip(" \t"):
        return
    while stack and -stack[-1][0] <= len(fence[2]):
        stack.pop()
    stack.append((-len(fence[2]), at))


def protected(lines: Sequence[str]) -> list[bool]:
    """Whether each line belongs to fenced code that closes, its fences included.

    A line that may begin an HTML block makes everything up to the next empty line raw, fences as well.
    """
    ends, kept, at, raw = closers(lines), [False] * len(lines), 0, False
    while at < len(lines):
        end = at if raw else max(at, ends[at])
        if end > at:
            kept[at : end + 1] = [True] * (end + 1 - at)
        raw = end == at and bool(lines[at].strip(" \t")) and (raw or bool(_TAG.match(lines[at])))
        at = end + 1
    return kept


def escape(text: str) -> str:
    """The text with a backslash in front of each line that would break the structure around it."""
    lines, result, paragraph = text.split("\n"), [], False
    for line, code in zip(lines, protected(lines), strict=True):
        result.append(line if code else _escaped(line, paragraph=paragraph))
        paragraph = bool(line) and not code
    return "\n".join(result)


def _escaped(line: str, *, paragraph: bool) -> str:
    mark = _MARK.match(line)
    if not mark or (mark["underline"] and not mark[2] and not paragraph):
        return line
    return f"{mark[1]}\\{line[mark.end(1) :]}"


def unescape(text: str) -> str:
    """What `escape` was given; one backslash less where a hand put it."""
    lines = text.split("\n")
    return "\n".join(line if code else _unescaped(line) for line, code in zip(lines, protected(lines), strict=True))


def _unescaped(line: str) -> str:
    mark = _MARK.match(line)
    return f"{mark[1]}{line[mark.end(1) + 1 :]}" if mark and mark[2] else line


def fill(text: str, placeholder: str) -> str:
    """`escape`, with the placeholder for an empty text and a backslash before a text that only looks like it."""
    if not text:
        return placeholder
    return f"\\{text}" if placeholder and text.lstrip("\\") == placeholder else escape(text)


def read(text: str, placeholder: str) -> str:
    """What `fill` was given."""
    if text == placeholder:
        return ""
    return text[1:] if placeholder and text.lstrip("\\") == placeholder else unescape(text)


def words(text: str, special: re.Pattern[str]) -> str:
    """One line with a backslash before each backslash and before each match of `special`."""
    return special.sub(r"\\\g<0>", text.replace("\\", r"\\"))


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~\u2013\u2014])")


def plain(text: str) -> str:
    """What `words` was given; a backslash before a letter or a digit stays."""
    return _ESCAPED.sub(r"\1", text)
