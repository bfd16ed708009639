"""What is due now. A sweep may run twice or late: each round is reminded of once, and the outbox's keys see to it."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from approvals import notices, rounds
from approvals.models import Round, SignOff
from approvals.standing import DECIDING, Standing
from approvals.standings import standings_of
from approvals.tally import Verdict
from rfcs.clock import Now
from rfcs.models import Message


def overdue_rounds() -> list[Round]:
    """Open rounds past their first-response time, not paused, that nobody answered and nobody was reminded of."""
    answered = SignOff.objects.filter(round=OuterRef("pk"))
    open_rounds = Round.objects.filter(closed_at=None, paused_at=None, reminded_at=None, first_response_due__lt=Now())
    return list(open_rounds.exclude(Exists(answered)).select_related("rfc"))


def sweep() -> int:
    """Settle what is decided, remind the signers of every overdue round; the number of messages that were new."""
    before = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
    deciding = Round.objects.filter(closed_at=None, kind__in=DECIDING).values_list("rfc", flat=True)
    standings = standings_of(deciding)
    for standing in standings.values():
        _settle(standing)
    for round_ in overdue_rounds():
        _remind(round_, standings.get(round_.rfc_id))
    return Message.objects.filter(pk__gt=before, key__contains=":first-response-overdue:").count()


def _settle(standing: Standing) -> None:
    """What time or a departure brought about: a hold lapsed, a round became decidable. Nobody signs in that moment."""
    if standing.verdict != Verdict.OPEN or standing.unnoted():
        rounds.settle(standing.case.rfc)


def _remind(round_: Round, standing: Standing | None) -> None:
    if standing is not None:
        notices.remind_of_response(round_.rfc, standing)
        Round.objects.filter(pk=round_.pk).update(reminded_at=Now())
