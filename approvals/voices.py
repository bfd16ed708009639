"""What is read of a round: one voice on a seat, a concern that blocks, a team's row of the panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from approvals import tally
from approvals.models import Reply, SignOff
from approvals.positions import LASTING, Void
from approvals.tally import Tally
from rfcs.states import team_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Voice:
    """The last position taken on one seat of one team, and whether it still counts."""

    sign_off: SignOff
    void: Void = Void.NONE

    @property
    def counts(self) -> bool:
        return not self.void

    @property
    def position(self) -> str:
        return self.sign_off.position


def void_of(row: SignOff, scope: str, *, is_barred: bool) -> Void:
    """What is no concern counts when somebody who may sign said it of this very scope."""
    if is_barred:
        return Void.BARRED
    return Void.NONE if row.position in LASTING or row.scope_digest == scope else Void.STALE


@dataclass(frozen=True, slots=True)
class Concern:
    """A `discuss` or `hold` that blocks now, and what was replied to it."""

    sign_off: SignOff
    raiser: User
    replies: tuple[Reply, ...]
    is_answered: bool
    """By the owner's words, or by a revision minted since."""


@dataclass(frozen=True, slots=True)
class TeamStanding:
    """One team's row of the approval panel."""

    slug: str
    tally: Tally
    voices: tuple[Voice, ...]
    silent: tuple[User, ...]
    barred: tuple[User, ...]
    elsewhere: tuple[User, ...] = ()
    """Who signed on another seat of the RFC, and so not on this one."""
    away: tuple[date, ...] = ()
    """Of each silent person who is away today, with nobody in their place: the last day of it."""
    undecided: tuple[User, ...] = ()
    """Where nobody is silent and approvals are missing: whose “no objection” could still become one."""
    delegates: tuple[tuple[User, User], ...] = ()
    """Of the silent: who may sign today, and for whom."""

    @property
    def is_stuck(self) -> bool:
        """It cannot pass, and nobody is left who could say something new: it has to be asked anew."""
        return self.tally.is_blocked and not self.silent

    @property
    def name(self) -> str:
        return team_name(self.slug)

    @property
    def forecast(self) -> str:
        """Whether the team can still pass, what it waits for, and who of those is away."""
        back = f" {len(self.away)} away until {max(self.away):%A %-d %B}." if self.away else ""
        return tally.forecast(self.tally) + back
