"""After an authorisation: pay what is owed, bear a risk, review the incident, tell of outages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from approvals import retroactive
from governance.pages.record import actions, outages
from governance.pages.record import rfc as page
from governance.pages.record.subject import person, post_only, rfc_for
from rfcs.authority import may_write
from rfcs.errors import Refused
from rfcs.models import RFC
from rfcs.obligations import accepting, following, incident
from rfcs.obligations.incident import Said
from rfcs.outages import recording
from rfcs.outages.telling import Said as Outage


@post_only
def file(request: HttpRequest, number: int) -> HttpResponse:
    return _retroactively(request, number, retroactive.file_justification, "Filed; the board is asked to ratify it.")


@post_only
def ask_again(request: HttpRequest, number: int) -> HttpResponse:
    said = "The board as it is today is asked to ratify it."
    return _retroactively(request, number, retroactive.ask_again, said)


def _retroactively(request: HttpRequest, number: int, verb: Callable[..., object], said: str) -> HttpResponse:
    """Call a verb that takes a note and leads to the board; a refusal stands above what was typed."""
    rfc = rfc_for(request, number)
    try:
        verb(rfc, by=person(request), note=request.POST.get("note", ""))
    except Refused as refusal:
        return page.document(request, number, refusal=refusal, typed=request.POST.dict())
    messages.success(request, said)
    return redirect(rfc)


@post_only
def follow_up(request: HttpRequest, number: int) -> HttpResponse:
    rfc = rfc_for(request, number)
    try:
        made = following.follow_up(rfc, by=person(request))
    except Refused as refusal:
        return page.document(request, number, refusal=refusal, typed=request.POST.dict())
    messages.success(request, f"{made.number} carries on {rfc.number}; submit it once it is complete.")
    return redirect("rfc-edit", made.number)


@post_only
def accept_risk(request: HttpRequest, number: int) -> HttpResponse:
    rfc, sent = rfc_for(request, number), request.POST
    try:
        until = _day(sent.get("until", ""))
        accepting.accept(rfc, by=person(request), reason=sent.get("reason", ""), until=until)
    except Refused as refusal:
        return page.document(request, number, refusal=refusal, typed=sent.dict())
    messages.success(request, "You bear the risk, on record; the owner is told.")
    return redirect(rfc)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@post_only
def record_outage(request: HttpRequest, number: int) -> HttpResponse:
    """Tell of an outage, correct one, or say that it is over; a refusal shows every reason beside what was typed."""
    rfc, sent = rfc_for(request, number), request.POST
    corrects = _key(sent.get("corrects", ""))
    try:
        if "over" in sent and corrects is not None:
            recording.end_now(rfc, by=person(request), corrects=corrects)
        else:
            said = Outage(**{name: sent.get(name, "") for name in ("started_at", "ended_at", "note")}, zone=_zone(sent))
            recording.record(rfc, by=person(request), said=said, corrects=corrects, retracted="retracted" in sent)
    except Refused as refusal:
        typed = {name: sent.get(name, "") for name in ("started_at", "ended_at", "note", "corrects")}
        return page.document(request, number, outage=typed | {"zone": _zone(sent), "refusal": refusal})
    messages.success(request, "It is on record.")
    return redirect(f"{rfc.get_absolute_url()}#outages")


def _zone(sent: QueryDict) -> str:
    return sent.get("zone", "") or "UTC"


def _key(text: str) -> int | None:
    """The key of a row; 0, which is none, for what is no number."""
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0) if text else None


def review(request: HttpRequest, number: int) -> HttpResponse:
    """The post-incident review: read it, write the next version, or accept it."""
    rfc = rfc_for(request, number)
    if request.method != "POST":
        return _review(request, rfc, _stored(rfc))
    said = Said.read(request.POST.dict(), actions.sent(request.POST))
    if "add_rows" in request.POST:
        return _review(request, rfc, said)
    try:
        version = incident.file(rfc, by=person(request), said=said)
    except Refused as refusal:
        return _review(request, rfc, said, refusal=refusal)
    messages.success(request, f"Version {version.number} is filed; the incident commanders are told.")
    return redirect("rfc-incident", rfc.number)


@post_only
def accept_review(request: HttpRequest, number: int) -> HttpResponse:
    rfc, version = rfc_for(request, number), request.POST.get("version", "")
    try:
        incident.accept(rfc, by=person(request), number=int(version) if version.isascii() and version.isdigit() else 0)
    except Refused as refusal:
        return _review(request, rfc, _stored(rfc), refusal=refusal)
    messages.success(request, "Accepted; the review is final.")
    return redirect("rfc-incident", rfc.number)


def _stored(rfc: RFC) -> Said:
    last = rfc.incident_reviews.first()
    return incident.said_of(last) if last else Said("", "", "", ())


def _review(request: HttpRequest, rfc: RFC, said: Said, *, refusal: Refused | None = None) -> HttpResponse:
    user, versions = person(request), list(rfc.incident_reviews.select_related("by", "acceptance__by"))
    is_open = not any(incident.why_not_now(rfc))
    context: dict[str, Any] = {
        "rfc": rfc,
        "said": said,
        "rows": actions.rows(said.actions),
        "actions": actions.shown(incident.said_of(versions[0]).actions) if versions else [],
        "versions": versions,
        "outages": outages.facts(rfc),
        "accepted": getattr(versions[0], "acceptance", None) if versions else None,
        "may_write": is_open and may_write(rfc, user),
        "may_accept": is_open and bool(versions) and not any(incident.why_not_accepted_by(rfc, user)),
        "refusal": refusal,
    }
    return render(request, "rfcs/incident.html", context, status=refusal.status if refusal else 200)
