"""What a person is told, and what they watch: /me/notifications/ and /me/watching/."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from governance.pages.record.subject import person
from rfcs.conversation import watching
from rfcs.delivery import preferences
from rfcs.delivery.preferences import Choice
from rfcs.delivery.quiet import EIGHT, Hours
from rfcs.errors import Reason, Refused, not_ready
from rfcs.models import RFC, Package, Watch, Watched
from rfcs.notices import FACTS, Notice
from rfcs.states import team_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_SHOWN = 500


def notifications(request: HttpRequest, reasons: tuple[Reason, ...] = (), status: int = 200) -> HttpResponse:
    """A table of kinds and channels, and the hours of mail; a POST stores them, or goes back to the defaults."""
    user, sent = person(request), request.POST
    if request.method == "POST" and not reasons:
        return _choose(request, user, sent)
    choices, hours = preferences.choices_of(user), preferences.hours_of(user)
    rows = [{"kind": kind.value, "facts": FACTS[kind], "choice": choices[kind]} for kind in Notice]
    typed = {name: sent[name] for name in HOURS if name in sent}
    shown = {name: _hour(getattr(hours, name)) for name in HOURS} | typed
    context = {"rows": rows, "hours": shown, "zones": sorted(available_timezones()), "reasons": reasons}
    return render(request, "me/notifications.html", context, status=status)


HOURS = ("zone", "quiet_from", "quiet_until", "daily_at")


def _choose(request: HttpRequest, user: User, sent: QueryDict) -> HttpResponse:
    if "restore" in sent:
        preferences.restore(user)
        messages.success(request, "Back to the defaults.")
        return redirect("notifications")
    if "zone" in sent:
        try:
            preferences.keep_hours(user, _hours(sent))
        except Refused as refusal:
            return notifications(request, refusal.reasons, refusal.status)
    else:
        wanted = {kind: Choice(*(f"{kind}-{name}" in sent for name in ("in_app", "mail", "daily"))) for kind in Notice}
        preferences.choose(user, wanted)
    messages.success(request, "Saved. It holds for everything that is told from now on.")
    return redirect("notifications")


def _hours(sent: QueryDict) -> Hours:
    """As typed; what is no time is refused with the form's own words."""
    try:
        read = {name: time.fromisoformat(str(sent[name])) if sent.get(name) else None for name in HOURS[1:]}
    except ValueError:
        message = "Write times as 22:00."
        raise Refused(not_ready("no_time", message, field="quiet_from", who="you")) from None
    plain = {name: value.replace(tzinfo=None) if value else None for name, value in read.items()}
    return Hours(str(sent["zone"]), plain["quiet_from"], plain["quiet_until"], plain["daily_at"] or EIGHT)


def _hour(value: object) -> str:
    return value.isoformat("minutes") if isinstance(value, time) else str(value or "")


def watched(request: HttpRequest, typed: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
    """Everything that this person chose to watch, or to hear nothing of; a POST adds or ends one."""
    if request.method == "POST" and typed is None:
        return _change(request)
    rows = list(Watch.objects.filter(person=person(request)).order_by("-since")[:MOST_SHOWN])
    context = {
        "groups": _groups(rows, person(request)),
        "teams": [(slug, team_name(slug)) for slug in Group.objects.order_by("name").values_list("name", flat=True)],
        "packages": Package.objects.values_list("path", flat=True)[:MOST_SHOWN],
        "typed": typed or {},
    }
    return render(request, "me/watching.html", context, status=status)


def _change(request: HttpRequest) -> HttpResponse:
    sent = request.POST
    kind, key = sent.get("kind", ""), sent.get("key", "")
    try:
        if "end" in sent:
            watching.unwatch(person(request), kind, key)
            messages.success(request, "You hear nothing more of it.")
        else:
            watching.watch(person(request), kind, key)
            messages.success(request, "You hear of its moves, decisions and new threads.")
    except Refused as refusal:
        typed = {"kind": kind, "key": key, "reasons": refusal.reasons}
        return watched(request, typed, status=refusal.status)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The page of the portal where the button was."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else reverse("watching")


def _groups(rows: list[Watch], user: User) -> list[dict[str, Any]]:
    numbers = [int(row.key) for row in rows if row.kind == Watched.RFC]
    rfcs = {str(rfc.pk): rfc for rfc in RFC.objects.visible_to(user).filter(pk__in=numbers).only("title", "state")}
    return [
        {"kind": kind.value, "label": LABELS[kind], "rows": [_row(row, rfcs) for row in rows if row.kind == kind]}
        for kind in Watched
    ]


LABELS = {Watched.RFC: "RFCs", Watched.PACKAGE: "Packages", Watched.TEAM: "Teams"}


def _row(row: Watch, rfcs: dict[str, RFC]) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": row.key, "muted": row.muted, "since": row.since}
    if row.kind == Watched.RFC:
        rfc = rfcs.get(row.key)  # under embargo by now: its number is all that this person knew
        title = str(rfc) if rfc else f"RFC-{int(row.key):04d}"
        return shown | {"title": title, "url": rfc.get_absolute_url() if rfc else ""}
    if row.kind == Watched.PACKAGE:
        return shown | {"title": row.key, "url": f"{reverse('rfc-list')}?package={row.key}"}
    return shown | {"title": team_name(row.key), "url": ""}
