"""Where what a requirement misses is mended: a field of the edit form, or a place on one of the tabs."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from rfcs.case import Case
from rfcs.content import PHASES, Content, Package
from rfcs.errors import Reason
from rfcs.forms import ContentForm
from rfcs.guards import Guard

ANCHORS = {
    "objections": "acknowledgements",
    "acknowledged": "acknowledgements",
    "clash": "clashes",
    "freeze": "freezes",
}
"""On the Impact tab, by the code of the guard."""


def place_of(case: Case, guard: Guard, reason: Reason, *, may_edit: bool) -> str:
    """The address, or nothing for somebody who cannot write there."""
    rfc = case.rfc
    if guard.place == "checklist":
        return f"{reverse('rfc-checklist', args=[rfc.number])}#{reason.field}"
    if guard.place == "impact":
        return f"{rfc.impact_url}#{ANCHORS[guard.code]}"
    if guard.place == "sign-offs":
        return reverse("rfc-sign-offs", args=[rfc.number])
    if guard.place == "obligations":
        return f"{rfc.get_absolute_url()}#obligations"
    if not may_edit:
        return ""
    return f"{reverse('rfc-edit', args=[rfc.number])}#{field_of(reason, case.working) or guard.place}"


def field_of(reason: Reason, content: Content) -> str:
    """The id of the form's field that this is about; nothing where there is no such field."""
    if reason.field == "affected_packages":
        return _of_package(reason, content.packages)
    if reason.field == "timeline":
        return _of_day(content)
    return f"id_{reason.field}" if reason.field in ContentForm.base_fields else ""


def _of_package(reason: Reason, packages: Sequence[Package]) -> str:
    """The row of the package that the reason names, else the first that says nothing about what changes."""
    for at, package in enumerate(packages):
        row = f"id_packages-{at}"
        if reason.code == "not_assessed" and package.path == reason.thing:
            return f"{row}-api" if package.severity else f"{row}-severity"
        if reason.thing and package.path == reason.thing:
            return f"{row}-path"
        if not reason.thing and not package.description.strip():
            return f"{row}-description"
    return "" if packages else "id_packages-0-path"


def _of_day(content: Content) -> str:
    """The first day that is missing."""
    days = ((phase, edge) for phase in PHASES for edge in ("start", "end"))
    missing = ((p, e) for p, e in days if getattr(getattr(content.timeline, p), e) is None)
    phase, edge = next(missing, (PHASES[0], "start"))
    return f"id_{phase}_{edge}"
