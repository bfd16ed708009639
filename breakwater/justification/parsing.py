"""Markdown as the value: what `render` wrote, and what people write by hand along the template.

Nothing typed is dropped: text that belongs nowhere is a `ParseError`. Missing sections are empty, and so is
the template's own text. Source: the process, "BREAKING_CHANGE_JUSTIFICATION.md Template".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from breakwater.justification import template
from breakwater.justification.escaping import closers, plain, protected, read
from breakwater.justification.model import Justification, PackageChange, Period, Signature, Timeline, block, one_line

_HEADING = re.compile(r" {0,3}(#{1,2})(?:[ \t]+(.*))?")
_CLOSING_MARKS = re.compile(r"(?:\A|[ \t])#+\Z")
_BULLET = re.compile(r" ?[-*+](?:[ \t]+|\Z)")
_HEADLINE = re.compile(r"\*\*((?:\\.|[^\\*])+)\*\*(?:(:)[ \t]*(.*))?")
_QUOTED_PATH = re.compile(r"`([^`]+)`(?=[ \t:]|\Z)")
_PATH_ENDS = re.compile(r"\\.|[ \t](?:--?|[–—])(?=[ \t]|\Z)|:(?=[ \t]|\Z)")
_TEAM_ENDS = re.compile(r"\\.|:")
_DATE = r"\d{4}-\d\d-\d\d"
_DAY = rf"{_DATE}|\[dates?\]"
_PERIOD = re.compile(rf"({_DAY})(?: ?(?:to|until|\.\.|[-–—]) ?({_DAY}))?", re.IGNORECASE)
_SIGNED = re.compile(rf"((?:\\.|[^\\,]|,(?! (?:{_DATE}|\[date\])(?: \(|\Z)))*), ({_DATE}|\[date\])(?: \((.*)\))?")
_SIGNED_BY_HAND = re.compile(rf"({_DATE})\)?\Z")
_ALL_PROSE = {slot.section: slot for slot in template.PROSE}
_NONE = -1
_NAMES = {name.casefold(): name for name in template.SECTIONS}


class ParseError(ValueError):
    """Text that is not the template's; the message is one sentence, `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


@dataclass(slots=True)
class _Section:
    """A heading's name ("" before the first) and the lines below it, as a range of the document's."""

    name: str
    start: int
    end: int

    def keeps(self, line: str) -> bool:
        """Whether the line belongs to a bullet's text, so that nothing in it speaks to the document."""
        return bool(self.name) and self.name not in _ALL_PROSE and _indent(line) >= 2


@dataclass(slots=True)
class _Item:
    """A bullet: the number of its line (from 1) and its text, indentation taken off."""

    line: int
    lines: list[str] = field(default_factory=list)

    def after(self, start: int) -> str:
        """What follows the label on its line and below."""
        return block("\n".join((self.lines[0][start:].lstrip(" \t"), *self.lines[1:])))


def parse(text: str) -> Justification:
    """The document's value. Raises ParseError for an unknown or repeated heading or bullet, an unreadable date,
    a fence that never closes, and text that belongs nowhere."""
    lines = _lines(text)
    values: dict[str, object] = {}
    for section in _sections(lines):
        values.update(_values(section, lines))
    return Justification(**values)  # type: ignore[arg-type]


def outline(text: str) -> tuple[str, ...]:
    """Names of the template's sections whose headings the text has, in its order. Raises like `parse`."""
    return tuple(section.name for section in _sections(_lines(text)) if section.name)


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _values(section: _Section, lines: list[str]) -> dict[str, object]:
    if section.name in _ALL_PROSE:
        slot = _ALL_PROSE[section.name]
        return {slot.field: read(block("\n".join(lines[section.start : section.end])), slot.placeholder)}
    if not section.name:
        return dict(_headline(section, lines))
    items = list(_items(section, lines))
    if section.name == template.PACKAGES:
        return {"affected_packages": _packages(items)}
    if section.name == template.TIMELINE:
        return {"timeline": _timeline(items)}
    if section.name == template.APPROVAL:
        return {"approvals": tuple(_approvals(items))}
    return dict(_texts(section.name, items))


# --- sections


def _sections(lines: list[str]) -> Iterator[_Section]:
    """The document cut at its headings; code and comments hold none, nor do the texts of bullets."""
    open_, seen, comment = _Section("", 0, 0), set[str](), _NONE
    code, ends = protected(lines), closers(lines)
    for at, line in enumerate(lines):
        if comment == _NONE and not code[at] and not open_.keeps(line):
            if ends[at] < 0 and line.startswith(("```", "~~~")) and "`" not in line.lstrip("`"):
                raise ParseError("the code fence that opens here never closes.", at + 1)
            heading = _HEADING.fullmatch(line)
            if heading:
                open_.end = at
                yield open_
                open_ = _Section(_new_name(heading, at + 1, seen), at + 1, 0)
            comment = at if line.lstrip(" ").startswith("<!--") and _indent(line) < 4 else _NONE
        comment = _NONE if "-->" in line else comment
    if comment != _NONE:
        raise ParseError("the comment that opens here never closes.", comment + 1)
    open_.end = len(lines)
    yield open_


def _new_name(heading: re.Match[str], line: int, seen: set[str]) -> str:
    """The section's name, which joins those that were `seen`."""
    name = _name(heading, line)
    shown = name or template.HEADING
    if shown in seen:
        raise ParseError(f"“{shown}” is already a heading above; keep one of the two.", line)
    seen.add(shown)
    return name


def _name(heading: re.Match[str], line: int) -> str:
    """The section's name; "" for the document's own heading."""
    title = one_line(_CLOSING_MARKS.sub("", (heading[2] or "").rstrip(" \t")))
    if len(heading[1]) == 1 and title.casefold() == template.HEADING.casefold():
        return ""
    if len(heading[1]) == 2 and title.casefold() in _NAMES:
        return _NAMES[title.casefold()]
    raise ParseError(f"“{heading[1]} {title}” is no heading of the template; use ### for headings of your own.", line)


def _headline(section: _Section, lines: list[str]) -> Iterator[tuple[str, str]]:
    """`**Reference**: Title` or `**Title**`, once."""
    typed = [at for at in range(section.start, section.end) if lines[at].strip()]
    for at in typed[1:]:
        raise ParseError("only the reference and the title stand above the first section.", at + 1)
    for at in typed:
        found = _HEADLINE.fullmatch(lines[at].strip())
        if not found:
            raise ParseError("above the first section only `**Reference**: Title` may stand.", at + 1)
        yield ("reference" if found[2] else "title"), plain(found[1])
        if found[2]:
            yield "title", found[3]


# --- bullets


def _items(section: _Section, lines: list[str]) -> Iterator[_Item]:
    """The section's bullets; lines indented below one, or following it without an empty line, are its own."""
    item, offset = None, 0
    for at in range(section.start, section.end):
        line = lines[at]
        bullet = _BULLET.match(line)
        if bullet:
            if item:
                yield item
            item, offset = _Item(at + 1, [line[bullet.end() :]]), bullet.end()
        elif item and _continues(line, after=lines[at - 1]):
            item.lines.append(_dedented(line, offset))
        elif line.strip(" \t"):
            raise ParseError(f"this text belongs to no bullet of “{section.name}”; start it with `- `.", at + 1)
    if item:
        yield item


def _continues(line: str, *, after: str) -> bool:
    if not line.strip(" \t") or _indent(line) >= 2:
        return True
    return bool(after.strip(" \t")) and not line.lstrip(" ").startswith(("```", "~~~"))


def _indent(line: str) -> int:
    lead = line[: len(line) - len(line.lstrip(" \t"))]
    return len(lead.expandtabs(4))


def _dedented(line: str, offset: int) -> str:
    """Up to `offset` columns less in front; what lies behind them stays as typed, tabs included."""
    if line.startswith(" " * offset):
        return line[offset:]
    text = line.lstrip(" \t")
    return " " * (_indent(line) - offset) + text


def _texts(section: str, items: list[_Item]) -> Iterator[tuple[str, str]]:
    seen = set()
    for item in items:
        for slot in (*template.BULLETS, *template.ANSWERS):
            found = _LABELS[slot.field].match(item.lines[0]) if slot.section == section else None
            if found:
                break
        else:
            raise ParseError(f"this is no bullet of “{section}” in the template.", item.line)
        if slot.field in seen:
            raise ParseError(f"“{slot.label.strip('*')}” stands twice; keep one bullet.", item.line)
        seen.add(slot.field)
        yield slot.field, read(item.after(found.end()), slot.placeholder)


def _label(slot: template.Slot) -> re.Pattern[str]:
    """The label, bold or not, with the colon inside or outside, or a dash, or nothing behind it."""
    name = "|".join(map(re.escape, (slot.label.strip("*"), *slot.short)))
    ends = r"[ \t]*:|[ \t]+[-–—](?=[ \t]|\Z)|[ \t]*\Z"
    return re.compile(rf"\*\*(?:{name}):\*\*|(?:\*\*(?:{name})\*\*|(?:{name}))(?:{ends})", re.IGNORECASE)


_LABELS = {slot.field: _label(slot) for slot in (*template.BULLETS, *template.ANSWERS)}


# --- packages, timeline, approval


def _packages(items: list[_Item]) -> tuple[PackageChange, ...]:
    """Every bullet; none where all of them are still the template's examples."""
    found = [_package(item) for item in items]
    if all(change.path in template.EXAMPLES and is_example for change, is_example in found):
        return ()
    return tuple(change for change, _ in found)


def _package(item: _Item) -> tuple[PackageChange, bool]:
    """The package, and whether its description is the template's."""
    first = item.lines[0]
    quoted = _QUOTED_PATH.match(first)
    start = quoted.end() if quoted else 0
    ends = next((end for end in _PATH_ENDS.finditer(first, start) if end[0][0] != "\\"), None)
    path = quoted[1] if quoted else first[: ends.start() if ends else len(first)].strip(" \t")
    raw = item.after(ends.end() if ends else len(first))
    if not quoted:
        path = "" if path.rstrip("/") == template.PATH else plain(path)
    return PackageChange(path, read(raw, template.DESCRIPTION)), raw == template.DESCRIPTION


def _timeline(items: list[_Item]) -> Timeline:
    found: dict[str, Period] = {}
    for item in items:
        name, colon, value = one_line(item.after(0)).partition(":")
        phase = name.strip("* ").casefold()
        if not colon or phase not in template.PHASES:
            raise ParseError("this is no phase; the timeline has Development, Testing and Deployment.", item.line)
        if phase in found:
            raise ParseError(f"the phase “{phase.capitalize()}” stands twice; keep one bullet.", item.line)
        found[phase] = _period(value.strip("* "), item.line)
    return Timeline(**found)


def _period(value: str, line: int) -> Period:
    if not value:
        return Period()
    found = _PERIOD.fullmatch(value)
    if not found:
        raise ParseError(f"“{value}” is no period; write it as 2026-11-02 to 2026-11-13.", line)
    start = _day(found[1], line)
    return Period(start, _day(found[2], line) if found[2] else start)


def _day(value: str, line: int) -> date | None:
    if value.startswith("["):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ParseError(f"“{value}” is no day of the calendar.", line) from None


def _approvals(items: list[_Item]) -> Iterator[Signature]:
    for item in items:
        text = one_line(item.after(0))
        colon = next((end for end in _TEAM_ENDS.finditer(text) if end[0] == ":"), None)
        if not colon:
            raise ParseError("this names no team; write it as `Team: Name, 2026-11-20`.", item.line)
        team = text[: colon.start()].replace("**", "").strip()
        value = text[colon.end() :].removeprefix("**").strip()
        if value not in ("", template.UNSIGNED, template.UNSIGNED_SECURITY):
            yield _signature("" if team == template.TEAM else plain(team), value, item.line)


def _signature(team: str, value: str, line: int) -> Signature:
    found = _SIGNED.fullmatch(value)
    if found:
        return Signature(team, _signer(found[1]), _day(found[2], line), found[3] or "")
    loose = _SIGNED_BY_HAND.search(value)
    if loose:
        return Signature(team, _signer(value[: loose.start()].rstrip(" ,/(-–—")), _day(loose[1], line))
    if re.search(_DATE, value):
        raise ParseError(f"“{value}” is unclear; write it as `Name, 2026-11-20 (note)`.", line)
    return Signature(team, _signer(value))


def _signer(text: str) -> str:
    return "" if text == template.SIGNER else plain(text)
