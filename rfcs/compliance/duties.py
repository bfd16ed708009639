"""Who may do what on the checklist of an RFC: the verbs, the page and the API ask here, and nowhere else."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rfcs.authority import may_write, parties
from rfcs.errors import Reason, forbidden
from rfcs.states import ARCHITECTURE, AUDITORS, STEWARDS, Kind
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.models import RFC, Evidence

OWNER = "the owner or a co-author"
SECOND_PERSON = "a second person, not a contributor"
WAIVERS = "a steward or a board member who did not write the RFC"


class Duties:
    """What one person may do, and why not the rest. Each question gives the reason against it, or None."""

    def __init__(self, rfc: RFC, user: User) -> None:
        self.rfc = rfc
        self.user = user

    @cached_property
    def writes(self) -> bool:
        return may_write(self.rfc, self.user)

    @cached_property
    def is_party(self) -> bool:
        """Whether this person's own work would be judged."""
        return self.user.pk in parties(self.rfc)

    @property
    def reads_only(self) -> bool:
        return not self.user.is_active or AUDITORS in teams_of(self.user)

    def why_not_close(self, kind: str) -> Reason | None:
        """Close an item of this kind, or give more evidence for it."""
        if self.reads_only:
            return _auditor()
        if kind == Kind.ATTESTED:
            return None if self.writes else forbidden("The owner and co-authors attest this item.", who=OWNER)
        if self.is_party:
            message = "This result is confirmed by a second person, not by the owner or someone who wrote the RFC."
            return forbidden(message, who=SECOND_PERSON, code="second_person")
        return None

    def why_not_reopen(self, kind: str) -> Reason | None:
        """Whoever may close it, and those whose RFC it is: to doubt a result needs no second person."""
        if self.reads_only:
            return _auditor()
        return None if self.writes else self.why_not_close(kind)

    def why_not_set_aside(self, evidence: Evidence) -> Reason | None:
        if self.reads_only:
            return _auditor()
        if evidence.given_by_id == self.user.pk or STEWARDS in teams_of(self.user):
            return None
        message = "Only who gave this piece of evidence, or a steward, sets it aside."
        return forbidden(message, who="who gave it, or a steward")

    def why_not_waive(self) -> Reason | None:
        """Grant or revoke a waiver."""
        if self.reads_only:
            return _auditor()
        if not teams_of(self.user) & {STEWARDS, ARCHITECTURE}:
            return forbidden("Stewards and members of the architecture board waive an item.", who=WAIVERS)
        if self.is_party:
            message = "Who owns or wrote the RFC waives nothing of it; ask another steward or board member."
            return forbidden(message, who=WAIVERS, code="own_waiver")
        return None


def _auditor() -> Reason:
    return forbidden("Auditors read everything and change nothing.", who="an engineer", code="auditor")
