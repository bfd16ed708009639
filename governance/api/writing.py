"""From a body to content: which fields it changes, and the one call that stores them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from breakwater.justification import Period, Timeline
from governance import moves
from rfcs import editing
from rfcs.content import PHASES, TEXTS, Content, Package
from rfcs.events import attempt
from rfcs.files import attachments
from rfcs.files.filetypes import clean_name
from rfcs.lifecycle import locked
from rfcs.models import RFC
from rfcs.paths import normal_path
from rfcs.risk import SLUGS, UNKNOWN
from rfcs.states import Severity

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile

PLAIN = ("title", "scenario", "touches_security", "embargoed", "issue", *TEXTS)
KINDS = {"api": "api_changes", "data": "data_changes", "behavior": "behavioral_changes"}


def merged(base: Content, said: Mapping[str, Any]) -> Content:
    """`base` with what a validated body says. Lists replace, the timeline merges day by day, null clears a day."""
    after = base.with_(**{name: said[name] for name in PLAIN if name in said})
    if "answers" in said:
        after = after.with_(answers={**base.answers, **said["answers"]})
    if "risk" in said:
        after = after.with_(risk={**base.risk, **said["risk"]})
    elif base == Content():
        after = after.with_(risk=dict.fromkeys(SLUGS, UNKNOWN))
    if "timeline" in said:
        after = after.with_(timeline=_timeline(base.timeline, said["timeline"]))
    if "affected_packages" in said:
        after = after.with_(packages=tuple(_package(row, after) for row in said["affected_packages"]))
    return after


def edit(rfc: RFC, *, by: User, said: Mapping[str, Any]) -> RFC:
    """Merge a body into the working copy and save it, under the RFC's lock. Raises Refused, Conflict included."""
    with attempt("save", actor=by, on=rfc.stream):
        row = locked(rfc)
        if said.get("track", row.track) != row.track:
            row = editing.change_track(row, by=by, track=said["track"])
        content = merged(row.working_copy.content, said)
        return moves.save(row, by=by, version=said["version"], content=content)


def attach(rfc: RFC, file: UploadedFile[bytes], *, by: User, version: int | None) -> RFC:
    """Attach a file and save, as `edit` does. Raises Refused, Conflict included."""
    with attempt("attach", actor=by, on=rfc.stream):
        name = file.name or ""
        copy = attachments.attach(rfc, by=by, name=name, chunks=file.chunks(), version=version)
        return moves.save(rfc, by=by, version=copy.version, content=copy.content, note=f"Attached {clean_name(name)}")


def detach(rfc: RFC, sha256: str, *, by: User) -> RFC:
    """Take a file off and save, as `edit` does. Raises Refused."""
    with attempt("detach", actor=by, on=rfc.stream):
        copy = attachments.detach(rfc, sha256, by=by)
        return moves.save(rfc, by=by, version=copy.version, content=copy.content, note="Took a file off")


def _timeline(base: Timeline, said: Mapping[str, Mapping[str, date | None]]) -> Timeline:
    return Timeline(**{phase: _period(getattr(base, phase), said.get(phase, {})) for phase in PHASES})


def _period(base: Period, said: Mapping[str, date | None]) -> Period:
    return Period(said.get("start", base.start), said.get("end", base.end))


def _package(row: Mapping[str, Any], content: Content) -> Package:
    """One row; what it leaves out follows from which kinds of change the document describes."""
    severity = row.get("severity", Severity.MEDIUM)
    said = {kind: row[kind] for kind in KINDS if kind in row}
    if not said and severity not in ("", Severity.NONE):
        said = _kinds(content)
    return Package(normal_path(row["path"]), row.get("description", ""), severity=severity, **said)


def _says_something(text: str) -> bool:
    """Whether a section describes a change: the form asks to write “None” where there is none."""
    return text.strip().rstrip(".").casefold() not in {"", "none", "no", "n/a", "-"}


def _kinds(content: Content) -> dict[str, bool]:
    found = {kind: _says_something(getattr(content, name)) for kind, name in KINDS.items()}
    return found if any(found.values()) else {"behavior": True}
