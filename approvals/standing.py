"""How a round stands: its teams, who may sign, whose position counts, and what that adds up to. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User

from approvals import tally
from approvals.models import RequiredTeam, Round, SignOff
from approvals.positions import BLOCKING, LASTING, Position, RoundKind
from approvals.tally import Ballot, Tally, Verdict
from rfcs.case import Case
from rfcs.models import RFC
from rfcs.states import team_name

DECIDING = (RoundKind.REVIEW, RoundKind.AUTHORISATION)


def open_round(rfc: RFC) -> Round | None:
    """The round that decides this RFC now, if one is open."""
    return Round.objects.filter(rfc=rfc, closed_at=None, kind__in=DECIDING).first()


def latest_round(rfc: RFC) -> Round | None:
    return Round.objects.filter(rfc=rfc, kind__in=DECIDING).first()


@dataclass(frozen=True, slots=True)
class Voice:
    """The last position of one person for one team, and whether it still counts."""

    sign_off: SignOff
    counts: bool


@dataclass(frozen=True, slots=True)
class TeamStanding:
    """One team's row of the approval panel."""

    slug: str
    tally: Tally
    voices: tuple[Voice, ...]
    silent: tuple[User, ...]
    barred: tuple[User, ...]

    @property
    def name(self) -> str:
        return team_name(self.slug)

    @property
    def forecast(self) -> str:
        return tally.forecast(self.tally)


def _counts(row: SignOff, scope: str, *, is_barred: bool) -> bool:
    """A concern until it is cleared, whoever raised it; else what somebody who may sign said of this very scope."""
    if row.position in BLOCKING:
        return True
    return not is_barred and (row.position in LASTING or row.scope_digest == scope)


class Standing:
    """One round read once: four queries, whatever the number of people."""

    def __init__(self, round_: Round, case: Case) -> None:
        self.round = round_
        self.case = case
        self._voices: dict[str, dict[int, Voice]] = {}

    @cached_property
    def teams(self) -> tuple[RequiredTeam, ...]:
        return tuple(self.round.teams.prefetch_related("seats"))

    @cached_property
    def members(self) -> Mapping[str, frozenset[int]]:
        """Who is in each team now. A deleted or renamed one is not here: no seats are left, the round fails closed."""
        rows = Group.objects.filter(name__in=[team.slug for team in self.teams]).values_list("name", "user")
        found: dict[str, set[int]] = {}
        for name, person in rows:
            found.setdefault(name, set()).add(person)
        return {name: frozenset(ids) for name, ids in found.items()}

    @cached_property
    def people(self) -> Mapping[int, User]:
        ids = {seat.person_id for team in self.teams for seat in team.seats.all()}
        ids |= {sign_off.signer_id for sign_off in self.sign_offs}
        return {user.pk: user for user in get_user_model().objects.filter(pk__in=ids)}

    @cached_property
    def sign_offs(self) -> tuple[SignOff, ...]:
        rows = SignOff.objects.filter(round__in=self._chain()).order_by("id")
        return tuple(rows.select_related("revision").defer("revision__content_json"))

    def _chain(self) -> list[int]:
        """This round and those that it continues."""
        chain, current = [self.round.pk], self.round
        while current.continues is not None:
            current = current.continues
            chain.append(current.pk)
        return chain

    def roster(self, team: RequiredTeam) -> frozenset[int]:
        return frozenset(seat.person_id for seat in team.seats.all()) if team.slug in self.members else frozenset()

    @cached_property
    def contributors(self) -> frozenset[int]:
        return self.case.rfc.contributor_ids()

    @cached_property
    def _barred_everywhere(self) -> frozenset[int]:
        if not self.round.is_open:
            return self.contributors  # what was decided stays decided, whoever left or took over since
        inactive = {pk for pk, user in self.people.items() if not user.is_active}
        return self.contributors | inactive | {self.case.rfc.owner_id}

    def barred(self, team: RequiredTeam) -> frozenset[int]:
        """Who has a seat and may not use it: contributors, the owner, the deactivated, and who left the team since."""
        roster = self.roster(team)
        left = roster - self.members.get(team.slug, frozenset()) if self.round.is_open else frozenset()
        return roster & self._barred_everywhere | left

    def voices(self, team: str) -> dict[int, Voice]:
        """Each signer's last position for this team."""
        if team not in self._voices:
            self._voices[team] = self._last_words(team)
        return self._voices[team]

    def _last_words(self, team: str) -> dict[int, Voice]:
        last = {sign_off.signer_id: sign_off for sign_off in self.sign_offs if sign_off.team == team}
        if not last:
            return {}
        scope, barred = self.case.scope_of(team), self._barred_of(team)
        return {pk: Voice(row, _counts(row, scope, is_barred=pk in barred)) for pk, row in last.items()}

    def _barred_of(self, slug: str) -> frozenset[int]:
        return next((self.barred(team) for team in self.teams if team.slug == slug), frozenset())

    def seats_of(self, user: User) -> tuple[str, ...]:
        """Teams in which this person has a seat."""
        return tuple(team.slug for team in self.teams if user.pk in self.roster(team))

    def tally(self, team: RequiredTeam) -> Tally:
        counted = {
            pk: Position(voice.sign_off.position) for pk, voice in self.voices(team.slug).items() if voice.counts
        }
        ballot = Ballot(team.slug, team.minimum, team.fraction, self.roster(team), self.barred(team), counted)
        return tally.tally(ballot)

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
        silent = roster - barred - {pk for pk, voice in voices.items() if voice.counts}
        return TeamStanding(
            team.slug, self.tally(team), tuple(voices.values()), self._named(silent), self._named(barred)
        )

    def _named(self, ids: Iterable[int]) -> tuple[User, ...]:
        return tuple(sorted((self.people[pk] for pk in ids if pk in self.people), key=User.get_username))

    def awaited(self) -> tuple[User, ...]:
        """Those whose position some team still waits for."""
        waiting = {user.pk: user for row in self.rows if not row.tally.is_passed for user in row.silent}
        return tuple(waiting.values())
