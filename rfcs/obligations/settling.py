"""The checklist after the fact: met with whatever closes its last item. Call it under the RFC's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfcs.case import Case
from rfcs.compliance import checklists
from rfcs.models import RFC
from rfcs.obligations import owing
from rfcs.states import ObligationKind, Phase

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.compliance.checklists import ItemStatus

APPROVED = "rfc_approved"
"""The item that nobody can close any more once a denial was carried out, or its risk accepted."""


def settle(rfc: RFC, *, by: User | None) -> None:
    """Meet the checklist that an emergency owes, if nothing of it is open."""
    owed = rfc.obligations.filter(kind=ObligationKind.COMPLIANCE_CHECKLIST, met_at=None)
    if owed.exists() and not open_items(Case(rfc)):
        how = "The last item of the pre-implementation checklist is closed."
        owing.meet(rfc, ObligationKind.COMPLIANCE_CHECKLIST, by=by, how=how)


def open_items(case: Case) -> tuple[ItemStatus, ...]:
    """What is open of the checklist that was skipped."""
    denials = case.rfc.obligations.filter(kind=ObligationKind.DENIAL_RESOLUTION)
    is_resolved = denials.filter(met_at__isnull=False).exists()
    return tuple(item for item in checklists.open_items(case, Phase.PRE) if not (is_resolved and item.slug == APPROVED))
