"""What is owed from when on, by whom and until when (process-table, Obligations). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from rfcs.policy import Policy
from rfcs.states import ARCHITECTURE, ObligationKind, Track
from rfcs.working_time import after_working_days

OWED = {
    Track.EMERGENCY: (
        ObligationKind.POST_HOC_JUSTIFICATION,
        ObligationKind.COMPLIANCE_CHECKLIST,
        ObligationKind.RETROACTIVE_REVIEW,
    ),
    Track.HOTFIX: (ObligationKind.FOLLOW_UP_RFC, ObligationKind.POST_INCIDENT_REVIEW),
}
"""By track, what begins with the authorisation."""
OWED_BY = {ObligationKind.RETROACTIVE_REVIEW: ARCHITECTURE}
"""The team that acts where it is not the owner of the RFC."""
BY_THE_WALL_CLOCK = frozenset({ObligationKind.POST_HOC_JUSTIFICATION})
"""Every hour counts; of the others, working time."""
TO_DO = {
    ObligationKind.POST_HOC_JUSTIFICATION: "File the full justification.",
    ObligationKind.COMPLIANCE_CHECKLIST: "Close the pre-implementation checklist after the fact.",
    ObligationKind.RETROACTIVE_REVIEW: "Ratify or deny what was done, once the full justification is filed.",
    ObligationKind.DENIAL_RESOLUTION: "Roll back, or find a board member who accepts the risk.",
    ObligationKind.FOLLOW_UP_RFC: "Write the follow-up RFC on the standard track and submit it.",
    ObligationKind.POST_INCIDENT_REVIEW: "File the post-incident review; another incident commander accepts it.",
}
"""What whoever owes it does."""
DENIED = "The board denied it: this is settled by the rollback, or by a board member who accepts the risk."
"""What becomes of the retroactive review after that."""


@dataclass(frozen=True, slots=True)
class Debt:
    """One obligation as it begins; due in UTC."""

    kind: ObligationKind
    owed_by: str
    due_at: datetime


def to_do(kind: str, owed: Collection[str]) -> str:
    """What whoever owes it does, beside everything that this RFC owes still."""
    is_denied = kind == ObligationKind.RETROACTIVE_REVIEW and ObligationKind.DENIAL_RESOLUTION in owed
    return DENIED if is_denied else TO_DO[ObligationKind(kind)]


def after_authorisation(track: str, at: datetime, policy: Policy) -> tuple[Debt, ...]:
    """What an RFC of this track owes from the instant of its authorisation on; nothing on the standard track."""
    return tuple(_debt(kind, at, policy) for kind in (OWED[Track(track)] if track in OWED else ()))


def after_denial(at: datetime, policy: Policy) -> Debt:
    return _debt(ObligationKind.DENIAL_RESOLUTION, at, policy)


def _debt(kind: ObligationKind, at: datetime, policy: Policy) -> Debt:
    return Debt(kind, OWED_BY.get(kind, ""), due_at(kind, at, policy))


def due_at(kind: ObligationKind, at: datetime, policy: Policy) -> datetime:
    """24 hours by the wall clock for the justification of an emergency, else working days of the policy's calendar."""
    if kind in BY_THE_WALL_CLOCK:
        return at + timedelta(hours=policy.justification_hours)
    return after_working_days(at, _days(kind, policy), policy.calendar)


def spelled(kind: ObligationKind, policy: Policy) -> str:
    """“24 hours, day and night”, “1 working day”."""
    if kind in BY_THE_WALL_CLOCK:
        return f"{policy.justification_hours:g} hours, day and night"
    days = _days(kind, policy)
    return f"{days:g} working day{'' if days == 1 else 's'}"


def _days(kind: ObligationKind, policy: Policy) -> int:
    return policy.resolution_days if kind == ObligationKind.DENIAL_RESOLUTION else policy.obligation_days
