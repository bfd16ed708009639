"""What webhooks are told: queued from the events of an RFC, signed, sent, tried again."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from rfcs import clock
from rfcs.delivery import leases, outbox, signing, topics
from rfcs.delivery.posting import Failed, post
from rfcs.delivery.targets import Unfit
from rfcs.delivery.topics import TOLD, News
from rfcs.impact.clashes import meeting
from rfcs.impact.owners import catalogued
from rfcs.models import RFC, AffectedPackage, Announcement, Event, Webhook, WebhookCall
from rfcs.sealing import unseal
from rfcs.states import State
from rfcs.teams import display_name

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)
SEALED_FOR = "webhooks"
BATCH = 10
"""Each may take its receiver's whole patience, and a lease is two minutes."""
GONE = 410
ENDED = "The webhook was ended."
EMBARGOED = "Not sent: the RFC is under embargo by now."


# Queueing ---------------------------------------------------------------------------------------------------


def announce(limit: int = 200) -> int:
    """Queue the calls for events that were not announced yet; the number of events. Run it as often as you like.

    What cannot be told is logged, tried again by and by, and holds up nothing else.
    """
    with transaction.atomic():
        rows = Announcement.objects.select_for_update(skip_locked=True, of=("self",)).select_related("event__actor")
        in_time = Q(not_before=None) | Q(not_before__lte=clock.now())
        found = list(rows.filter(in_time).order_by("event_id")[:limit])
        webhooks = list(Webhook.objects.filter(ended_at=None))
        failed = [row for row in found if not _safely(row.event, webhooks)]
        Announcement.objects.filter(pk__in={row.pk for row in found} - {row.pk for row in failed}).delete()
        for row in failed:
            _put_off(row)
    return len(found)


def _safely(event: Event, webhooks: Iterable[Webhook]) -> bool:
    """Whether every webhook that listens has its call."""
    try:
        with transaction.atomic():
            return _queue(event, webhooks)
    except Exception:
        logger.exception("event %s could not be told to any webhook", event)
        return False


def _put_off(row: Announcement) -> None:
    """To be tried again, with patience; after days it is given up, and the stewards are told."""
    row.attempts += 1
    if not leases.is_over(row.attempts):
        row.not_before = clock.now() + leases.pause(row.attempts)
        row.save(update_fields=["attempts", "not_before"])
        return
    row.delete()
    outbox.alert_stewards(f"Webhooks could not be told of {row.event}; the log of the workers says why.", "webhook")


def _queue(event: Event, webhooks: Iterable[Webhook]) -> bool:
    """False when one of them could not be asked for its call; the others have theirs."""
    topic = topics.topic_of(event.kind)
    rfc = RFC.objects.select_related("owner").filter(pk=event.stream.removeprefix("rfc:")).first() if topic else None
    if rfc is None or rfc.embargoed:
        return True  # what is under embargo reaches no webhook, not even later
    news, at = _news(event, rfc), clock.now()
    made, is_whole = [], True
    for row in webhooks:
        try:
            if _listens(row, topic, news, event):
                made.append(WebhookCall(webhook=row, event=event, topic=topic, created_at=at, **_call(row, news)))
        except Exception:
            logger.exception("event %s could not be told to webhook %s", event, row.pk)
            is_whole = False
    WebhookCall.objects.bulk_create(made, ignore_conflicts=True)
    return is_whole


def queue_test(row: Webhook, by: User, at: datetime) -> WebhookCall:
    """A call that says that it is a test."""
    title, url, who = "A test of this channel", settings.PORTAL_URL, display_name(by)
    owner = by.get_username()
    news = News("test", at.isoformat(), "RFC-0000", title, "draft", "standard", url, who, owner, (), {})
    return WebhookCall.objects.create(webhook=row, topic="test", created_at=at, **_call(row, news))


def _call(row: Webhook, news: News) -> dict[str, str]:
    return {"uid": f"msg_{secrets.token_urlsafe(18)}", "body": topics.body(row.style, news)}


def _news(event: Event, rfc: RFC) -> News:
    facts = {name: event.payload[name] for name in TOLD if name in event.payload}
    return News(
        event.kind,
        event.at.isoformat(),
        rfc.number,
        rfc.title,
        State(event.payload.get("to", rfc.state)).value,
        rfc.track,
        f"{settings.PORTAL_URL}{rfc.get_absolute_url()}",
        display_name(event.actor) if event.actor else "The clock",
        rfc.owner.get_username(),
        tuple(AffectedPackage.objects.filter(rfc=rfc).values_list("path", flat=True)),
        facts,
        event.digest,
    )


def _listens(row: Webhook, topic: str, news: News, event: Event) -> bool:
    if row.topics and topic not in row.topics:
        return False
    if row.packages and not any(meeting(row.packages, path) for path in news.packages):
        return False
    return not row.teams or _concerns(row.teams, news, event)


def _concerns(teams: list[str], news: News, event: Event) -> bool:
    """The event names the team, also as who owes, a round of the RFC asked it, or it owns one of the packages."""
    asked = Event.objects.filter(stream=event.stream, kind="round.team_asked", payload__team__in=teams)
    if {event.payload.get("team"), event.payload.get("owed_by")} & set(teams) or asked.exists():
        return True
    return any(group.name in teams for package in catalogued(news.packages) for group in package.owner_teams.all())


# Sending ----------------------------------------------------------------------------------------------------


def deliver() -> int:
    """Send what waits, batch by batch; the number of calls sent. Run it as often as you like.

    A receiver that failed a moment ago keeps nobody else waiting, however many calls wait for it.
    """
    sent, end = 0, time.monotonic() + leases.STINT
    away: dict[int, str] = {}
    while batch := leases.claim(WebhookCall.objects.select_related("webhook", "event"), BATCH):
        sent += _deliver(batch, away)
        if time.monotonic() > end:
            break
    return sent


def _deliver(batch: list[WebhookCall], away: dict[int, str]) -> int:
    """`away` says, by webhook, what went wrong with it; failures are added."""
    sent = 0
    for call in leases.renewed(batch):
        if why := _why_not(call):
            leases.give_up(call, why)
        elif call.webhook_id in away:
            leases.put_off([call], away[call.webhook_id])
        elif error := _send(call):
            away[call.webhook_id] = error
        else:
            sent += 1
    return sent


def _send(call: WebhookCall) -> str:
    """Empty when it was taken; else what went wrong, which is kept with the row."""
    webhook, status = call.webhook, None
    try:
        url, now = unseal(SEALED_FOR, webhook.sealed_url), clock.now()
        keys = signing.headers(call.uid, now, call.body, _keys(webhook, now))
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"Breakwater/{settings.VERSION}"}
        status = post(url, call.body, headers | keys, private=settings.WEBHOOK_PRIVATE_HOSTS)
    except (OSError, Unfit) as error:
        answered = error.status if isinstance(error, Failed) else None
        _failed(call, str(error) or type(error).__name__, answered)
        return str(error) or type(error).__name__
    except InvalidToken:
        sentence = "SECRET_KEY changed: give the webhook its address anew, and rotate its key."
        _failed(call, sentence, None)
        return sentence
    WebhookCall.objects.filter(pk=call.pk).update(answered=status)
    leases.sent([call])
    return ""


def _why_not(call: WebhookCall) -> str:
    """Why it is sent nowhere, by what holds now: since its event was queued, or a moment ago, that may have changed.

    It is no failure of the receiver, so what else waits for it goes on.
    """
    call.webhook.refresh_from_db()
    if call.webhook.ended_at:
        return ENDED
    stream = call.event.stream if call.event else ""
    return EMBARGOED if stream and RFC.objects.filter(pk=stream.removeprefix("rfc:"), embargoed=True).exists() else ""


def _keys(webhook: Webhook, now: datetime) -> list[str]:
    """The secrets that sign: the present one, and the one before it for a while."""
    keys = [unseal(SEALED_FOR, webhook.sealed_secret)]
    if webhook.past_secret_until and webhook.past_secret_until > now:
        keys.append(unseal(SEALED_FOR, webhook.sealed_past_secret))
    return keys


def _failed(call: WebhookCall, sentence: str, answered: int | None) -> None:
    WebhookCall.objects.filter(pk=call.pk).update(answered=answered)
    if leases.failed(call, sentence, is_refusal=answered == GONE):
        outbox.alert_stewards(f"A call of the webhook “{call.webhook.name}” was given up: {sentence}", "webhook")
