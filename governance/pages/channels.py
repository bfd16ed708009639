"""/webhooks/ and /deliveries/: what leaves the portal, for stewards; and the page at the end of a mail's link."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from governance import showing
from governance.delivering import CHANNELS, STANDINGS, require_reader, rows_of
from governance.pages.record.subject import person, post_only
from rfcs.delivery import mail, preferences, retrying, webhooks
from rfcs.delivery.topics import TOPICS
from rfcs.delivery.webhooks import Wish
from rfcs.errors import Reason, Refused
from rfcs.models import Webhook
from rfcs.models.ledger import Owed
from rfcs.models.webhooks import Style
from rfcs.notices import FACTS
from rfcs.states import STEWARDS, team_name
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE = 50
CHANNEL_LABELS = {"mail": "Mail", "webhook": "Webhooks"}


def webhook_list(request: HttpRequest, reasons: tuple[Reason, ...] = (), status: int = 200) -> HttpResponse:
    """All that are not ended; a POST makes one."""
    require_reader(person(request))
    if request.method == "POST" and not reasons:
        return _create(request)
    rows = Webhook.objects.filter(ended_at=None).select_related("made_by")
    context = {"rows": [_shown(row) for row in rows], "reasons": reasons, **_form(_wish(request), person(request))}
    return render(request, "channels/webhooks.html", context, status=status)


def _create(request: HttpRequest) -> HttpResponse:
    try:
        row, secret = webhooks.create(_wish(request), by=person(request))
    except Refused as refusal:
        if refusal.status == 403:
            raise
        return webhook_list(request, refusal.reasons, refusal.status)
    return _shown_once(request, row, secret)


def _shown_once(request: HttpRequest, row: Webhook, secret: str) -> HttpResponse:
    showing.hand_on(request, f"webhook {row.pk}", secret=secret)
    return redirect("webhook", row.pk)


@never_cache
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One webhook, with its last calls, and once its key when that was made; a POST changes it."""
    require_reader(person(request))
    row = get_object_or_404(Webhook, pk=pk, ended_at=None)
    if request.method != "POST":
        return _one(request, row, secret=showing.take(request, f"webhook {row.pk}").get("secret", ""))
    try:
        webhooks.change(row, _wish(request), by=person(request))
    except Refused as refusal:
        if refusal.status == 403:
            raise
        return _one(request, row, reasons=refusal.reasons, wish=_wish(request), status=refusal.status)
    messages.success(request, "Saved.")
    return redirect("webhook", pk)


def _one(
    request: HttpRequest,
    row: Webhook,
    *,
    secret: str = "",
    reasons: tuple[Reason, ...] = (),
    wish: Wish | None = None,
    status: int = 200,
) -> HttpResponse:
    stored = Wish(row.name, "", row.style, tuple(row.topics), tuple(row.packages), tuple(row.teams))
    context = {
        "row": row,
        "secret": secret,
        "reasons": reasons,
        "calls": row.calls.select_related("event")[:10],
        **_form(replace(wish or stored, url=wish.url if wish else ""), person(request)),
    }
    return render(request, "channels/webhook.html", context, status=status)


@post_only
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Webhook, pk=pk)
    return _shown_once(request, row, webhooks.rotate(row, by=person(request)))


@post_only
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    webhooks.test(get_object_or_404(Webhook, pk=pk), by=person(request))
    messages.success(request, "A test is queued; in a few seconds you see below how it went.")
    return redirect("webhook", pk)


@post_only
def end(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Webhook, pk=pk)
    webhooks.end(row, by=person(request))
    messages.success(request, f"“{row.name}” is ended; nothing more is sent there.")
    return redirect("webhooks")


def _wish(request: HttpRequest) -> Wish:
    sent = request.POST
    packages = tuple(line.strip() for line in sent.get("packages", "").splitlines() if line.strip())
    topics, teams = (tuple(map(str, sent.getlist(name))) for name in ("topics", "teams"))
    name, url, style = (sent.get(field, "").strip() for field in ("name", "url", "style"))
    return Wish(name, url, style or Style.STANDARD.value, topics, packages, teams)


def _form(wish: Wish, user: User) -> dict[str, Any]:
    return {
        "wish": wish,
        "styles": Style.choices,
        "topics": TOPICS.items(),
        "teams": [(slug, team_name(slug)) for slug in Group.objects.order_by("name").values_list("name", flat=True)],
        "packages": "\n".join(wish.packages),
        "may_change": STEWARDS in teams_of(user),
    }


def _shown(row: Webhook) -> dict[str, Any]:
    filters = [", ".join(row.topics), ", ".join(row.packages), ", ".join(map(team_name, row.teams))]
    return {"row": row, "style": Style(row.style).label, "filters": [text for text in filters if text]}


# Deliveries -------------------------------------------------------------------------------------------------


def deliveries(request: HttpRequest) -> HttpResponse:
    """What was queued, sent, failed and given up, newest first."""
    require_reader(person(request))
    channel = request.GET.get("channel", "mail")
    channel = channel if channel in CHANNELS else "mail"
    standing = request.GET.get("standing", "")
    rows, before = rows_of(channel, standing), request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found: list[Owed] = list(rows[: PAGE + 1])
    kept = f"?channel={channel}&standing={standing if standing in STANDINGS else ''}"
    context = {
        "rows": found[:PAGE],
        "channel": channel,
        **_chips(channel, standing),
        "prev_url": kept if before else None,
        "next_url": f"{kept}&before={found[PAGE - 1].pk}" if len(found) > PAGE else None,
        "may_change": STEWARDS in teams_of(person(request)),
    }
    return render(request, "channels/deliveries.html", context)


def _chips(channel: str, standing: str) -> dict[str, list[dict[str, Any]]]:
    """The two choices above the rows (components/chips.html)."""
    here = f"?channel={channel}"
    kinds = [
        {"name": label, "url": f"?channel={key}", "active": key == channel} for key, label in CHANNEL_LABELS.items()
    ]
    states = [
        {"name": name.capitalize(), "url": f"{here}&standing={name}", "active": name == standing} for name in STANDINGS
    ]
    everything = {"name": "All", "url": here, "active": standing not in STANDINGS}
    return {"channels": kinds, "standings": [everything, *states]}


@post_only
def retry(request: HttpRequest, channel: str, pk: int) -> HttpResponse:
    retrying.require_steward(person(request))
    if channel not in CHANNELS:
        raise Http404
    row = get_object_or_404(rows_of(channel), pk=pk)
    try:
        retrying.retry(row, by=person(request))
    except Refused as refusal:
        messages.error(request, " ".join(reason.message for reason in refusal.reasons))
    else:
        messages.success(request, "Queued again; in a few seconds you see how it went.")
    return redirect(f"/deliveries/?channel={channel}")


@post_only
def test_mail(request: HttpRequest) -> HttpResponse:
    retrying.test_mail(by=person(request))
    messages.success(request, "A test mail to you is queued.")
    return redirect("deliveries")


# Unsubscribing ----------------------------------------------------------------------------------------------


@csrf_exempt
@login_not_required
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the mail of one kind: a page for people, a POST without more for mail programs (RFC 8058).

    The signed address is the permission: no login and no CSRF token, and it can do nothing else.
    """
    found = mail.read_token(token)
    if found is None or FACTS[found[1]].keeps_mail:
        return render(request, "channels/unsubscribe.html", {"is_unknown": True}, status=404)
    user, kind = found
    choice = preferences.choices_of(user)[kind]
    if request.method == "POST":
        preferences.choose(user, {kind: replace(choice, mail=False)})
        choice = replace(choice, mail=False)
    context = {"facts": FACTS[kind], "is_over": not choice.mail}
    return render(request, "channels/unsubscribe.html", context)
