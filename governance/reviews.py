"""Whom each open review waits for, for lists and queues; kept until something changes that it was read from.

A process keeps its answers under a mark: the heads of the chains that tell of the RFC and of the rosters, and who is
in the teams that sign or stands in for somebody there. Whatever changes an answer changes its mark, except the
passing of days, so an answer is good until midnight of the policy's zone at most. Decisions never ask here; rounds
read everything anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from approvals.models import Delegation, Round
from approvals.standing import Standing, may_be_asking
from approvals.standings import standings_of
from governance.rosters import ROSTER
from governance.turns import Turn, in_review
from rfcs.compiled import Compiled, Place, one_of
from rfcs.models import Chain
from rfcs.states import AUDITORS, SIGNING, STEWARDS, State
from rfcs.teams import display_name
from rfcs.working_time import end_of, local_day

if TYPE_CHECKING:
    from rfcs.models import RFC

MOST_KEPT = 5_000
"""Reviews of which a process keeps the answer, about 1 kB each."""


@dataclass(frozen=True, slots=True)
class Review:
    """Whose turn it is in one open round. `people`: keys of all; `stand_ins`: key of a delegate, printed principal."""

    turns: tuple[Turn, ...]
    people: frozenset[int]
    stand_ins: tuple[tuple[int, str], ...]
    until: datetime
    """When it has to be read anew: holds lapse, absences and delegations begin and end with the day, UTC."""

    def principals_of(self, person: int) -> tuple[str, ...]:
        """For whom it is this person's turn, besides their own."""
        return tuple(name for delegate, name in self.stand_ins if delegate == person)


@dataclass(slots=True)
class _Kept:
    """The last answers of this process by RFC, each with its mark; the oldest go first."""

    answers: dict[int, tuple[Any, Review]]
    lock: Lock

    def get(self, rfc: int, mark: object, now: datetime) -> Review | None:
        before, review = self.answers.get(rfc, (None, None))
        return review if review is not None and before == mark and now < review.until else None

    def put(self, rfc: int, mark: object, review: Review) -> None:
        with self.lock:
            self.answers.pop(rfc, None)
            self.answers[rfc] = mark, review
            while len(self.answers) > MOST_KEPT:
                del self.answers[next(iter(self.answers))]


_kept = _Kept({}, Lock())


def reviews_of(rfcs: Iterable[RFC], *, now: datetime) -> dict[int, Review]:
    """By RFC, how its open round waits; two queries, and those of `standings_of` for what is not known yet.

    One more where there are emergencies. The rows have their owner read along; `now` is the present instant, UTC.
    """
    rows = _asking(rfcs)
    if not rows:
        return {}
    marks = _marks(rows, now)
    found = {pk: kept for pk in rows if (kept := _kept.get(pk, marks[pk], now)) is not None}
    for pk, standing in standings_of(pk for pk in rows if pk not in found).items():
        found[pk] = _review(rows[pk], standing)
        _kept.put(pk, marks[pk], found[pk])
    return found


def _asking(rfcs: Iterable[RFC]) -> dict[int, RFC]:
    """Those in review, and those that the board reviews afterwards."""
    rows = [rfc for rfc in rfcs if may_be_asking(rfc)]
    hasty = [rfc.pk for rfc in rows if rfc.state != State.REVIEW]
    open_ = Round.objects.filter(rfc__in=hasty, closed_at=None).values_list("rfc", flat=True) if hasty else ()
    asked = frozenset(open_)
    return {rfc.pk: rfc for rfc in rows if rfc.state == State.REVIEW or rfc.pk in asked}


def _marks(rows: Mapping[int, RFC], now: datetime) -> dict[int, tuple[object, ...]]:
    """Read before the answers are: what changes in between gives the answer an old mark, never a wrong one."""
    heads = dict(_heads([ROSTER, *(rfc.stream for rfc in rows.values())]))
    signers = tuple(_signers((now - timedelta(days=1)).date()))
    shared = (heads.get(ROSTER), signers)
    owners = {rfc.pk: (display_name(rfc.owner), rfc.owner.is_active) for rfc in rows.values()}
    return {pk: (heads.get(rfc.stream), owners[pk], shared) for pk, rfc in rows.items()}


@Compiled
def _heads(streams: Place) -> QuerySet[Chain, tuple[str, str]]:
    return Chain.objects.filter(one_of("pk", streams)).values_list("pk", "digest")


@Compiled
def _signers(yesterday: Place) -> QuerySet[User, tuple[int, str, bool, str, str]]:
    """Who signs, audits or acts for who left, and whom somebody lends a seat, with what is printed of them."""
    lent = Delegation.objects.filter(revoked_at=None, ends_on__gte=yesterday)
    people = User.objects.filter(Q(groups__name__in=(*SIGNING, AUDITORS, STEWARDS)) | Q(pk__in=lent.values("delegate")))
    facts = ("pk", "groups__name", "is_active", "first_name", "last_name")
    return people.order_by("pk", "groups__name").values_list(*facts)


def _review(rfc: RFC, standing: Standing) -> Review:
    calendar = standing.case.policy.calendar
    stand_ins = tuple((delegate.pk, display_name(principal)) for delegate, principal in standing.stand_ins())
    until = end_of(local_day(standing.now, calendar), calendar)
    return Review(in_review(rfc, standing), standing.waits_for, stand_ins, until)
