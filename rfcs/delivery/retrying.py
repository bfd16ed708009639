"""Sending by hand what was given up or waits for its next try; for stewards, each time an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfcs import clock, events
from rfcs.delivery import leases, outbox
from rfcs.errors import Reason, Refused, forbidden
from rfcs.events import attempt
from rfcs.models import Message, WebhookCall
from rfcs.models.ledger import Owed
from rfcs.notices import Notice
from rfcs.states import STEWARDS
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def require_steward(by: User, *reasons: Reason) -> None:
    """Raise Refused for everybody else, and with all these reasons."""
    if STEWARDS not in teams_of(by):
        mine = forbidden("Only stewards look after channels.", who="a steward", code="not_a_steward")
        raise Refused(mine, *reasons)
    if reasons:
        raise Refused(*reasons)


def retry(row: Owed, *, by: User) -> None:
    """Queue it as if it were new. Raises Refused: 403 but for stewards, 409 where it was sent, or nobody takes it."""
    with attempt("delivery.retry", actor=by, on=events.ACCESS):
        require_steward(by)
        here = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
        if here.sent_at:
            raise Refused(Reason("sent", "It was sent already."))
        if isinstance(here, WebhookCall) and here.webhook.ended_at:
            raise Refused(Reason("ended", "Its webhook was ended."))
        if isinstance(here, Message) and not here.recipient.is_active:
            raise Refused(Reason("account_closed", "The account of its reader is closed; open that first."))
        if here.leased_until and here.leased_until > clock.now() and not here.last_error:
            raise Refused(Reason("sending", "A worker is sending it at this moment; look again in two minutes."))
        leases.again(here)
        channel = "webhook" if isinstance(here, WebhookCall) else "mail"
        events.record(events.ACCESS, "delivery.retried", actor=by, payload={"channel": channel, "id": here.pk})


def test_mail(*, by: User) -> None:
    """Queue a mail to oneself. Raises Refused for everybody but stewards."""
    with attempt("mail.test", actor=by, on=events.ACCESS):
        require_steward(by)
        now = clock.now()
        outbox.queue(
            f"mail-test:{by.pk}:{now:%Y%m%d%H%M%S%f}",
            to=by,
            rfc=None,
            subject="A test of this channel",
            text="If you read this as mail, the portal can send mail.",
            at=now,
            kind=Notice.SECURITY,
            channels=("mail",),
            path="/deliveries/",
            at_once=True,
        )
        events.record(events.ACCESS, "mail.tested", actor=by, payload={})
