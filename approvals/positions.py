"""What a signer may say about a revision; wire values."""

from django.db.models import TextChoices


class Position(TextChoices):
    APPROVE = "approve", "Approve"
    NO_OBJECTION = "no_objection", "No objection"
    DISCUSS = "discuss", "Discuss"
    HOLD = "hold", "Hold"
    ABSTAIN = "abstain", "Abstain"
    RECUSE = "recuse", "Recuse"
    REJECT = "reject", "Reject"


OFFERED = tuple(position for position in Position if position != Position.HOLD)
"""The positions that a signer can take; a dated `hold` comes with its clock."""

BLOCKING = frozenset({Position.DISCUSS, Position.HOLD})
"""Open until their raiser takes another position; an edit does not void them."""

LASTING = BLOCKING | {Position.RECUSE}
"""Statements about the person or a concern, not about a text: they stand whatever the digest is."""


class RoundKind(TextChoices):
    REVIEW = "review", "Review"
    AUTHORISATION = "authorisation", "Authorisation"
    RETROACTIVE = "retroactive", "Retroactive review"


class Outcome(TextChoices):
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    RECALLED = "recalled", "Recalled"
    WITHDRAWN = "withdrawn", "Withdrawn"
