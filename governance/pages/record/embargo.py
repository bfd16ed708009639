"""The embargo on the RFC page: that it is on and until when, and the forms of those who may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rfcs.embargo import end_of
from rfcs.models import RFC, Embargo
from rfcs.states import AUDITORS, SECURITY
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def parts(rfc: RFC, user: User) -> dict[str, Any]:
    """What the frame shows this person, who sees the RFC."""
    teams = teams_of(user)
    is_security, reads_only = SECURITY in teams, AUDITORS in teams
    may_impose = not rfc.embargoed and (is_security or rfc.owner_id == user.pk) and not reads_only
    return {
        "is_on": rfc.embargoed,
        "ends_at": end_of(rfc),
        "days": rfc.pinned.policy.embargo_days,
        "may_lift": rfc.embargoed and is_security and not reads_only,
        "may_impose": may_impose and not _was_lifted(rfc),
    }


def _was_lifted(rfc: RFC) -> bool:
    return Embargo.objects.filter(rfc=rfc, lifted_at__isnull=False).exists()
