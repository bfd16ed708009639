"""What is due in rounds, and the sweep over everything that is: run it twice or late, each step is told once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from approvals import settling
from approvals.models import Round, SignOff
from approvals.positions import Position, RoundKind
from approvals.standing import Standing
from approvals.standings import standings_of
from rfcs import clock
from rfcs.case import Case
from rfcs.compliance.due import Waivers
from rfcs.delivery import reminders
from rfcs.delivery.reminders import Call, Source, number_in
from rfcs.delivery.steps import Due
from rfcs.impact.due import Acknowledgements
from rfcs.obligations.reminding import Acceptances, Obligations
from rfcs.outages.due import Outages
from rfcs.policy import Policy
from rfcs.states import Track
from rfcs.working_time import after_working_days, after_working_time, end_of, working_time_between

RESPONDED = Exists(SignOff.objects.filter(round=OuterRef("pk")))
URGENT = (Track.EMERGENCY, Track.HOTFIX)


def sweep() -> int:
    """Settle what is decided, then the ledger of reminders; the number of steps told."""
    settling.sweep()
    return reminders.sweep(SOURCES)


class FirstResponses:
    """Rounds that nobody answered yet; not while the clock stands still."""

    prefix = "first-response:"

    def waiting(self) -> Iterable[tuple[int, datetime]]:
        return _running().exclude(RESPONDED).values_list("pk", "first_response_due")

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        for round_ in _running().exclude(RESPONDED).filter(pk__in=numbers).select_related("rfc"):
            yield _due(f"{self.prefix}{round_.pk}", round_, first=True)

    def call(self, due: Due) -> Call | None:
        return _awaited(due, "the first response", "Take a position, or say that you recuse yourself.")


class Decisions:
    """Rounds that were answered and are not decided yet."""

    prefix = "decision:"

    def waiting(self) -> Iterable[tuple[int, datetime]]:
        return _running().filter(RESPONDED).values_list("pk", "decision_due")

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        for round_ in _running().filter(RESPONDED, pk__in=numbers).select_related("rfc"):
            yield _due(f"{self.prefix}{round_.pk}", round_, first=False)

    def call(self, due: Due) -> Call | None:
        return _awaited(due, "the decision", "The round still waits for your position.")


def _running() -> QuerySet[Round]:
    return Round.objects.filter(closed_at=None, paused_at=None)


def _due(key: str, round_: Round, *, first: bool) -> Due:
    """Working time, but for an authorisation, which somebody waits for at two in the morning."""
    policy, due_at = round_.rfc.pinned.policy, round_.first_response_due if first else round_.decision_due
    rfc, ladder = round_.rfc_id, policy.reminders
    if _is_at_night(round_):
        return Due(key, rfc, round_.opened_at, due_at, ladder=policy.emergency_reminders, is_urgent=True)
    began = _began(round_.opened_at, due_at, policy.first_response_days if first else policy.decision_days, policy)
    return Due(key, rfc, began, due_at, calendar=policy.calendar, ladder=ladder)


def _is_at_night(round_: Round) -> bool:
    return round_.kind == RoundKind.AUTHORISATION and round_.rfc.track in URGENT


def _began(opened_at: datetime, due_at: datetime, days: int, policy: Policy) -> datetime:
    """When it was opened, moved by the time in which the clock stood still: shares are of the days given."""
    calendar = policy.calendar
    given = working_time_between(opened_at, after_working_days(opened_at, days, calendar), calendar)
    stood = working_time_between(opened_at, due_at, calendar) - given
    return after_working_time(opened_at, max(stood, timedelta()), calendar)


def _awaited(due: Due, what: str, ask: str) -> Call:
    """Everyone whose position the round waits for, and who may sign in their place."""
    round_ = Round.objects.select_related("rfc").get(pk=number_in(due.key))
    standing = Standing(round_, Case(round_.rfc))
    whom = {*standing.awaited(), *(delegate for delegate, _ in standing.stand_ins())}
    teams = tuple(row.slug for row in standing.rows if not row.tally.is_passed)
    return Call(tuple(whom), teams, what, ask)


class Answers:
    """Rounds whose clock stands still for the owner: an answer has the time that a first response has."""

    prefix = "answer:"

    def waiting(self) -> Iterator[tuple[int, datetime]]:
        return ((number_in(due.key), due.due_at) for due in self._dues(_paused()))

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        return self._dues(_paused().filter(pk__in=numbers))

    def _dues(self, rows: QuerySet[Round]) -> Iterator[Due]:
        for round_ in rows.select_related("rfc"):
            since, policy, key = round_.paused_at, round_.rfc.pinned.policy, f"{self.prefix}{round_.pk}"
            assert since is not None
            if _is_at_night(round_):
                due, ladder = since + timedelta(minutes=policy.authorisation_minutes), policy.emergency_reminders
                yield Due(key, round_.rfc_id, since, due, ladder=ladder, is_urgent=True)
            else:
                due = after_working_days(since, policy.first_response_days, policy.calendar)
                yield Due(key, round_.rfc_id, since, due, calendar=policy.calendar, ladder=policy.reminders)

    def call(self, due: Due) -> Call | None:
        """The owner, or the stewards once the account is closed; then the leads, who can override the concern."""
        round_ = Round.objects.select_related("rfc__owner").get(pk=number_in(due.key))
        rfc, standing = round_.rfc, Standing(round_, Case(round_.rfc))
        teams = tuple({row.sign_off.team for row in standing.concerns if not row.is_answered})
        if not teams:
            return None
        return Call(standing.answerers, teams, "the answer to a concern", ANSWER, f"{rfc.get_absolute_url()}sign-offs/")


ANSWER = "Answer it, or save a revision that meets it: the clock of the round stands still until then."


def _paused() -> QuerySet[Round]:
    return Round.objects.filter(closed_at=None, paused_at__isnull=False)


class Holds:
    """Holds that block until their day is over; then they lapse, and nothing is due any more."""

    prefix = "hold:"

    def waiting(self) -> Iterator[tuple[int, datetime]]:
        return ((number_in(due.key), due.due_at) for due in self._dues(held()))

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        return self._dues(held().filter(pk__in=numbers))

    def _dues(self, held: QuerySet[SignOff]) -> Iterator[Due]:
        """As the rounds of today count them, whichever round they were raised in and whatever became of them."""
        rfcs = dict(held.values_list("pk", "round__rfc"))
        for rfc, standing in standings_of(set(rfcs.values())).items():
            policy = standing.case.policy
            for hold in (concern.sign_off for concern in standing.concerns if concern.sign_off.pk in rfcs):
                assert hold.until is not None, "a hold has a day"
                ends, key = end_of(hold.until, policy.calendar), f"{self.prefix}{hold.pk}"
                yield Due(key, rfc, hold.at, ends, calendar=policy.calendar, ladder=policy.reminders)

    def call(self, due: Due) -> Call | None:
        hold = SignOff.objects.select_related("signer", "on_behalf_of").get(pk=number_in(due.key))
        whom = (hold.signer, *((hold.on_behalf_of,) if hold.on_behalf_of else ()))
        ask = "Take another position, or say what is missing; afterwards the hold lapses and blocks no more."
        return Call(whom, (), "the end of your hold", ask)


def held() -> QuerySet[SignOff]:
    """Holds whose day may not be over yet, of RFCs with an open round; few, whatever the number of rounds."""
    asking = Round.objects.filter(rfc=OuterRef("round__rfc"), closed_at=None)
    yesterday = clock.now().date() - timedelta(days=1)  # a day ends later in some zones than in UTC
    return SignOff.objects.filter(Exists(asking), position=Position.HOLD, until__gte=yesterday).order_by()


SOURCES: tuple[Source, ...] = (
    FirstResponses(),
    Decisions(),
    Answers(),
    Holds(),
    Acknowledgements(),
    Waivers(),
    Obligations(),
    Acceptances(),
    Outages(),
)
"""Everything that somebody may be waited for; a new kind of deadline is one more entry."""
