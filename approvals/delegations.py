"""Lending a seat: dated, bounded, to one person, without loops or chains; kept in the stream `roster`.

A delegation is about seats in rounds and about nothing else: it opens no embargo, and it gives no other right of
the team. A principal who could show an embargoed RFC to anybody by lending a seat would undo what the table says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from approvals.models import Delegation
from rfcs import clock, events
from rfcs.compiled import Compiled, Place, one_of
from rfcs.delivery import outbox
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.limits import unstorable
from rfcs.models import PolicyVersion
from rfcs.models.record import SEES_EMBARGOED
from rfcs.notices import Notice
from rfcs.policy import Policy
from rfcs.states import AUDITORS, STEWARDS, team_name
from rfcs.teams import display_name
from rfcs.working_time import local_day

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.policy import Calendar

ROSTER = "roster"
LONGEST_REASON = 200
WITHOUT_SEATS = frozenset({STEWARDS, AUDITORS})
"""Teams that no round asks."""
PATH = "/me/away/"


def grant(*, by: User, delegate: User, team: str, starts_on: date, ends_on: date, reason: str) -> Delegation:
    """Lend one's seat for a team on these days, both included, in the zone of the policy's calendar.

    Raises Refused: 403 without a membership of one's own, 409 for whom it cannot go to, 422 for days that cannot be
    meant. The same again returns the row that is there.
    """
    wanted = Delegation(
        principal=by, delegate=delegate, team=team, starts_on=starts_on, ends_on=ends_on, reason=reason.strip()
    )
    with attempt("delegation.grant", actor=by, on=ROSTER):
        _lock(by, delegate)
        same = _same(wanted)
        if same is not None:
            return same
        reasons = (*_unfit_days(wanted), *_unfit_people(wanted), *_unfit_beside_others(wanted))
        if reasons:
            raise Refused(*reasons)
        wanted.granted_at = clock.now()
        wanted.save(force_insert=True)
        events.record(ROSTER, "delegation.granted", actor=by, payload=wanted.facts(), at=wanted.granted_at)
        _tell_granted(wanted)
    return wanted


def end(delegation: Delegation, *, by: User) -> Delegation:
    """The principal takes the seat back, or the delegate gives it back; ended twice is ended once.

    Raises Refused (403) for anybody else. What was signed in time stands.
    """
    with attempt("delegation.end", actor=by, on=ROSTER):
        row = Delegation.objects.select_for_update().get(pk=delegation.pk)
        if by.pk not in (row.principal_id, row.delegate_id):
            raise Refused(forbidden("Only the two people of a delegation end it.", who=display_name(row.principal)))
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            row.save(update_fields=["revoked_at"])
            events.record(ROSTER, "delegation.ended", actor=by, payload=row.facts(), at=row.revoked_at)
            _tell_ended(row, by)
    return row


def granted_by(person: User) -> list[Delegation]:
    """Those of one's own seats that are not over, the next one first."""
    return list(_to_come().filter(principal=person).select_related("delegate"))


def granted_to(person: User) -> list[Delegation]:
    """Those of others' seats that are not over."""
    return list(_to_come().filter(delegate=person).select_related("principal"))


def _to_come() -> QuerySet[Delegation]:
    return Delegation.objects.filter(revoked_at=None, ends_on__gte=today())


def in_force(day: date | Place) -> QuerySet[Delegation]:
    """All that hold on this day."""
    return Delegation.objects.filter(revoked_at=None, starts_on__lte=day, ends_on__gte=day)


def lent(people: Iterable[int], calendar: Calendar, now: datetime) -> Mapping[tuple[str, int], Delegation]:
    """By team and principal: the delegation of each of these people that holds on the day of `now`."""
    rows = _lent(local_day(now, calendar), list(people))
    return {(row.team, row.principal_id): row for row in rows}


@Compiled
def _lent(day: Place, people: Place) -> QuerySet[Delegation]:
    return in_force(day).filter(one_of("principal", people)).select_related("delegate")


def borrowed(person: User, now: datetime) -> list[Delegation]:
    """Seats that others lend to this person on the day of `now`."""
    return _borrowed(local_day(now, _policy().calendar), person.pk)


@Compiled
def _borrowed(day: Place, delegate: Place) -> QuerySet[Delegation]:
    return in_force(day).filter(delegate=delegate)


def cleared(people: Iterable[int]) -> frozenset[int]:
    """Who of these may see all that is under embargo, by a team of their own."""
    rows = Group.objects.filter(name__in=SEES_EMBARGOED, user__in=list(people)).order_by()
    return frozenset(rows.values_list("user", flat=True))


def lendable(person: User) -> list[str]:
    """Teams of which this person may lend the seat."""
    return sorted(set(person.groups.values_list("name", flat=True)) - WITHOUT_SEATS)


def today() -> date:
    return local_day(clock.now(), _policy().calendar)


def _policy() -> Policy:
    return PolicyVersion.current().policy


def _lock(*people: User) -> None:
    """Both rows, in one order: of two grants at once the second sees the first, so no loop slips through."""
    rows = get_user_model().objects.select_for_update().filter(pk__in={person.pk for person in people})
    list(rows.order_by("pk").values_list("pk", flat=True))


def _same(wanted: Delegation) -> Delegation | None:
    facts = {name: getattr(wanted, name) for name in ("principal", "delegate", "team", "starts_on", "ends_on")}
    return Delegation.objects.filter(revoked_at=None, reason=wanted.reason, **facts).first()


def _unfit_days(wanted: Delegation) -> Iterator[Reason]:
    longest, first, last = _policy().delegation_days, wanted.starts_on, wanted.ends_on
    if last < first:
        message = "The last day lies before the first; swap them or correct one."
        yield not_ready("days_reversed", message, field="ends_on", who="you")
    elif last < today():
        yield not_ready("days_past", "These days are over; name days to come.", field="ends_on", who="you")
    elif (last - first).days >= longest:
        message = f"A seat is lent for {longest} days at most; name an earlier last day."
        yield not_ready("days_too_many", message, field="ends_on", who="you")
    if not wanted.reason:
        yield not_ready("reason_missing", "Give a reason; it is kept in the record.", field="reason", who="you")
    if len(wanted.reason) > LONGEST_REASON or unstorable(wanted.reason):
        message = f"Use text of at most {LONGEST_REASON} characters."
        yield not_ready("unstorable", message, field="reason", who="you")


def _unfit_people(wanted: Delegation) -> Iterator[Reason]:
    by, delegate, team = wanted.principal, wanted.delegate, team_name(wanted.team)
    if wanted.team not in lendable(by):
        message = "You hold no seat of this team; lend one of a team that you are in."
        yield forbidden(message, code="no_seat", who="you")
    if delegate.pk == by.pk:
        message = "Nobody signs on their own behalf; name somebody else."
        yield Reason("to_oneself", message, "delegate", "you")
        return
    name = display_name(delegate)
    if not get_user_model().objects.filter(pk=delegate.pk, is_active=True).exists():
        yield Reason("inactive", f"{name} is deactivated; name somebody else.", "delegate", "you")
    theirs = set(delegate.groups.values_list("name", flat=True))
    if AUDITORS in theirs:
        yield Reason("auditor", f"{name} is an auditor, and auditors sign nothing.", "delegate", "you")
    if wanted.team in theirs:
        message = f"{name} has a seat of their own in the {team}; one person fills one seat."
        yield Reason("one_seat", message, "delegate", "you")


def _unfit_beside_others(wanted: Delegation) -> Iterator[Reason]:
    """Nobody lends and borrows on the same day: neither a loop nor a chain can be closed."""
    by, delegate = wanted.principal, wanted.delegate
    rows = Delegation.objects.filter(revoked_at=None, starts_on__lte=wanted.ends_on, ends_on__gte=wanted.starts_on)
    if rows.filter(principal=by, team=wanted.team).exists():
        message = f"Your seat in the {team_name(wanted.team)} is lent on some of these days already; end that first."
        yield Reason("lent_already", message, "starts_on", "you")
    if rows.filter(delegate=by).exists():
        message = "You sign for somebody else on some of these days; who signs for others lends no seat."
        yield Reason("chain", message, "starts_on", "you")
    if rows.filter(principal=delegate).exists():
        message = f"{display_name(delegate)} lends a seat on some of these days, and so signs for nobody else."
        yield Reason("chain", message, "delegate", "you")


def _tell_granted(row: Delegation) -> None:
    who = display_name(row.principal)
    subject = f"You sign for {who} in the {row.team_name}"
    text = f"{who} lends you the seat in the {row.team_name} from {row.starts_on:%A %-d %B} to {_last(row)}.\n\n"
    text += f"{row.reason}\n\nYour queue shows what waits for it. Every signature says that you sign for {who}."
    _tell(f"delegation:{row.pk}:granted", row.delegate, subject, text, row.granted_at)


def _tell_ended(row: Delegation, by: User) -> None:
    """The other of the two."""
    assert row.revoked_at is not None
    other = row.delegate if by.pk == row.principal_id else row.principal
    subject = f"{display_name(by)} ended a delegation for the {row.team_name}"
    text = f"It would have lasted until {_last(row)}. What was signed in time stands."
    _tell(f"delegation:{row.pk}:ended", other, subject, text, row.revoked_at)


def _tell(key: str, to: User, subject: str, text: str, at: datetime) -> None:
    outbox.queue(key, to=to, rfc=None, subject=subject, text=text, at=at, kind=Notice.NEWS, path=PATH)


def _last(row: Delegation) -> str:
    return f"{row.ends_on:%A %-d %B %Y}"
