"""How a round stands: its teams, who may sign, whose position counts, and what that adds up to. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property

from django.contrib.auth.models import User
from django.db.models import Prefetch

from approvals import delegations, reads, tally
from approvals.absences import away
from approvals.models import Delegation, Reply, RequiredTeam, Round, Seat, SignOff
from approvals.positions import BLOCKING, Position, ReplyKind, RoundKind, Void
from approvals.tally import Ballot, Tally, Verdict
from approvals.voices import Concern, TeamStanding, Voice, void_of
from rfcs import authority, clock
from rfcs.case import Case
from rfcs.models import RFC
from rfcs.states import AUDITORS, State, Track
from rfcs.teams import display_name
from rfcs.working_time import end_of, local_day

DECIDING = (RoundKind.REVIEW, RoundKind.AUTHORISATION)


def open_round(rfc: RFC) -> Round | None:
    """The round that decides this RFC now, if one is open."""
    return next((round_ for round_ in reads.open_rounds_of(rfc.pk) if round_.kind in DECIDING), None)


def asking_round(rfc: RFC) -> Round | None:
    """The round that asks people now, deciding or retroactive; the two are never open at once."""
    return reads.open_rounds_of.first(rfc.pk)


def may_be_asking(rfc: RFC) -> bool:
    """Whether it can have an open round at all, from what the row alone says: in review, or after an emergency."""
    return rfc.state == State.REVIEW or rfc.track == Track.EMERGENCY


def shown_round(rfc: RFC) -> Round | None:
    """The round that the page of sign-offs shows: the last of any kind."""
    return Round.objects.filter(rfc=rfc).first()


def counting_rounds(rfc: RFC) -> tuple[Round, ...]:
    """The last round that decided a move, then the last retroactive one, as far as there are any."""
    rounds = reads.rounds_of(rfc.pk)  # the last one first, and never many
    deciding = (round_ for round_ in rounds if round_.kind in DECIDING)
    retroactive = (round_ for round_ in rounds if round_.kind == RoundKind.RETROACTIVE)
    return tuple(round_ for round_ in (next(deciding, None), next(retroactive, None)) if round_ is not None)


def latest_round(rfc: RFC) -> Round | None:
    return Round.objects.filter(rfc=rfc, kind__in=DECIDING).first()


SEATS = Prefetch("seats", to_attr="taken")
"""The seats of teams, read along for `seated`."""


def seated(team: RequiredTeam) -> frozenset[int]:
    """Who has a seat in a team that was read with SEATS."""
    taken: list[Seat] = team.taken  # type: ignore[attr-defined] # the prefetch's
    return frozenset(seat.person_id for seat in taken)


class Standing:
    """One round read once: a few queries, whatever the number of people."""

    def __init__(self, round_: Round, case: Case) -> None:
        self.round = round_
        self.case = case
        self._voices: dict[str, dict[int, Voice]] = {}

    def after(self, sign_off: SignOff) -> Standing:
        """The same round once this was said. For whoever holds the RFC's lock: nobody else signs meanwhile."""
        then = Standing(self.round, self.case)
        then.all_sign_offs = (*self.all_sign_offs, sign_off)
        then.sign_offs = (*self.sign_offs, sign_off)
        then.now = self.now
        then.teams, then.members, then.contributors = self.teams, self.members, self.contributors
        return then

    @cached_property
    def teams(self) -> tuple[RequiredTeam, ...]:
        taken: dict[int, list[Seat]] = {}
        for seat in reads.seats_of_round(self.round.pk):
            taken.setdefault(seat.team_id, []).append(seat)
        teams = reads.teams_of_round(self.round.pk)
        for team in teams:
            team.taken = taken.get(team.pk, [])  # type: ignore[attr-defined] # as SEATS puts them
        return tuple(teams)

    @cached_property
    def members(self) -> Mapping[str, frozenset[int]]:
        """Who is in each team now, and who audits.

        A deleted or renamed one is not here: no seats are left, the round fails closed.
        """
        found: dict[str, set[int]] = {}
        for name, person in reads.members_of([AUDITORS, *(team.slug for team in self.teams)]):
            found.setdefault(name, set()).add(person)
        return {name: frozenset(ids) for name, ids in found.items()}

    @cached_property
    def people(self) -> Mapping[int, User]:
        ids = self._seated | {pk for row in self.sign_offs for pk in (row.signer_id, row.holder_id)}
        return {user.pk: user for user in reads.people_of(list(ids))}

    @property
    def _seated(self) -> frozenset[int]:
        return frozenset(pk for team in self.teams for pk in seated(team))

    @cached_property
    def all_sign_offs(self) -> tuple[SignOff, ...]:
        """Of every round of the RFC, oldest first: one person signs on one seat, whatever the round was."""
        return tuple(reads.sign_offs_of(self.round.rfc_id))

    @cached_property
    def sign_offs(self) -> tuple[SignOff, ...]:
        """Of this round and those that it continues."""
        chain = self._chain()
        return tuple(row for row in self.all_sign_offs if row.round_id in chain)

    def has_other_part(self, person: int, seat: tuple[str, int]) -> bool:
        """Signed, or was signed for, on another seat of this RFC. `seat`: team and holder."""
        rows = (row for row in self.all_sign_offs if person in (row.signer_id, row.on_behalf_of_id))
        return any((row.team, row.holder_id) != seat for row in rows)

    def elsewhere(self, team: RequiredTeam) -> frozenset[int]:
        """Who has a seat here and may not use it, because of what they signed on another one."""
        if not self.round.is_open:
            return frozenset()
        return frozenset(pk for pk in self.roster(team) if self.has_other_part(pk, (team.slug, pk)))

    @cached_property
    def now(self) -> datetime:
        """When it is asked, UTC; a closed round stands as it stood when it closed."""
        return self.round.closed_at or clock.now()

    @cached_property
    def away(self) -> Mapping[int, date]:
        """Who of those asked, or of their delegates, is away today, and until which day; nobody once it is closed."""
        asked = self._seated | {row.delegate_id for row in self.lent.values()}
        return away(asked, self.case.policy.calendar, self.now) if self.round.is_open else {}

    def away_of(self, team: str) -> Mapping[int, date]:
        """Who is away from this team's seats today, with nobody in their place who is there."""
        return {pk: last for pk, last in self.away.items() if not self._is_covered(team, pk)}

    def _is_covered(self, team: str, holder: int) -> bool:
        delegate = self.delegate_of(team, holder)
        return delegate is not None and delegate.pk not in self.away

    def _gone(self, team: str) -> frozenset[int]:
        """Away until the decision is due, or longer."""
        due = local_day(max(self.round.decision_due, self.now), self.case.policy.calendar)
        return frozenset(person for person, last in self.away_of(team).items() if last >= due)

    @cached_property
    def lent(self) -> Mapping[tuple[str, int], Delegation]:
        """By team and principal, the delegations of today; none once the round is closed."""
        return delegations.lent(self._seated, self.case.policy.calendar, self.now) if self.round.is_open else {}

    @cached_property
    def cleared(self) -> frozenset[int]:
        """Of the delegates: who may see the RFC without the delegation, which opens no embargo."""
        ids = frozenset(row.delegate_id for row in self.lent.values())
        return delegations.cleared(ids) if ids and self.case.rfc.embargoed else ids

    def delegate_of(self, team: str, holder: int) -> User | None:
        """Who may use this person's seat today; nobody for a delegate who may not sign this RFC at all."""
        row = self.lent.get((team, holder))
        return row.delegate if row is not None and self._may_stand_in(row) else None

    def _may_stand_in(self, row: Delegation) -> bool:
        delegate, seat = row.delegate, (row.team, row.principal_id)
        has_part = delegate.pk in self.contributors | self.auditors or delegate.pk == self.case.rfc.owner_id
        has_seat = delegate.pk in self.members.get(row.team, ()) or self.has_other_part(delegate.pk, seat)
        return delegate.is_active and delegate.pk in self.cleared and not has_part and not has_seat

    def principals_of(self, user: User) -> tuple[tuple[str, User], ...]:
        """Whose seats this person may use today: team and principal."""
        rows = sorted(row for row in self.lent if self.lent[row].delegate_id == user.pk)
        return tuple((team, self.people[pk]) for team, pk in rows if pk in self.people)

    @cached_property
    def replies(self) -> Mapping[int, tuple[Reply, ...]]:
        """What was replied to each concern, oldest first."""
        raised = [sign_off.pk for sign_off in self.all_sign_offs if sign_off.position in BLOCKING]
        found: dict[int, tuple[Reply, ...]] = {}
        for reply in reads.replies_to(raised) if raised else ():
            found[reply.sign_off_id] = (*found.get(reply.sign_off_id, ()), reply)
        return found

    def _chain(self) -> list[int]:
        """This round and those that it continues."""
        chain, current = [self.round.pk], self.round
        while current.continues is not None:
            current = current.continues
            chain.append(current.pk)
        return chain

    def roster(self, team: RequiredTeam) -> frozenset[int]:
        return seated(team) if team.slug in self.members else frozenset()

    @cached_property
    def contributors(self) -> frozenset[int]:
        return self.case.rfc.contributor_ids()

    @cached_property
    def _barred_everywhere(self) -> frozenset[int]:
        if not self.round.is_open:
            return self.contributors  # what was decided stays decided, whoever left or took over since
        inactive = {pk for pk, user in self.people.items() if not user.is_active}
        return self.contributors | inactive | {self.case.rfc.owner_id} | self.auditors

    @property
    def auditors(self) -> frozenset[int]:
        """Who reads everything and signs nothing, whatever other team they are in."""
        return self.members.get(AUDITORS, frozenset())

    def barred(self, team: RequiredTeam) -> frozenset[int]:
        """Who has a seat and may not use it: contributors, the owner, auditors, the deactivated, who left the team."""
        roster = self.roster(team)
        left = roster - self.members.get(team.slug, frozenset()) if self.round.is_open else frozenset()
        return roster & self._barred_everywhere | left

    def voices(self, team: str) -> dict[int, Voice]:
        """The last position taken on each seat of this team, by its holder."""
        if team not in self._voices:
            self._voices[team] = self._last_words(team)
        return self._voices[team]

    def _last_words(self, team: str) -> dict[int, Voice]:
        last = {sign_off.holder_id: sign_off for sign_off in self.sign_offs if sign_off.team == team}
        if not last:
            return {}
        scope, barred = self.case.scope_of(team), self._barred_of(team)
        return {pk: Voice(row, self._why_void(row, scope, barred)) for pk, row in last.items()}

    def _why_void(self, row: SignOff, scope: str, barred: frozenset[int]) -> Void:
        """A delegate is held to what a seat's holder is: active, no contributor, not the owner."""
        if row.position in BLOCKING:
            return self._concern_void(row)
        is_barred = row.holder_id in barred or row.signer_id in self._barred_everywhere
        return void_of(row, scope, is_barred=is_barred)

    def _concern_void(self, row: SignOff) -> Void:
        """A concern counts until its raiser clears it, the lead overrides it or its date is past, whoever raised it."""
        if any(reply.kind == ReplyKind.OVERRIDE for reply in self.replies.get(row.pk, ())):
            return Void.OVERRIDDEN
        return Void.LAPSED if self._is_past(row) else Void.NONE

    def _is_past(self, row: SignOff) -> bool:
        return row.until is not None and end_of(row.until, self.case.policy.calendar) <= self.now

    def _barred_of(self, slug: str) -> frozenset[int]:
        return next((self.barred(team) for team in self.teams if team.slug == slug), frozenset())

    def seats_of(self, user: User) -> tuple[str, ...]:
        """Teams in which this person has a seat."""
        return tuple(team.slug for team in self.teams if user.pk in self.roster(team))

    def tally(self, team: RequiredTeam, *, saying: Mapping[int, Position] | None = None) -> Tally:
        """Count one team. `saying`: what holders of its seats say in place of what they said."""
        said = {pk: Position(voice.sign_off.position) for pk, voice in self.voices(team.slug).items() if voice.counts}
        ballot = Ballot(
            team.slug,
            team.minimum,
            team.fraction,
            self.roster(team),
            self.barred(team),
            {**said, **(saying or {})},
            self._gone(team.slug),
            self.elsewhere(team),
            self.case.policy.quorum(team.slug).minimum if self.round.in_debt else None,
        )
        return tally.tally(ballot)

    def foreseen(self, slug: str, holder: int, position: Position) -> tuple[Tally, Verdict]:
        """How this team would stand, and what the round would decide, if this seat took this position now."""
        saying = {holder: position}
        after = {team.slug: self.tally(team, saying=saying if team.slug == slug else None) for team in self.teams}
        return after[slug], tally.settle(after.values())

    @cached_property
    def tallies(self) -> tuple[Tally, ...]:
        return tuple(self.tally(team) for team in self.teams)

    @property
    def verdict(self) -> Verdict:
        return tally.settle(self.tallies)

    @property
    def has_response(self) -> bool:
        return any(sign_off.round_id == self.round.pk for sign_off in self.sign_offs)

    @cached_property
    def rows(self) -> tuple[TeamStanding, ...]:
        return tuple(self._row(team) for team in self.teams)

    def _row(self, team: RequiredTeam) -> TeamStanding:
        voices, roster = self.voices(team.slug), self.roster(team)
        barred = self.barred(team)
        elsewhere = self.elsewhere(team)
        silent = roster - barred - elsewhere - {pk for pk, voice in voices.items() if voice.counts}
        gone, counted = self.away_of(team.slug), self.tally(team)
        fallen_silent = not silent and counted.approvals < counted.needed and not counted.is_blocked
        unopposed = {pk for pk, voice in voices.items() if voice.counts and voice.position == Position.NO_OBJECTION}
        return TeamStanding(
            team.slug,
            counted,
            tuple(voices.values()),
            self._named(silent),
            self._named(barred),
            self._named(elsewhere - barred - voices.keys()),
            tuple(gone[pk] for pk in sorted(silent) if pk in gone),
            self._named(unopposed & roster - barred - elsewhere if fallen_silent else ()),
            self._delegates(team.slug, self._named(silent)),
        )

    def _delegates(self, team: str, silent: Iterable[User]) -> tuple[tuple[User, User], ...]:
        found = ((self.delegate_of(team, person.pk), person) for person in silent)
        return tuple((delegate, person) for delegate, person in found if delegate is not None)

    @cached_property
    def concerns(self) -> tuple[Concern, ...]:
        """Every concern that blocks now, oldest first."""
        open_ = [voice.sign_off for row in self.rows for voice in row.voices if voice.counts]
        raised = [sign_off for sign_off in open_ if sign_off.position in BLOCKING]
        return tuple(self._concern(sign_off) for sign_off in sorted(raised, key=lambda sign_off: sign_off.pk))

    def _concern(self, row: SignOff) -> Concern:
        replies = self.replies.get(row.pk, ())
        is_answered = row.revision_id != self.case.rfc.revision_id or any(
            reply.kind == ReplyKind.ANSWER for reply in replies
        )
        return Concern(row, self.people[row.signer_id], replies, is_answered)

    @property
    def waits_for_owner(self) -> bool:
        """A concern that the owner neither answered nor met with a revision: the round's clock stands still."""
        return any(not concern.is_answered for concern in self.concerns)

    @property
    def answerers(self) -> tuple[User, ...]:
        """Who answers a concern: the owner, or a steward who sees the RFC once the owner's account is closed."""
        rfc = self.case.rfc
        return (rfc.owner,) if rfc.owner.is_active else authority.stewards(rfc)

    @property
    def lapsed(self) -> tuple[SignOff, ...]:
        """Holds whose date is past and that their raisers left it at."""
        voices = (voice for row in self.rows for voice in row.voices)
        return tuple(voice.sign_off for voice in voices if voice.void == Void.LAPSED)

    def unnoted(self) -> tuple[SignOff, ...]:
        """Lapsed holds that the record does not tell of yet."""
        return tuple(row for row in self.lapsed if not self._has_lapse(row))

    def _has_lapse(self, row: SignOff) -> bool:
        return any(reply.kind == ReplyKind.LAPSE for reply in self.replies.get(row.pk, ()))

    def _named(self, ids: Iterable[int]) -> tuple[User, ...]:
        return tuple(sorted((self.people[pk] for pk in ids if pk in self.people), key=User.get_username))

    @cached_property
    def waits_for(self) -> frozenset[int]:
        """Whose turn it is: the owner's while a concern waits, then that of everybody who has not said yes or no.

        Whoever raised a concern that was answered clears it, or says what is missing. Where a team can decide nothing
        any more, the owner asks anew.
        """
        raisers = {pk for concern in self.concerns if concern.is_answered for pk in self._clearers(concern.sign_off)}
        if self.waits_for_owner:
            return frozenset({*raisers, *(user.pk for user in self.answerers)})
        delegates = (delegate for delegate, _ in self.stand_ins())
        askers = self.answerers if any(row.is_stuck for row in self.rows) else ()
        return frozenset({*raisers, *(user.pk for user in (*self.awaited(), *delegates, *askers))})

    def is_waiting_for(self, user: User) -> bool:
        return user.pk in self.waits_for

    def is_cleared_by(self, concern: SignOff, user: User) -> bool:
        return user.pk in self._clearers(concern)

    def _clearers(self, concern: SignOff) -> frozenset[int]:
        """Its seat's holder, and the delegate who raised it while they may sign for the holder."""
        delegate = self.delegate_of(concern.team, concern.holder_id)
        is_raiser = delegate is not None and delegate.pk == concern.signer_id
        return frozenset({concern.holder_id, concern.signer_id} if is_raiser else {concern.holder_id})

    def stand_ins(self) -> tuple[tuple[User, User], ...]:
        """Who may sign in the place of somebody awaited, and for whom."""
        return tuple(pair for row in self.rows if not row.tally.is_passed for pair in row.delegates)

    def name_of(self, sign_off: SignOff) -> str:
        """Who signed, and for whom, from the people read already."""
        name = display_name(self.people[sign_off.signer_id])
        behalf = sign_off.on_behalf_of_id
        return f"{name} for {display_name(self.people[behalf])}" if behalf else name

    def awaited(self) -> tuple[User, ...]:
        """Those whose position some team still waits for."""
        rows = (row for row in self.rows if not row.tally.is_passed)
        waiting = {user.pk: user for row in rows for user in (*row.silent, *row.undecided)}
        return tuple(waiting.values())


def counting_standings(rfc: RFC, case: Case) -> tuple[Standing, ...]:
    """How the rounds of `counting_rounds` stand."""
    return tuple(Standing(round_, case) for round_ in counting_rounds(rfc))
