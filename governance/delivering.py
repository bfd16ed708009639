"""What leaves the portal, as lists: for its pages and its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from rfcs.errors import Refused, forbidden
from rfcs.models import Message, WebhookCall
from rfcs.models.ledger import Channel
from rfcs.states import AUDITORS, STEWARDS
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CHANNELS = ("mail", "webhook")
STANDINGS = {
    "queued": Q(sent_at=None, dead_at=None, last_error=""),
    "failed": Q(sent_at=None, dead_at=None) & ~Q(last_error=""),
    "dead": Q(sent_at=None, dead_at__isnull=False),
    "sent": Q(sent_at__isnull=False),
}


def rows_of(channel: str, standing: str = "") -> QuerySet[Any]:
    """Newest first, of one channel, all or those that stand so."""
    rows: QuerySet[Any] = (
        WebhookCall.objects.select_related("webhook", "event")
        if channel == "webhook"
        else Message.objects.filter(channel=Channel.MAIL).select_related("recipient", "rfc")
    )
    return rows.filter(STANDINGS.get(standing, Q())).order_by("-id")


def require_reader(user: User) -> None:
    """Stewards, and auditors who change nothing."""
    if not teams_of(user) & {STEWARDS, AUDITORS}:
        raise Refused(forbidden("Only stewards look after channels.", who="a steward", code="not_a_steward"))
