"""The value as Markdown: the template's sections, labels and placeholders, in its order.

Source: the process, "BREAKING_CHANGE_JUSTIFICATION.md Template". An empty value renders the template itself.
"""

import re
from collections.abc import Iterator
from datetime import date

from breakwater.justification import template
from breakwater.justification.escaping import fill, words
from breakwater.justification.model import Justification, PackageChange, Period, Signature

# What begins something other than a paragraph, so that it cannot share a line with the bullet's label.
_BLOCK = re.compile(
    r"[ \t]*(?:[-+*](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$)|#{1,6}(?:[ \t]|$)|>|\||<|`{3}|~{3}|[-=_* ]+$)|[ \t]"
)
_IN_REFERENCE = re.compile(r"\*")
_IN_PATH = re.compile(r"\A[-`+*#>~<=|&\[]|(?<= )(?:--?|[–—])(?= )|:(?= )")
_IN_TEAM = re.compile(r"\A\[|[:*]")
_IN_SIGNER = re.compile(r"\A\[|,(?= (?:\[|\d))")


def render(d: Justification, *, abbreviated: bool = False) -> str:
    """BREAKING_CHANGE_JUSTIFICATION.md, LF at every line's end, one at the end of the text.

    `abbreviated` leaves out what an emergency may say later; it is for values that say nothing there.
    """
    parts = [f"# {template.HEADING}", *_headline(d)]
    sections = [name for name in template.SECTIONS if not (abbreviated and name in template.LATER)]
    parts += (f"## {section}\n" + "\n".join(_body(d, section)) for section in sections)
    return "\n\n".join(parts) + "\n"


def _headline(d: Justification) -> Iterator[str]:
    """`**Reference**: Title`; a title alone is bold, a reference alone keeps its colon."""
    bold = words(d.reference or d.title, _IN_REFERENCE)
    if d.reference:
        yield f"**{bold}**: {d.title}".rstrip()
    elif d.title:
        yield f"**{bold}**"


def _body(d: Justification, section: str) -> Iterator[str]:
    if section == template.PACKAGES:
        yield from map(_package, d.affected_packages)
        yield from () if d.affected_packages else _examples()
    elif section == template.TIMELINE:
        for phase in template.PHASES:
            yield f"- {phase.capitalize()}: {_period(getattr(d.timeline, phase))}"
    elif section == template.APPROVAL:
        yield from _approvals(d.approvals)
    else:
        yield from _texts(d, section)


def _texts(d: Justification, section: str) -> Iterator[str]:
    for slot in template.PROSE:
        if slot.section == section:
            yield fill(getattr(d, slot.field), slot.placeholder)
    for slot in template.BULLETS:
        if slot.section == section:
            text = fill(getattr(d, slot.field), slot.placeholder)
            yield _bullet(f"- {slot.label}:", text) if text else f"- {slot.label}"
    for slot in template.ANSWERS:
        if slot.section == section and getattr(d, slot.field):
            yield _bullet(f"- {slot.label}:", fill(getattr(d, slot.field), slot.placeholder))


def _bullet(lead: str, text: str) -> str:
    """One paragraph starts beside its label; anything else is a block of its own, indented as a child."""
    lines = [f"  {line}" if line else "" for line in text.split("\n")]
    if _is_paragraph(text):
        return "\n".join((f"{lead} {lines[0].lstrip(' ')}", *lines[1:]))
    return "\n".join((lead, "", *lines))


def _is_paragraph(text: str) -> bool:
    return not any(not line or _BLOCK.match(line) for line in text.split("\n"))


def _package(package: PackageChange) -> str:
    path = words(package.path, _IN_PATH) + "/" if package.path else template.PATH
    if not package.description and package.path in template.EXAMPLES:
        return f"- {path}"
    return _bullet(f"- {path} -", fill(package.description, template.DESCRIPTION))


def _examples() -> Iterator[str]:
    return (f"- {path}/ - {template.DESCRIPTION}" for path in template.EXAMPLES)


def _period(period: Period) -> str:
    if period == Period():
        return template.DATES
    return f"{_day(period.start)} to {_day(period.end)}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else template.DATE


def _approvals(approvals: tuple[Signature, ...]) -> Iterator[str]:
    """The signatures as given; the template's two teams stay open while nobody has signed for them."""
    teams = {signature.team for signature in approvals}
    if template.ARCHITECTURE not in teams:
        yield f"- {template.ARCHITECTURE}: {template.UNSIGNED}"
    yield from map(_signature, approvals)
    if template.SECURITY not in teams:
        yield f"- {template.SECURITY}: {template.UNSIGNED_SECURITY}"


def _signature(signature: Signature) -> str:
    team = words(signature.team, _IN_TEAM) or template.TEAM
    signer = words(signature.signer, _IN_SIGNER) or template.SIGNER
    note = f" ({signature.note})" if signature.note else ""
    return f"- {team}: {signer}, {_day(signature.on)}{note}"
