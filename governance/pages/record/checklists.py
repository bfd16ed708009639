"""The checklist tab as plain values: items with their evidence, who may do what, what happened to each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_date

from governance.pages.record.panels import event_row
from rfcs import clock
from rfcs.case import Case
from rfcs.compliance import evidence, waivers
from rfcs.compliance.checklists import ItemStatus, statuses
from rfcs.compliance.duties import Duties
from rfcs.compliance.evidence import Proof
from rfcs.models import RFC, Event, Evidence
from rfcs.states import Kind, Phase, WaiverKind
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile

STATES = {
    "open": "Open",
    "expired": "Waiver expired",
    "done": "Closed",
    **{kind.value: kind.label for kind in WaiverKind},
}
TYPED = ("link", "text", "reason", "expires")


def phases(case: Case, user: User) -> list[dict[str, Any]]:
    """The three phases with their counts and items."""
    rows = _Rows(case, user)
    return [_phase(rows, phase) for phase in Phase]


def days_of_waivers(case: Case) -> dict[str, Any]:
    """The first and the last day on which a waiver may end."""
    today = clock.now().date()
    return {"min": today, "max": today + timedelta(days=case.policy.waiver_days)}


def why_not_waive(case: Case, user: User) -> str:
    """Why this person waives nothing here, said once for all items; empty when they may, or nobody can now."""
    against = Duties(case.rfc, user).why_not_waive() if case.rfc.state in waivers.WAIVED_IN else None
    return against.message if against else ""


class _Rows:
    """What all items share, each read once."""

    def __init__(self, case: Case, user: User) -> None:
        self.case, self.rfc, self.duties = case, case.rfc, Duties(case.rfc, user)
        self.evidence = _by_slug(_evidence(case.rfc), lambda piece: piece.item.slug)
        self.events = _by_slug(_events(case.rfc), lambda event: event.payload.get("item", ""))


def _by_slug(rows: Iterable[Any], slug: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[slug(row)].append(row)
    return found


def _evidence(rfc: RFC) -> Iterable[Evidence]:
    rows = Evidence.objects.filter(item__rfc=rfc, set_aside_at=None)
    return rows.select_related("item", "attachment", "given_by")


def _events(rfc: RFC) -> Iterable[Event]:
    rows = Event.objects.filter(stream=rfc.stream, kind__startswith="checklist.")
    return rows.select_related("actor").order_by("-seq")[:500]


def _phase(rows: _Rows, phase: Phase) -> dict[str, Any]:
    items = [_item(rows, item) for item in statuses(rows.case) if item.phase == phase]
    done = sum(item["state"] not in {"open", "expired"} for item in items)
    waived = sum(item["state"] in WaiverKind.values for item in items)
    return {
        "label": phase.label,
        "slug": phase.value,
        "items": items,
        "done": done,
        "total": len(items),
        "waived": waived,
    }


def _item(rows: _Rows, item: ItemStatus) -> dict[str, Any]:
    row, state = item.row, "expired" if item.is_lapsed else item.state
    return {
        "slug": item.slug,
        "title": item.text,
        "kind": item.kind,
        "kind_label": Kind(item.kind).label,
        "state": state,
        "state_label": STATES[state],
        "text": item.why_open,
        "who": display_name(row.closed_by) if row and row.closed_by and item.state == "done" else "",
        "at": row.closed_at if row and item.state == "done" else None,
        "pieces": _pieces(rows, item),
        "events": [event_row(event) for event in rows.events[item.slug]],
        **_waiver(item),
        **_may(rows, item),
    }


def _waiver(item: ItemStatus) -> dict[str, Any]:
    waiver = item.waiver
    if waiver is None or not item.is_closed:
        return {}
    return {"reason": waiver.reason, "expires": waiver.expires_on, "granted_by": display_name(waiver.granted_by)}


def _may(rows: _Rows, item: ItemStatus) -> dict[str, Any]:
    """Which forms this person gets, and the sentences about the ones that they do not."""
    rfc, duties, row = rows.rfc, rows.duties, item.row
    is_workable = row is not None and evidence.is_in_phase(rfc, row)
    not_close = duties.why_not_close(item.kind) if is_workable else None
    not_waive = duties.why_not_waive() if _is_waivable(rfc, item) else None
    is_ticked = item.state == "done"
    return {
        "needs_link": item.kind == Kind.VERIFIED or item.needs_link,
        "may_close": is_workable and not is_ticked and not not_close,
        "may_add": is_workable and not not_close,
        "may_reopen": is_workable and is_ticked and not duties.why_not_reopen(item.kind),
        "may_waive": _is_waivable(rfc, item) and not not_waive,
        "may_revoke": item.waiver is not None and _is_waivable(rfc, item) and not not_waive,
        "why_not": "" if item.is_closed or not_close is None else not_close.message,
    }


def _is_waivable(rfc: RFC, item: ItemStatus) -> bool:
    return rfc.state in waivers.WAIVED_IN and item.state != "done" and not waivers.why_not_waivable(item)


def _pieces(rows: _Rows, item: ItemStatus) -> list[dict[str, Any]]:
    pieces = [_piece(rows, piece) for piece in rows.evidence[item.slug]]
    row = item.row
    if pieces or row is None or not row.link:
        return pieces
    return [{"link": row.link, "text": row.text, "who": "", "at": None}]  # closed before pieces were rows


def _piece(rows: _Rows, piece: Evidence) -> dict[str, Any]:
    file, may = piece.attachment, rows.duties.why_not_set_aside(piece) is None
    carries = piece.item.closed_at == piece.given_at
    return {
        "pk": piece.pk,
        "link": piece.link,
        "text": piece.text,
        "file": file,
        "file_url": reverse("rfc-attachment", args=[rows.rfc.number, file.sha256]) if file else "",
        "who": display_name(piece.given_by),
        "at": piece.given_at,
        "may_set_aside": may and not carries and evidence.is_in_phase(rows.rfc, piece.item),
    }


def change(rfc: RFC, slug: str, *, by: User, sent: QueryDict, file: UploadedFile[bytes] | None) -> None:
    """Do what the pressed button says. Raises Refused with every reason."""
    reason = sent.get("reason", "")
    if "reopen" in sent:
        evidence.reopen_item(rfc, slug, by=by, reason=reason)
    elif "waive" in sent:
        kind = WaiverKind.NOT_APPLICABLE if sent.get("waive") == WaiverKind.NOT_APPLICABLE else WaiverKind.WAIVER
        waivers.grant(rfc, slug, by=by, reason=reason, expires_on=_day(sent.get("expires", "")), kind=kind)
    elif "revoke" in sent:
        waivers.revoke(rfc, slug, by=by, reason=reason)
    elif "remove" in sent:
        pk = sent.get("remove", "")
        evidence.set_aside(rfc, slug, int(pk) if pk.isdecimal() and len(pk) < 18 else 0, by=by, reason=reason)
    elif "add" in sent:
        evidence.add(rfc, slug, by=by, proof=_proof(sent, file))
    else:
        evidence.close_item(rfc, slug, by=by, proof=_proof(sent, file))


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:  # well formed and not a day
        return None


def _proof(sent: QueryDict, file: UploadedFile[bytes] | None) -> Proof:
    link, text = sent.get("link", "").strip(), sent.get("text", "").strip()
    return Proof(link, text, file.name or "", file.chunks()) if file else Proof(link, text)
