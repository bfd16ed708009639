"""Which move leads from which state to which, on which track. Pure, and below the record: its trigger is made from it.

The table (rfcs/table.py) adds who may ask for a move and what must be true first; process-table.md of the design is
the oracle of both.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rfcs.states import SHORT, State, Track

EVERY_TRACK = frozenset(Track)
STANDARD = frozenset({Track.STANDARD})


@dataclass(frozen=True, slots=True)
class Transition:
    """One move's way through the states."""

    name: str
    sources: tuple[State, ...]
    target: State
    tracks: frozenset[Track] = EVERY_TRACK
    short_target: State | None = None
    """Where it leads on the emergency and hotfix tracks, if not to `target`."""

    def is_from(self, state: str, track: str) -> bool:
        """Whether it leaves this state on this track."""
        return state in self.sources and track in self.tracks

    def leads_to(self, track: str) -> State:
        return self.short_target if self.short_target and track in SHORT else self.target

    @property
    def targets(self) -> tuple[State, ...]:
        """Where it leads, on any track."""
        return (self.target, self.short_target) if self.short_target else (self.target,)

    def is_made_by_round(self, state: str) -> bool:
        """Every move into or out of REVIEW is made by a round, in approvals/rounds.py alone."""
        return state in self.sources and State.REVIEW in (state, self.target)


TRANSITIONS: dict[str, Transition] = {
    way.name: way
    for way in (
        Transition("submit", (State.DRAFT,), State.ASSESSMENT, STANDARD),
        Transition("request_review", (State.ASSESSMENT,), State.REVIEW, STANDARD),
        Transition("request_authorisation", (State.DRAFT,), State.REVIEW, SHORT),
        Transition("recall", (State.REVIEW,), State.ASSESSMENT, short_target=State.DRAFT),
        Transition("approve", (State.REVIEW,), State.APPROVED, STANDARD),
        Transition("authorise", (State.REVIEW,), State.IMPLEMENTATION, SHORT),
        Transition("reject", (State.REVIEW,), State.REJECTED),
        Transition("amend", (State.APPROVED, State.IMPLEMENTATION), State.REVIEW, STANDARD),
        Transition("start", (State.APPROVED,), State.IMPLEMENTATION, STANDARD),
        Transition("finish", (State.IMPLEMENTATION,), State.POST_IMPLEMENTATION),
        Transition("close", (State.POST_IMPLEMENTATION,), State.CLOSED),
        Transition("roll_back", (State.IMPLEMENTATION, State.POST_IMPLEMENTATION, State.CLOSED), State.ROLLED_BACK),
        Transition("withdraw", (State.DRAFT, State.ASSESSMENT, State.REVIEW, State.APPROVED), State.WITHDRAWN),
        Transition("revise", (State.REJECTED, State.WITHDRAWN), State.DRAFT),
    )
}


def steps() -> Iterator[tuple[str, str, str]]:
    """Every (track, from, to) that some move makes; what the database's trigger lets pass."""
    for way in TRANSITIONS.values():
        for track in way.tracks:
            yield from ((track.value, source.value, way.leads_to(track).value) for source in way.sources)
