"""The process as one table: who may ask for a move, what must be true first, what is written with it.

Where it leads is in rfcs/transitions.py. The buttons, the API's answers, the queue and the diagram in docs/ come from
TABLE; process-table.md of the design is its oracle.
"""

from dataclasses import dataclass

from rfcs import guards
from rfcs.compliance.closing import nothing_open_again, phase_closed
from rfcs.guards import Guard
from rfcs.states import Authority, Phase
from rfcs.transitions import TRANSITIONS, Transition


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
    asked_by: tuple[Authority, ...] = ()
    needs: tuple[Guard, ...] = ()
    inputs: tuple[Input, ...] = ()
    is_exit: bool = False
    """Leaves the way to `closed`; the page keeps such moves apart and asks for a confirmation."""

    @property
    def way(self) -> Transition:
        """Where it leads from where."""
        return TRANSITIONS[self.name]


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
            asked_by=OWNER,
            needs=BASICS,
        ),
        Move(
            "request_review",
            "Request architecture review",
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
            asked_by=OWNER,
            needs=guards.ABBREVIATED,
        ),
        Move(
            "recall",
            "Recall from review",
            asked_by=(Authority.OWNER, Authority.SUCCESSOR),
            inputs=(NOTE,),
        ),
        Move("approve", "Approve"),
        Move("authorise", "Authorise"),
        Move("reject", "Reject"),
        Move(
            "amend",
            "Amend and review again",
            asked_by=OWNER,
            needs=(guards.differs_from_approved, guards.amendment_whole),
            inputs=(NOTE,),
        ),
        Move(
            "start",
            "Start implementation",
            asked_by=OWNER,
            needs=(phase_closed(Phase.PRE), guards.approval_current, guards.no_freeze, guards.no_clash),
        ),
        Move(
            "finish",
            "Finish implementation",
            asked_by=OWNER,
            needs=(phase_closed(Phase.IMPLEMENTATION),),
        ),
        Move(
            "close",
            "Close",
            asked_by=OWNER,
            needs=(phase_closed(Phase.POST), guards.nothing_owed, nothing_open_again),
        ),
        Move(
            "roll_back",
            "Roll back",
            asked_by=(*STEERING, Authority.ARCHITECTURE),
            inputs=(REASON, REVERT, NOTHING_MERGED, *OUTAGE),
            is_exit=True,
        ),
        Move(
            "withdraw",
            "Withdraw",
            asked_by=STEERING,
            inputs=(REASON,),
            is_exit=True,
        ),
        Move("revise", "Revise as a new draft", asked_by=OWNER),
    )
}
