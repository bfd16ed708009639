"""What a signer may say about a revision, and what becomes of it; wire values."""

from enum import StrEnum

from django.db.models import TextChoices


class Position(TextChoices):
    APPROVE = "approve", "Approve"
    NO_OBJECTION = "no_objection", "No objection"
    DISCUSS = "discuss", "Discuss"
    HOLD = "hold", "Hold"
    ABSTAIN = "abstain", "Abstain"
    RECUSE = "recuse", "Recuse"
    REJECT = "reject", "Reject"


BLOCKING = frozenset({Position.DISCUSS, Position.HOLD})
"""Concerns: open until their raiser takes another position, a `discuss` is overridden, or a `hold` lapses; an edit
does not void them."""

LASTING = BLOCKING | {Position.RECUSE}
"""Statements about the person or a concern, not about a text: they stand whatever the digest is."""


class Void(StrEnum):
    """Why a position does not count; none while it does."""

    NONE = ""
    STALE = "stale"
    BARRED = "barred"
    OVERRIDDEN = "overridden"
    LAPSED = "lapsed"


class ReplyKind(TextChoices):
    """What became of a concern: words of the owner, a decision of the team's lead, the end of a hold by the clock."""

    ANSWER = "answer", "Answered"
    OVERRIDE = "override", "Overridden"
    LAPSE = "lapse", "Lapsed"


class RoundKind(TextChoices):
    REVIEW = "review", "Review"
    AUTHORISATION = "authorisation", "Authorisation"
    RETROACTIVE = "retroactive", "Retroactive review"


class Outcome(TextChoices):
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    RECALLED = "recalled", "Recalled"
    WITHDRAWN = "withdrawn", "Withdrawn"


NAMED = {
    (RoundKind.AUTHORISATION, Outcome.APPROVED): "authorised",
    (RoundKind.RETROACTIVE, Outcome.APPROVED): "ratified",
    (RoundKind.RETROACTIVE, Outcome.REJECTED): "denied",
}


VOICED = {
    (RoundKind.AUTHORISATION, Position.APPROVE): "Authorise",
    (RoundKind.RETROACTIVE, Position.APPROVE): "Ratify",
    (RoundKind.RETROACTIVE, Position.REJECT): "Deny",
}


def voiced(kind: str, position: str) -> str:
    """What a position means in a round of this kind: whoever approves after the fact ratifies."""
    return VOICED.get((RoundKind(kind), Position(position)), str(Position(position).label))


def result(kind: str, outcome: str) -> str:
    """How a round ended, in the words of its kind."""
    return NAMED.get((RoundKind(kind), Outcome(outcome)), str(Outcome(outcome).label).lower())
