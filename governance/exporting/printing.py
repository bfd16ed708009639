"""The printed document: a cover with state, digest and signatures, then the justification."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from governance.exporting.record import JSON
from rfcs import markup
from rfcs.outages import lengths
from rfcs.states import Scenario, Track

STYLES = ("css/document.css", "css/paper.css")
NO_PANGO = (
    "This machine cannot make PDF files, because the library Pango is missing. "
    "Print the page instead: “Printable page”, then your browser's “Save as PDF”."
)


class CannotPrint(Exception):
    """No PDF here; the message is a sentence for the person who asked."""


def pdf(facts: JSON) -> bytes:
    """The PDF of these facts. Raises CannotPrint where the machine lacks what lays out pages."""
    try:
        # The boundary: seconds to import, and the web process must never pay them (tests/governance/exporting).
        from governance.exporting import typesetting  # noqa: PLC0415
    except OSError:  # what cffi raises when Pango, or one of its libraries, is not installed
        raise CannotPrint(NO_PANGO) from None
    return typesetting.pdf(html(facts), css(facts))


def html(facts: JSON, *, standalone: bool = False) -> str:
    """The page; a `standalone` one brings its style, for whoever keeps it as a file."""
    return render_to_string("rfcs/paper.html", context(facts) | {"style": css(facts) if standalone else ""})


def css(facts: JSON) -> str:
    """Our own sheets, and the foot of each page: a number and a digest, nothing that people typed."""
    foot = f'@page {{ @bottom-left {{ content: "{facts["number"]}, {edition(facts)}"; }} '
    foot += f'@bottom-center {{ content: "{facts["digest"][:32]}"; }} }}'
    return "\n".join([*((settings.ROOT / "static" / name).read_text(encoding="utf-8") for name in STYLES), foot])


def edition(facts: JSON) -> str:
    return f"revision {facts['revision']}" if facts["revision"] else "draft"


def context(facts: JSON) -> dict[str, Any]:
    return {
        "facts": facts,
        "edition": edition(facts),
        "scenario": Scenario(facts["scenario"]).label if facts["scenario"] else "No scenario yet",
        "track": Track(facts["track"]).label,
        "sign_offs": [row | {"at": datetime.fromisoformat(row["at"])} for row in facts["sign_offs"]],
        "obligations": [_obligation(row) for row in facts.get("obligations", ())],
        "outages": [_outage(row) for row in facts.get("outages", ())],
        "document": markup.html(facts["document"]),
        "url": f"{settings.PORTAL_URL}/rfcs/{facts['number']}/",
    }


def _obligation(row: JSON) -> JSON:
    met = datetime.fromisoformat(row["met_at"]) if row["met_at"] else None
    return row | {"due": datetime.fromisoformat(row["due_at"]), "met": met}


def _outage(row: JSON) -> JSON:
    start = datetime.fromisoformat(row["started_at"])
    end = datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None
    span = lengths.Span(start, end)
    return row | {"start": start, "end": end, "minutes": lengths.minutes([span], until=end) if end else None}


def name(facts: JSON, suffix: str) -> str:
    """`RFC-0042-revision-3.pdf`."""
    return f"{facts['number']}-{edition(facts).replace(' ', '-')}.{suffix}"
