"""What is due now. A sweep may run twice or late: the outbox's keys make each reminder once."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from approvals import notices, rounds
from approvals.models import Round, SignOff
from approvals.standing import DECIDING, Standing
from approvals.tally import Verdict
from rfcs.case import Case
from rfcs.clock import Now
from rfcs.models import Message


def overdue_rounds() -> list[Round]:
    """Open rounds past their first-response time that nobody has answered and nobody was reminded of."""
    answered = SignOff.objects.filter(round=OuterRef("pk"))
    rounds = Round.objects.filter(closed_at=None, first_response_due__lt=Now()).exclude(Exists(answered))
    return list(rounds.select_related("rfc", "rfc__revision", "rfc__policy", "rfc__owner"))


def settle_open_rounds() -> None:
    """Decide the rounds that a departure made decidable: nobody signs in that moment."""
    open_rounds = Round.objects.filter(closed_at=None, kind__in=DECIDING)
    for round_ in open_rounds.select_related("rfc", "rfc__revision", "rfc__policy"):
        if Standing(round_, Case(round_.rfc)).verdict != Verdict.OPEN:
            rounds.settle(round_.rfc)


def sweep() -> int:
    """Settle what is decided, remind the signers of every overdue round; the number of messages that were new."""
    settle_open_rounds()
    before = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
    for round_ in overdue_rounds():
        notices.remind_of_response(round_.rfc, Standing(round_, Case(round_.rfc)))
    return Message.objects.filter(pk__gt=before, key__contains=":first-response-overdue:").count()
