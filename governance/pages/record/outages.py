"""Outages on the RFC's page: what was told and corrected, how long users were hit, and the forms to tell of more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from governance.pages.record.haste import spelled
from rfcs import clock
from rfcs.delivery import preferences
from rfcs.models import RFC, Outage
from rfcs.outages import lengths, recording
from rfcs.outages.telling import is_zone
from rfcs.states import AUDITORS
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

UTC = "UTC"


@dataclass(frozen=True, slots=True)
class Told:
    """One outage as it stands: the last row that tells of it, and those whose place it took, newest first."""

    row: Outage
    earlier: tuple[Outage, ...]
    length: str
    form: dict[str, Any]


def parts(rfc: RFC, user: User, *, typed: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """What the section shows; None where no outage is told of. `typed`: of a refused attempt."""
    if any(recording.why_not_now(rfc)):
        return None
    rows, now = list(rfc.outages.select_related("by")), clock.now()
    may_record = AUDITORS not in teams_of(user) and not any(recording.why_not_by(rfc, user))
    form = _Forms(user, typed or {}) if may_record else None
    told = list(_told(rows, now, form))
    standing = [outage.row for outage in told if not outage.row.retracted]
    return {
        "told": told,
        "standing": standing,
        "total": spelled(lengths.length((row.span for row in standing), until=now)),
        "lasts": any(row.lasts for row in standing),
        "form": form.blank() if form else None,
        "is_open": bool(typed) or any(row.lasts for row in standing),
    }


def facts(rfc: RFC) -> dict[str, Any] | None:
    """The same to be read alone: beside the post-incident review. None when nothing was told."""
    rows, now = list(rfc.outages.standing()), clock.now()
    spans = [row.span for row in rows]
    told = [(row, spelled(lengths.length([row.span], until=now))) for row in rows]
    return {"told": told, "total": spelled(lengths.length(spans, until=now))} if rows else None


def _told(rows: Iterable[Outage], now: datetime, form: _Forms | None) -> Iterator[Told]:
    by_key = {row.pk: row for row in rows}
    replaced = {row.corrects_id for row in by_key.values()}
    for row in by_key.values():
        if row.pk not in replaced:
            length = spelled(lengths.length([row.span], until=now))
            yield Told(row, tuple(_before(row, by_key)), length, form.correcting(row) if form else {})


def _before(row: Outage, by_key: Mapping[int, Outage]) -> Iterator[Outage]:
    while row.corrects_id:
        row = by_key[row.corrects_id]
        yield row


class _Forms:
    """The values of the forms: what was typed and refused, else what is stored, in the person's own zone."""

    def __init__(self, user: User, typed: Mapping[str, Any]) -> None:
        self.typed = typed
        own = preferences.hours_of(user).zone
        self.zone = own if is_zone(own) else UTC

    def blank(self) -> dict[str, Any]:
        return self._form("", "", "", "")

    def correcting(self, row: Outage) -> dict[str, Any]:
        return self._form(str(row.pk), self._local(row.started_at), self._local(row.ended_at), row.note)

    def _form(self, corrects: str, start: str, end: str, note: str) -> dict[str, Any]:
        sent = self.typed if self.typed.get("corrects") == corrects else None
        said = sent or {"started_at": start, "ended_at": end, "note": note, "zone": self.zone}
        zone = str(said["zone"]) if is_zone(str(said["zone"])) else UTC
        return {
            "corrects": corrects,
            "key": f"outage-{corrects}" if corrects else "outage",
            **{name: said[name] for name in ("started_at", "ended_at", "note")},
            "zone": zone,
            "zones": sorted({UTC, self.zone, zone}),
            "is_typed": sent is not None,
            "refusal": sent and sent["refusal"],
        }

    def _local(self, at: datetime | None) -> str:
        """As `datetime-local` takes it."""
        return at.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M") if at else ""
