"""Arithmetic of positions: does a team pass, can it still, what does the round decide? Pure.

process-table, Rounds: eligible = roster - contributors - recused - deactivated; needed = max(minimum,
ceil(fraction x eligible)); only `approve` counts; a team passes when approvals >= needed and no discuss or hold
is open; the round approves when all teams pass and rejects when rejects make `needed` unreachable.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from approvals.positions import BLOCKING, Position


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One team's rule and what its people say. `positions`: each person's last position that counts."""

    team: str
    minimum: int
    fraction: float
    roster: frozenset[int]
    barred: frozenset[int] = frozenset()
    """Of the roster: contributors, the deactivated, and who left the team since the roster was taken."""
    positions: Mapping[int, Position] | None = None
    away: frozenset[int] = frozenset()
    """Away until the decision is due, or longer. Foreseen, never counted against anybody."""
    elsewhere: frozenset[int] = frozenset()
    """Signed on another seat of the RFC, and so not on this one. Still in the quorum, as the process counts it."""
    least: int | None = None
    """Of a team in debt: the minimum falls with those who may sign, but not below this. Never impossible."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How a team's positions add up in one round. Counts are persons."""

    team: str
    roster: int
    barred: int
    recused: int
    eligible: int
    needed: int
    approvals: int
    rejects: int
    abstained: int
    concerns: int
    silent: int
    away: int = 0
    """Of the silent."""
    elsewhere: int = 0
    """Of the silent: who signed on another seat."""

    @property
    def is_passed(self) -> bool:
        return self.eligible > 0 and self.approvals >= self.needed and self.concerns == 0

    @property
    def reach(self) -> int:
        """Approvals possible if everyone who neither abstained nor rejected approves in the end."""
        return self.eligible - self.rejects - self.abstained

    @property
    def is_reachable(self) -> bool:
        return self.eligible > 0 and self.reach >= self.needed

    @property
    def is_rejected(self) -> bool:
        """The rejects, not recusals or absence, make `needed` unreachable."""
        return self.rejects > 0 and not self.is_reachable and self.eligible - self.abstained >= self.needed

    @property
    def is_blocked(self) -> bool:
        """Nobody rejected it, and still it cannot pass in time: somebody outside must act."""
        return not self.is_rejected and not self.is_passed and (self.eligible <= 0 or self.possible < self.needed)

    @property
    def possible(self) -> int:
        """Approvals possible of those who are there and may. It is for the forecast: no verdict follows from it."""
        return max(self.reach - self.away - self.elsewhere, 0)


def needed(minimum: int, fraction: float, eligible: int) -> int:
    """Approvals needed of `eligible` persons; exact for fractions such as 0.1 that binary floats only approach.

    At least one: a policy that forgot the bar never lets silence pass.
    """
    return max(1, minimum, math.ceil(Fraction(str(fraction)) * eligible))


def tally(ballot: Ballot) -> Tally:
    """Count one team. Who is outside the roster or barred from it does not sign, but a concern raised stays open."""
    concerns = (ballot.positions or {}).items()
    may_sign = ballot.roster - ballot.barred
    said = {person: position for person, position in (ballot.positions or {}).items() if person in may_sign}
    recused = _count(said, Position.RECUSE)
    eligible = len(may_sign) - recused
    return Tally(
        team=ballot.team,
        roster=len(ballot.roster),
        barred=len(ballot.roster & ballot.barred),
        recused=recused,
        eligible=eligible,
        needed=needed(_minimum(ballot, eligible), ballot.fraction, eligible),
        approvals=_count(said, Position.APPROVE),
        rejects=_count(said, Position.REJECT),
        abstained=_count(said, Position.ABSTAIN),
        concerns=sum(person in ballot.roster and position in BLOCKING for person, position in concerns),
        silent=len(may_sign - said.keys()),
        away=len((may_sign - said.keys()) & ballot.away - ballot.elsewhere),
        elsewhere=len((may_sign - said.keys()) & ballot.elsewhere),
    )


def _minimum(ballot: Ballot, eligible: int) -> int:
    return ballot.minimum if ballot.least is None else max(ballot.least, min(ballot.minimum, eligible))


def settle(tallies: Iterable[Tally]) -> Verdict:
    """What the round decides now. No team at all decides nothing: it never passes in silence."""
    teams = tuple(tallies)
    if any(team.is_rejected for team in teams):
        return Verdict.REJECT
    if teams and all(team.is_passed for team in teams):
        return Verdict.APPROVE
    return Verdict.OPEN


def forecast(team: Tally) -> str:
    """One sentence on whether this team can still pass, and what it waits for."""
    if team.is_rejected:
        return f"Rejected: {_persons(team.rejects, 'rejects', 'reject')}, {team.needed} approvals cannot be reached."
    if team.is_blocked:
        return f"Cannot pass: {_why_blocked(team)}."
    if team.is_passed:
        return f"Passed: {team.approvals} of {team.needed} needed approvals."
    if team.concerns:
        return f"Blocked by {team.concerns} open {'concern' if team.concerns == 1 else 'concerns'}."
    missing = team.needed - team.approvals
    return f"Needs {missing} more {'approval' if missing == 1 else 'approvals'} ({team.approvals} of {team.needed})."


def _why_blocked(team: Tally) -> str:
    if team.roster == 0:
        return "the team has no members"
    said = (
        (team.barred, "wrote the RFC, left, audits or is deactivated"),
        (team.recused, "recused"),
        (team.abstained, "abstained"),
        (team.rejects, "rejected"),
        (team.away, "away"),
        (team.elsewhere, "signed for another team"),
    )
    parts = ", ".join(f"{count} {word}" for count, word in said if count)
    return f"{parts or 'too few members'}; {team.needed} approvals needed, {team.possible} possible"


def _persons(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _count(said: Mapping[int, Position], position: Position) -> int:
    return sum(value == position for value in said.values())
