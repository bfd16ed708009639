"""The open rounds of many RFCs, read together for lists and queues: the same answer as the page of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.db.models import Prefetch

from approvals import delegations
from approvals.absences import away
from approvals.models import Reply, RequiredTeam, Round, SignOff
from approvals.standing import SEATS, Standing, seated
from rfcs import clock
from rfcs.case import Case
from rfcs.models import RFC, Contribution
from rfcs.states import AUDITORS


def standings_of(ids: Iterable[int]) -> dict[int, Standing]:
    """By the RFC's key, the standing of its open round; thirteen queries, whatever the number, none for no RFC."""
    wanted = list(ids)
    if not wanted:
        return {}
    by_id = RFC.objects.select_related("revision", "owner").in_bulk(wanted)
    teams = Prefetch("teams", RequiredTeam.objects.prefetch_related(SEATS))
    rounds = Round.objects.filter(rfc__in=by_id, closed_at=None).prefetch_related(teams)
    standings = {round_.rfc_id: Standing(round_, Case(by_id[round_.rfc_id])) for round_ in rounds}
    _fill(standings)
    return standings


def _fill(standings: Mapping[int, Standing]) -> None:
    said, wrote, now = _sign_offs(standings), _contributors(standings), clock.now()
    replies = _replies(standings)
    for rfc_id, standing in standings.items():
        standing.teams = tuple(standing.round.teams.all())
        standing.sign_offs, standing.all_sign_offs = said[standing.round.pk]
        standing.replies, standing.now = replies, now
        standing.contributors = wrote[rfc_id] | {standing.case.rfc.author_id}
    members, people = _members(standings), _people(standings)
    calendars = {standing.case.policy.calendar for standing in standings.values()}
    lent = {calendar: delegations.lent(people, calendar, now) for calendar in calendars}
    delegates = frozenset(row.delegate_id for rows in lent.values() for row in rows.values())
    gone = {calendar: away({*people, *delegates}, calendar, now) for calendar in calendars}
    cleared = _cleared(standings, delegates)
    for standing in standings.values():
        calendar = standing.case.policy.calendar
        standing.away, standing.lent = gone[calendar], lent[calendar]
        standing.cleared = cleared if standing.case.rfc.embargoed else delegates
        standing.members = members
        standing.people = people


def _cleared(standings: Mapping[int, Standing], delegates: frozenset[int]) -> frozenset[int]:
    is_asked = delegates and any(standing.case.rfc.embargoed for standing in standings.values())
    return delegations.cleared(delegates) if is_asked else frozenset()


def _sign_offs(standings: Mapping[int, Standing]) -> dict[int, tuple[tuple[SignOff, ...], tuple[SignOff, ...]]]:
    """By open round: the positions of it and of the rounds that it continues, and all of its RFC; oldest first."""
    before = dict(Round.objects.filter(rfc__in=standings).order_by().values_list("id", "continues"))
    rows: defaultdict[int, list[SignOff]] = defaultdict(list)
    found = SignOff.objects.filter(round__rfc__in=standings).select_related("revision")
    all_: defaultdict[int, list[SignOff]] = defaultdict(list)
    for sign_off in found.select_related("round").defer("revision__content_json").order_by("id"):
        rows[sign_off.round_id].append(sign_off)
        all_[sign_off.round.rfc_id].append(sign_off)
    along = {standing.round.pk: _along(standing.round.pk, before, rows) for standing in standings.values()}
    return {standing.round.pk: (along[standing.round.pk], tuple(all_[rfc])) for rfc, standing in standings.items()}


def _replies(standings: Mapping[int, Standing]) -> dict[int, tuple[Reply, ...]]:
    found: defaultdict[int, tuple[Reply, ...]] = defaultdict(tuple)
    for reply in Reply.objects.filter(sign_off__round__rfc__in=standings).select_related("by"):
        found[reply.sign_off_id] += (reply,)
    return dict(found)


def _along(round_id: int, before: Mapping[int, int | None], rows: Mapping[int, list[SignOff]]) -> tuple[SignOff, ...]:
    chain: list[SignOff] = []
    current: int | None = round_id
    while current is not None:
        chain = [*rows.get(current, ()), *chain]
        current = before[current]
    return tuple(chain)


def _contributors(standings: Mapping[int, Standing]) -> defaultdict[int, frozenset[int]]:
    wrote: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
    for rfc_id, person in Contribution.objects.filter(rfc__in=standings).values_list("rfc", "person"):
        wrote[rfc_id] |= {person}
    return wrote


def _members(standings: Mapping[int, Standing]) -> dict[str, frozenset[int]]:
    slugs = {AUDITORS, *(team.slug for standing in standings.values() for team in standing.teams)}
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name, person in Group.objects.filter(name__in=slugs).values_list("name", "user"):
        found[name].add(person)
    return {name: frozenset(ids) for name, ids in found.items()}


def _people(standings: Mapping[int, Standing]) -> dict[int, User]:
    ids = {pk for standing in standings.values() for team in standing.teams for pk in seated(team)}
    said = [row for standing in standings.values() for row in standing.sign_offs]
    ids |= {pk for row in said for pk in (row.signer_id, row.holder_id)}
    return {user.pk: user for user in get_user_model().objects.filter(pk__in=ids)}
