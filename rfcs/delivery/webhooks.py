"""Webhooks: stewards make, change, turn the key of, test and end them; every change is an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.models import Group

from rfcs import clock, events
from rfcs.delivery import calls, signing, targets
from rfcs.delivery.calls import SEALED_FOR
from rfcs.delivery.retrying import require_steward
from rfcs.delivery.targets import Unfit
from rfcs.delivery.topics import TOPICS
from rfcs.errors import Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.limits import unstorable
from rfcs.models import Webhook, WebhookCall
from rfcs.models.webhooks import Style
from rfcs.paths import normal_path, path_problem
from rfcs.sealing import seal, unseal

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OVERLAP = timedelta(hours=24)
"""How long the key before a rotation signs, too."""
MOST = 50
MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What a steward asks for; empty filters let everything through."""

    name: str
    url: str
    style: str = Style.STANDARD.value
    topics: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


# Verbs ------------------------------------------------------------------------------------------------------


def create(wish: Wish, *, by: User) -> tuple[Webhook, str]:
    """A new webhook, and its secret, which is shown once. Raises Refused with every reason."""
    with attempt("webhook.create", actor=by, on=events.ACCESS):
        require_steward(by, *_why_not(wish))
        if Webhook.objects.filter(ended_at=None).count() >= MOST:
            message = f"There are {MOST} webhooks already; end some of them first."
            raise Refused(not_ready("too_many", message, field="name", who="a steward"))
        secret = signing.new_secret()
        row = Webhook(made_by=by, made_at=clock.now(), sealed_secret=seal(SEALED_FOR, secret))
        _fill(row, wish)
        row.save()
        events.record(events.ACCESS, "webhook.created", actor=by, payload=_facts(row))
    return row, secret


def change(webhook: Webhook, wish: Wish, *, by: User) -> Webhook:
    """The same webhook with other words, address or filters; an empty address keeps the one there is."""
    with attempt("webhook.change", actor=by, on=events.ACCESS):
        require_steward(by)
        row = _open(webhook)
        wish = wish if wish.url else replace(wish, url=_address(row))
        require_steward(by, *_why_not(wish))
        before = _facts(row)
        _fill(row, wish)
        row.save()
        if _facts(row) != before:
            payload = {"before": before, "after": _facts(row)}
            events.record(events.ACCESS, "webhook.changed", actor=by, payload=payload)
    return row


def rotate(webhook: Webhook, *, by: User) -> str:
    """A new secret; the old one signs beside it for a day, so that receivers can change over."""
    with attempt("webhook.rotate", actor=by, on=events.ACCESS):
        require_steward(by)
        row, secret = _open(webhook), signing.new_secret()
        signs_on = _is_readable(row.sealed_secret)  # not under a SECRET_KEY that is gone
        row.sealed_past_secret = row.sealed_secret if signs_on else ""
        row.past_secret_until = clock.now() + OVERLAP if signs_on else None
        row.sealed_secret = seal(SEALED_FOR, secret)
        row.save()
        events.record(events.ACCESS, "webhook.rotated", actor=by, payload={"webhook": row.pk, "name": row.name})
    return secret


def end(webhook: Webhook, *, by: User) -> None:
    """Nothing is sent there any more, not even what is queued. Its secrets are forgotten."""
    with attempt("webhook.end", actor=by, on=events.ACCESS):
        require_steward(by)
        row, now = _open(webhook), clock.now()
        row.ended_at, row.sealed_secret, row.sealed_past_secret, row.sealed_url = now, "", "", ""
        row.save()
        owed = row.calls.filter(sent_at=None, dead_at=None)
        owed.update(dead_at=now, last_error=calls.ENDED)
        events.record(events.ACCESS, "webhook.ended", actor=by, payload={"webhook": row.pk, "name": row.name})


def test(webhook: Webhook, *, by: User) -> WebhookCall:
    """Queue a message that says that it is a test."""
    with attempt("webhook.test", actor=by, on=events.ACCESS):
        require_steward(by)
        row, now = _open(webhook), clock.now()
        call = calls.queue_test(row, by, now)
        events.record(events.ACCESS, "webhook.tested", actor=by, payload={"webhook": row.pk, "name": row.name})
    return call


def _open(webhook: Webhook) -> Webhook:
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if row.ended_at:
        raise Refused(Reason("ended", f"“{row.name}” was ended; make another one."))
    return row


def _fill(row: Webhook, wish: Wish) -> None:
    row.name, row.style, row.host = (
        wish.name.strip(),
        wish.style,
        targets.parse(wish.url, settings.WEBHOOK_PRIVATE_HOSTS).authority,
    )
    row.sealed_url = seal(SEALED_FOR, wish.url)
    row.topics, row.teams = sorted(set(wish.topics)), sorted(set(wish.teams))
    row.packages = sorted({normal_path(path) for path in wish.packages})


def _address(row: Webhook) -> str:
    try:
        return unseal(SEALED_FOR, row.sealed_url)
    except InvalidToken:
        message = "SECRET_KEY changed, and the stored address cannot be read any more: give it anew."
        raise Refused(not_ready("address_lost", message, field="url", who="you")) from None


def _is_readable(sealed: str) -> bool:
    try:
        return bool(unseal(SEALED_FOR, sealed))
    except InvalidToken:
        return False


def _facts(row: Webhook) -> dict[str, Any]:
    """What the record says of it: never the address, which may be a secret, nor a key."""
    filters = {"topics": row.topics, "packages": row.packages, "teams": row.teams}
    return {"webhook": row.pk, "name": row.name, "host": row.host, "style": row.style} | filters


def _why_not(wish: Wish) -> Iterator[Reason]:
    if not wish.name.strip() or len(wish.name) > 80 or unstorable(wish.name):
        yield not_ready("name", "Give it a name of at most 80 characters.", field="name", who="you")
    try:
        targets.parse(wish.url, settings.WEBHOOK_PRIVATE_HOSTS)
    except Unfit as error:
        yield not_ready("unfit_address", str(error), field="url", who="you")
    if wish.style not in Style.values:
        yield not_ready("style", f"Choose one of {', '.join(Style.values)}.", field="style", who="you")
    if unknown := sorted(set(wish.topics) - set(TOPICS)):
        message = f"There is no topic {', '.join(unknown)[:200]}; there are {', '.join(TOPICS)}."
        yield not_ready("topics", message, field="topics", who="you")
    yield from _why_not_filtered(wish)


def _why_not_filtered(wish: Wish) -> Iterator[Reason]:
    if len(wish.packages) > MOST_NAMED or any(
        unstorable(path) or path_problem(normal_path(path)) for path in wish.packages
    ):
        message = f"Name at most {MOST_NAMED} packages by their paths, for example src/packages/billing."
        yield not_ready("packages", message, field="packages", who="you")
    known = set() if any(map(unstorable, wish.teams)) else set(_teams_there(wish.teams))
    if unknown := sorted(set(wish.teams) - known):
        yield not_ready("teams", f"There is no team {', '.join(unknown)[:200]!a}.", field="teams", who="you")


def _teams_there(slugs: Iterable[str]) -> Iterable[str]:
    return Group.objects.filter(name__in=list(slugs)[:MOST_NAMED]).values_list("name", flat=True)
