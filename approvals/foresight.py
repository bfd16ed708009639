"""What a signature would bring about, in the words of the button that makes it. Reads only."""

from __future__ import annotations

from approvals.positions import Position, RoundKind
from approvals.standing import Standing
from approvals.tally import Verdict

WORDS = {
    Position.APPROVE: "Approve {}",
    Position.NO_OBJECTION: "Record no objection to {}",
    Position.DISCUSS: "Raise a concern about {}",
    Position.HOLD: "Hold {}",
    Position.ABSTAIN: "Abstain on {}",
    Position.RECUSE: "Recuse yourself from {}",
    Position.REJECT: "Reject {}",
}
OWN_WORDS = {
    (RoundKind.AUTHORISATION, Position.APPROVE): "Authorise {}",
    (RoundKind.RETROACTIVE, Position.APPROVE): "Ratify {}",
    (RoundKind.RETROACTIVE, Position.REJECT): "Deny {}",
}
"""Where a round of this kind calls a position otherwise."""
DECIDED = {
    RoundKind.REVIEW: {Verdict.APPROVE: "Approved", Verdict.REJECT: "Rejected"},
    RoundKind.AUTHORISATION: {Verdict.APPROVE: "Implementation", Verdict.REJECT: "Rejected"},
    RoundKind.RETROACTIVE: {Verdict.APPROVE: "Ratified", Verdict.REJECT: "Denied"},
}


def revision_of(standing: Standing) -> str:
    revision = standing.case.rfc.revision
    return f"revision {revision.number if revision else 0}"


def label(standing: Standing, team: str, holder: int, position: Position) -> str:
    """“Approve revision 4 → Approved” when it settles the round, else “Approve revision 4 (1 of 2 for architecture)”.

    `holder`: whose seat is used; for a delegate it is not the person who presses the button.
    """
    own = OWN_WORDS.get((RoundKind(standing.round.kind), position), WORDS[position])
    words = own.format(revision_of(standing))
    tally, verdict = standing.foreseen(team, holder, position)
    if verdict != Verdict.OPEN:
        return f"{words} → {DECIDED[RoundKind(standing.round.kind)][verdict]}"
    if position != Position.APPROVE:
        return words
    name = team.replace("_", " ")
    if tally.approvals > tally.needed:
        return f"{words} ({name} has its {tally.needed} already)"
    return f"{words} ({tally.approvals} of {tally.needed} for {name})"


def labels(standing: Standing, seats: dict[str, tuple[str, int]], position: Position) -> dict[str, str]:
    """The same for each seat, by its value on the form's wire. `seats`: team and holder of each."""
    return {value: label(standing, team, holder, position) for value, (team, holder) in seats.items()}
