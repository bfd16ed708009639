"""The process as one small model, read off process-table.md and nothing else: what the portal must say at every step.

It imports nothing of the portal. People are their user names, teams their slugs, days are dates; time is what the
machine tells it. The machine (test_machine.py) does each thing with both and compares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

ARCHITECTURE, SECURITY, AUDITORS = "architecture", "security", "auditors"
RULES = {ARCHITECTURE: (2, Fraction(1, 2)), SECURITY: (1, Fraction(0))}
"""Minimum and fraction of a team: the process's defaults."""
SIGNED = {
    ARCHITECTURE: ("api_changes", "justification", "touches_security"),
    SECURITY: ("api_changes", "touches_security"),
}
"""Of the fields that the machine edits, those in a team's scope; the title is in none."""
BLOCKING = ("discuss", "hold")
MINTING = ("draft", "assessment", "review")
WRITABLE = (*MINTING, "approved", "implementation")
LONGEST_LENDING = 30
LESSON = "lesson"
Text = dict[str, object]


@dataclass
class Person:
    name: str
    teams: set[str] = field(default_factory=set)
    active: bool = True


@dataclass
class Said:
    """One position: on whose seat, by whom, of which text."""

    holder: str
    signer: str
    team: str
    position: str
    text: Text
    revision: int
    until: date | None = None
    is_answered: bool = False
    is_overridden: bool = False


@dataclass
class Lent:
    principal: str
    delegate: str
    team: str
    first: date
    last: date
    is_over: bool = False

    def holds(self, day: date) -> bool:
        return not self.is_over and self.first <= day <= self.last

    def meets(self, first: date, last: date) -> bool:
        return not self.is_over and self.first <= last and first <= self.last


@dataclass
class Asked:
    """One package that has owners: what they said since it was last asked for."""

    status: str = "waiting"
    has_lapsed: bool = False
    has_more_time: bool = False
    last: tuple[str, str] = ("", "")
    objector: str = ""
    objected_to: int = 0
    """The revision."""
    days: int = 0
    """Since it was asked for, or time was given."""


@dataclass
class Round:
    rosters: dict[str, frozenset[str]] = field(default_factory=dict)
    before: list[Said] = field(default_factory=list)
    """Of the round that it continues."""
    said: list[Said] = field(default_factory=list)

    @property
    def whole(self) -> list[Said]:
        return [*self.before, *self.said]


@dataclass(frozen=True)
class Count:
    """A team's row of the approval panel."""

    eligible: int
    needed: int
    approvals: int
    rejects: int
    abstained: int
    recused: int
    concerns: int
    silent: frozenset[str]

    @property
    def has_passed(self) -> bool:
        return self.eligible > 0 and self.approvals >= self.needed and not self.concerns

    @property
    def is_rejected(self) -> bool:
        """The rejects make it unreachable; recusals and abstentions alone would not."""
        left = self.eligible - self.abstained
        return self.rejects > 0 and left >= self.needed > left - self.rejects


@dataclass
class Process:
    """One RFC of the standard track with the people around it."""

    people: dict[str, Person]
    leads: dict[str, str]
    """By team."""
    owner: str
    owners: tuple[str, ...]
    """Of the affected package."""
    today: date
    text: Text
    state: str = "draft"
    revision: int = 0
    minted: Text = field(default_factory=dict)
    asked: Asked | None = None
    round: Round | None = None
    seats: list[tuple[str, str, str]] = field(default_factory=list)
    """Signer, holder and team of every position of every round."""
    lendings: list[Lent] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    """From today for so long that no round is decided before."""
    policy: int = 0
    """Version in force; a digest holds the version that binds, so the same text under another one is a new revision."""
    pinned: int | None = None
    minted_under: int = 0
    frozen: bool = False
    is_thawed: bool = False
    """A steward let this RFC start in spite of the freeze."""
    owes_lesson: bool = False
    closed_rounds: list[Round] = field(default_factory=list)

    # Who may what --------------------------------------------------------------------------------------

    def is_in(self, who: str, team: str) -> bool:
        return team in self.people[who].teams

    def audits(self, who: str) -> bool:
        """Reads everything and changes nothing, whatever other team they are in."""
        return self.is_in(who, AUDITORS)

    def lent_on(self, day: date) -> Iterator[Lent]:
        return (row for row in self.lendings if row.holds(day))

    def why_not_lent(self, by: str, to: str, team: str, days: int) -> bool:
        """Dated, bounded, to somebody else outside the team, and nobody lends and borrows on the same day.

        Auditors neither lend nor borrow.
        """
        last = self.today + timedelta(days)
        meeting = [row for row in self.lendings if row.meets(self.today, last)]
        return (
            not self.is_in(by, team)
            or self.audits(by)
            or self.audits(to)
            or by == to
            or days + 1 > LONGEST_LENDING
            or not self.people[to].active
            or self.is_in(to, team)
            or any(row.principal == by and row.team == team for row in meeting)
            or any(row.delegate == by or row.principal == to for row in meeting)
        )

    def has_other_part(self, who: str, team: str, holder: str) -> bool:
        """Signed, or was signed for, on another seat of this RFC, in whatever round."""
        return any(who in row[:2] and (row[2], row[1]) != (team, holder) for row in self.seats)

    def is_barred(self, who: str, team: str) -> bool:
        """Contributors (here the owner alone writes), auditors, the deactivated, and who left the team."""
        return who == self.owner or not self.is_in(who, team) or self.signs_nothing(who)

    def signs_nothing(self, who: str) -> bool:
        return self.audits(who) or not self.people[who].active

    def may_sign(self, by: str, team: str, holder: str, position: str) -> bool:
        assert self.round is not None
        if holder not in self.round.rosters.get(team, ()) or self.is_barred(holder, team):
            return False
        if by == self.owner or self.audits(by):
            return False
        if by != holder and not self.may_stand_in(by, team, holder, position):
            return False
        return not self.has_other_part(by, team, holder) and not self.has_other_part(holder, team, holder)

    def may_stand_in(self, by: str, team: str, holder: str, position: str) -> bool:
        """A delegate of today, from outside the team, who neither recuses the holder nor changes what they said."""
        lends = any((row.principal, row.delegate, row.team) == (holder, by, team) for row in self.lent_on(self.today))
        own = self.last(team).get(holder)
        stands = own is not None and own.signer == holder and self.counts(own)
        return lends and not self.is_in(by, team) and position != "recuse" and not stands

    # Rounds --------------------------------------------------------------------------------------------

    @property
    def required(self) -> list[str]:
        return [ARCHITECTURE, SECURITY] if self.minted["touches_security"] else [ARCHITECTURE]

    def enlist(self) -> None:
        """Each team with its active members of now; one that is asked stays asked."""
        assert self.round is not None
        for team in self.required:
            members = frozenset(p.name for p in self.people.values() if p.active and team in p.teams)
            self.round.rosters.setdefault(team, members)

    def last(self, team: str) -> dict[str, Said]:
        assert self.round is not None
        return {said.holder: said for said in self.round.whole if said.team == team}

    def counts(self, said: Said) -> bool:
        if said.position in BLOCKING:
            return not said.is_overridden and not (said.until and said.until < self.today)
        if self.is_barred(said.holder, said.team) or said.signer == self.owner or self.signs_nothing(said.signer):
            return False
        return said.position == "recuse" or all(said.text[name] == self.minted[name] for name in SIGNED[said.team])

    def is_current(self, text: Text) -> bool:
        """Whether a text is materially the one that is signed now."""
        return all(text[name] == self.minted[name] for name in SIGNED[ARCHITECTURE])

    def count(self, team: str) -> Count:
        assert self.round is not None
        roster = self.round.rosters[team]
        may = {who for who in roster if not self.is_barred(who, team)}
        spoken = {who: said.position for who, said in self.last(team).items() if self.counts(said)}
        valid = [position for who, position in spoken.items() if who in may]
        eligible = len(may) - valid.count("recuse")
        minimum, fraction = RULES[team]
        return Count(
            eligible=eligible,
            needed=max(minimum, math.ceil(fraction * eligible)),
            approvals=valid.count("approve"),
            rejects=valid.count("reject"),
            abstained=valid.count("abstain"),
            recused=valid.count("recuse"),
            concerns=sum(who in roster and position in BLOCKING for who, position in spoken.items()),
            silent=frozenset(may - set(spoken)),
        )

    @property
    def concerns(self) -> list[Said]:
        """Those that block, in the order in which they were raised."""
        assert self.round is not None
        open_ = [said for team in self.round.rosters for said in self.last(team).values() if self.counts(said)]
        return sorted((said for said in open_ if said.position in BLOCKING), key=self.round.whole.index)

    def waits(self, said: Said) -> bool:
        """For the owner, who neither answered nor minted a revision since."""
        return not said.is_answered and said.revision == self.revision

    def settle(self) -> None:
        """All teams pass, or rejects end it; else it stays open, however it is blocked."""
        if self.round is None:
            return
        counts = [self.count(team) for team in self.round.rosters]
        if any(count.is_rejected for count in counts):
            self._end_round("rejected")
        elif all(count.has_passed for count in counts):
            self._end_round("approved")

    def _end_round(self, state: str) -> None:
        assert self.round is not None
        self.closed_rounds.append(self.round)
        self.state, self.round = state, None

    # Moves ---------------------------------------------------------------------------------------------

    def allows(self, move: str, by: str) -> bool:
        """Whether this person makes this move now; checklists are ticked by the machine before it asks."""
        steward, board = self.is_in(by, "stewards"), self.is_in(by, ARCHITECTURE)
        is_owner = by == self.owner
        who = {"withdraw": is_owner or steward, "roll_back": is_owner or steward or board}.get(move, is_owner)
        return who and not self.audits(by) and self.state in SOURCES[move] and self._meets(move)

    def _meets(self, move: str) -> bool:
        if move == "request_review":
            return self.asked is None or self.asked.status not in ("waiting", "objected")
        if move == "amend":
            return any(self.text[name] != self.minted[name] for name in SIGNED[ARCHITECTURE])
        if move == "start":
            is_settled = self.asked is None or self.asked.status not in ("waiting", "objected")
            return is_settled and (not self.frozen or self.is_thawed)
        return True

    def make(self, move: str) -> None:
        if move in ("submit", "amend", "revise"):
            self.mint(anyway=move == "revise")
            self.pinned = {"submit": self.policy, "revise": None}.get(move, self.pinned)
        if move == "submit":
            self.asked = Asked() if self.owners else None
        if move in ("request_review", "amend"):
            before = self.closed_rounds[-1].whole if move == "amend" else []
            self.state, self.round = "review", Round(before=list(before))
            self.enlist()
            self.settle()
        elif self.round is not None:
            self._end_round(TARGET[move])
        else:
            self.state = TARGET[move]
        self.owes_lesson = self.owes_lesson or move == "roll_back"

    def mint(self, *, anyway: bool = False) -> None:
        under = self.policy if self.pinned is None else self.pinned
        if anyway or not self.revision or (self.text, under) != (self.minted, self.minted_under):
            self.revision, self.minted, self.minted_under = self.revision + 1, dict(self.text), under

    def edit(self, name: str, value: object) -> None:
        self.text[name] = value
        if self.state in MINTING:
            self.mint()
        if self.round is not None:
            self.enlist()
            self.settle()

    def sign(self, said: Said) -> None:
        assert self.round is not None
        self.round.said.append(said)
        self.seats.append((said.signer, said.holder, said.team))
        self.settle()

    # Owners of the package -----------------------------------------------------------------------------

    def may_answer(self, by: str, what: str) -> bool:
        asked = self.asked
        if asked is None or self.audits(by) or self.state not in ("assessment", "review", "approved"):
            return False
        if self.state != "assessment" and asked.status in ("acknowledged", "lapsed"):
            return False
        if what == "withdraw":
            return asked.status == "objected" and by == asked.objector
        if what == "more_time" and (asked.has_more_time or asked.status != "waiting"):
            return False
        return by in self.owners

    def answer(self, by: str, what: str) -> None:
        assert self.asked is not None
        self.asked.last = (by, what)
        if what == "more_time":
            self.asked.has_more_time, self.asked.days = True, 0
        elif what == "withdraw":
            self.asked.status = "lapsed" if self.asked.has_lapsed else "waiting"
        else:
            self.asked.status = {"acknowledge": "acknowledged", "object": "objected"}[what]
            self.asked.objector, self.asked.objected_to = (by, self.revision) if what == "object" else ("", 0)

    def pass_days(self, days: int) -> None:
        """Two working days, asked for or given, are over after ten days and never after one."""
        self.today += timedelta(days)
        asked = self.asked
        if asked is not None:
            asked.days += days
            if asked.status == "waiting" and asked.days >= 10 and self.state in ("assessment", "review", "approved"):
                asked.status, asked.has_lapsed = "lapsed", True
        self.settle()

    # Whose turn ----------------------------------------------------------------------------------------

    def stand_in(self, team: str, holder: str) -> str:
        """Who may sign for this person today."""
        for row in self.lent_on(self.today):
            if (row.team, row.principal) == (team, holder):
                fit = not self.signs_nothing(row.delegate) and not self.is_in(row.delegate, team)
                part = row.delegate == self.owner or self.has_other_part(row.delegate, team, holder)
                return row.delegate if fit and not part else ""
        return ""

    def turns(self) -> list[str]:
        """Who is waited for, in the words of the page; nobody once it has ended."""
        status = self.asked.status if self.asked and self.state in ("assessment", "review", "approved") else ""
        first = [", ".join(self.owners)] if status == "waiting" else []
        if self.asked and status == "objected":
            first = [self.owner if self.asked.objected_to == self.revision else self.asked.objector]
        if self.state == "rolled_back":
            return [self.owner] if self.owes_lesson else []
        if self.state in ("closed", "rejected", "withdrawn"):
            return []
        return [*first, *self._of_round()] if self.round is not None else [*first, self.owner]

    def _of_round(self) -> list[str]:
        assert self.round is not None
        waiting = [said for said in self.concerns if self.waits(said)]
        answered = [said for said in self.concerns if not self.waits(said)]
        turns = [said.signer + (f" for {said.holder}" if said.signer != said.holder else "") for said in answered]
        if waiting:
            return [self.owner for _ in waiting] + turns
        for team in self.round.rosters:
            count = self.count(team)
            able = self.able(team)
            if not count.has_passed and able:
                turns.append(", ".join(self._with(team, who) for who in sorted(able)))
            elif self.is_blocked(team):
                turns.append(self.owner)
            elif not count.is_rejected and (unopposed := self.unopposed(team)) and count.approvals < count.needed:
                turns.append(", ".join(sorted(unopposed)))
        return turns

    def able(self, team: str) -> frozenset[str]:
        """Of the silent: who has no part in another seat of this RFC."""
        return frozenset(who for who in self.count(team).silent if not self.has_other_part(who, team, who))

    def unopposed(self, team: str) -> frozenset[str]:
        """Whose “no objection” may still become an approval."""
        spoken = self.last(team).items()
        heard = {who for who, said in spoken if said.position == "no_objection" and self.counts(said)}
        return frozenset(
            who for who in heard if not self.is_barred(who, team) and not self.has_other_part(who, team, who)
        )

    def is_blocked(self, team: str) -> bool:
        """It cannot pass in time: too few are left who may approve and are there, or have somebody in their place."""
        count, able = self.count(team), self.able(team)
        if count.has_passed or count.is_rejected:
            return False
        gone = {who for who in able if who in self.away and not self._is_covered(team, who)}
        unable = len(count.silent) - len(able) + len(gone)
        possible = max(count.eligible - count.rejects - count.abstained - unable, 0)
        return count.eligible <= 0 or possible < count.needed

    def _is_covered(self, team: str, who: str) -> bool:
        delegate = self.stand_in(team, who)
        return bool(delegate) and delegate not in self.away

    def _with(self, team: str, who: str) -> str:
        delegate = self.stand_in(team, who)
        return f"{who} (or {delegate} for them)" if delegate else who


SOURCES = {
    "submit": ("draft",),
    "request_review": ("assessment",),
    "recall": ("review",),
    "amend": ("approved", "implementation"),
    "start": ("approved",),
    "finish": ("implementation",),
    "close": ("post_implementation",),
    "roll_back": ("implementation", "post_implementation", "closed"),
    "withdraw": ("draft", "assessment", "review", "approved"),
    "revise": ("rejected", "withdrawn"),
}
TARGET = {
    "submit": "assessment",
    "recall": "assessment",
    "start": "implementation",
    "finish": "post_implementation",
    "close": "closed",
    "roll_back": "rolled_back",
    "withdraw": "withdrawn",
    "revise": "draft",
}
