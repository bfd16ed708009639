"""The process as one table: which move leads where, who may ask for it, what must be true first. Pure.

The buttons, the API's answers, the queue, the diagram in docs/ and the trigger in the database all come from
TABLE; process-table.md of the design is its oracle.
"""

from dataclasses import dataclass

from rfcs import guards
from rfcs.guards import Guard
from rfcs.states import SHORT, Authority, Phase, State, Track

ALL_TRACKS = frozenset(Track)
STANDARD = frozenset({Track.STANDARD})


@dataclass(frozen=True, slots=True)
class Input:
    """Something the asker writes with the move: its field, the label of the page, what to say when it is missing."""

    field: str
    label: str
    missing: str = ""
    """Empty for what may be left out, or is asked for together with something else."""
    kind: str = "text"
    """How the page asks for it: `text`, `flag` (a box to tick) or `moment` (day and time, without a zone UTC)."""


REASON = Input("note", "Reason", "Give a reason: it is kept in the record and shown to everyone concerned.")
NOTE = Input("note", "Note", "Write a note that says what changes and why.")
REVERT = Input(
    "revert_commit", "Revert commit", "Name the commit that reverts the change, or say that nothing was merged."
)
NOTHING_MERGED = Input("nothing_merged", "Nothing was merged, so there is nothing to revert", kind="flag")
OUTAGE = (
    Input("outage_start", "Start of the outage, if there was one", kind="moment"),
    Input("outage_end", "End of the outage; empty while it lasts", kind="moment"),
)


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table."""

    name: str
    label: str
    sources: tuple[State, ...]
    target: State
    tracks: frozenset[Track] = ALL_TRACKS
    asked_by: tuple[Authority, ...] = ()
    needs: tuple[Guard, ...] = ()
    inputs: tuple[Input, ...] = ()
    short_target: State | None = None
    """Where it leads on the emergency and hotfix tracks, if not to `target`."""
    is_exit: bool = False
    """Leaves the way to `closed`; the page keeps such moves apart and asks for a confirmation."""

    def is_from(self, state: str, track: str) -> bool:
        """Whether it is a move of this track out of this state."""
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


BASICS = (
    guards.has_title,
    guards.has_scenario,
    guards.scenario_answered,
    guards.has_summary,
    guards.has_packages,
    guards.paths_valid,
)
OWNER = (Authority.OWNER,)
STEERING = (Authority.OWNER, Authority.STEWARDS)

TABLE: dict[str, Move] = {
    move.name: move
    for move in (
        Move(
            "submit",
            "Submit for assessment",
            (State.DRAFT,),
            State.ASSESSMENT,
            tracks=STANDARD,
            asked_by=OWNER,
            needs=BASICS,
        ),
        Move(
            "request_review",
            "Request architecture review",
            (State.ASSESSMENT,),
            State.REVIEW,
            tracks=STANDARD,
            asked_by=OWNER,
            needs=(
                *BASICS,  # a revision of the assessment may have emptied what `submit` found
                guards.nothing_unsaved,
                guards.packages_assessed,
                guards.risk_answered,
                guards.timeline_in_order,
                guards.rollback_in_steps,
                guards.testing_defined,
                guards.document_complete,
                guards.no_objection,
                guards.owners_answered,
            ),
        ),
        Move(
            "request_authorisation",
            "Request authorisation",
            (State.DRAFT,),
            State.REVIEW,
            tracks=SHORT,
            asked_by=OWNER,
            needs=guards.ABBREVIATED,
        ),
        Move(
            "recall",
            "Recall from review",
            (State.REVIEW,),
            State.ASSESSMENT,
            short_target=State.DRAFT,
            asked_by=(Authority.OWNER, Authority.SUCCESSOR),
            inputs=(NOTE,),
        ),
        Move("approve", "Approve", (State.REVIEW,), State.APPROVED, tracks=STANDARD),
        Move("authorise", "Authorise", (State.REVIEW,), State.IMPLEMENTATION, tracks=SHORT),
        Move("reject", "Reject", (State.REVIEW,), State.REJECTED),
        Move(
            "amend",
            "Amend and review again",
            (State.APPROVED, State.IMPLEMENTATION),
            State.REVIEW,
            tracks=STANDARD,
            asked_by=OWNER,
            needs=(guards.differs_from_approved, guards.amendment_whole),
            inputs=(NOTE,),
        ),
        Move(
            "start",
            "Start implementation",
            (State.APPROVED,),
            State.IMPLEMENTATION,
            tracks=STANDARD,
            asked_by=OWNER,
            needs=(guards.phase_closed(Phase.PRE), guards.approval_current, guards.no_freeze, guards.no_clash),
        ),
        Move(
            "finish",
            "Finish implementation",
            (State.IMPLEMENTATION,),
            State.POST_IMPLEMENTATION,
            asked_by=OWNER,
            needs=(guards.phase_closed(Phase.IMPLEMENTATION),),
        ),
        Move(
            "close",
            "Close",
            (State.POST_IMPLEMENTATION,),
            State.CLOSED,
            asked_by=OWNER,
            needs=(guards.phase_closed(Phase.POST), guards.nothing_owed, guards.nothing_open_again),
        ),
        Move(
            "roll_back",
            "Roll back",
            (State.IMPLEMENTATION, State.POST_IMPLEMENTATION, State.CLOSED),
            State.ROLLED_BACK,
            asked_by=(*STEERING, Authority.ARCHITECTURE),
            inputs=(REASON, REVERT, NOTHING_MERGED, *OUTAGE),
            is_exit=True,
        ),
        Move(
            "withdraw",
            "Withdraw",
            (State.DRAFT, State.ASSESSMENT, State.REVIEW, State.APPROVED),
            State.WITHDRAWN,
            asked_by=STEERING,
            inputs=(REASON,),
            is_exit=True,
        ),
        Move("revise", "Revise as a new draft", (State.REJECTED, State.WITHDRAWN), State.DRAFT, asked_by=OWNER),
    )
}


def transitions() -> frozenset[tuple[str, str, str]]:
    """Every (track, from, to) that some move makes; what the database's trigger lets pass."""
    rows = ((track, source, move) for move in TABLE.values() for track in move.tracks for source in move.sources)
    return frozenset((track.value, source.value, move.leads_to(track).value) for track, source, move in rows)
