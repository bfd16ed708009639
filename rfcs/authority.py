"""Who holds which authority on an RFC: from ownership and auth groups, nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from rfcs.errors import Reason, Refused, forbidden
from rfcs.states import STEWARDS, Authority
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.models import RFC


def holds(authority: Authority, rfc: RFC, user: User) -> bool:
    """Whether this active person holds it; ROUND and CLOCK are held by no person."""
    if not user.is_active:
        return False
    if authority == Authority.OWNER:
        return rfc.owner_id == user.pk
    if authority == Authority.SUCCESSOR:
        return succeeds(rfc, user)
    return authority.team is not None and authority.team in teams_of(user)


def holds_any(authorities: Iterable[Authority], rfc: RFC, user: User) -> bool:
    return any(holds(authority, rfc, user) for authority in authorities)


def spelled(authorities: Iterable[Authority]) -> str:
    """“the owner or a steward”."""
    names = [str(authority.label) for authority in authorities]
    return " or ".join(", ".join(names).rsplit(", ", 1)) if names else "nobody by hand"


def may_write(rfc: RFC, user: User) -> bool:
    """The owner and the co-authors whom the owner invited."""
    return user.is_active and (rfc.owner_id == user.pk or user.pk in rfc.editor_ids())


def succeeds(rfc: RFC, user: User) -> bool:
    """Whether this steward acts for an owner whose account is closed."""
    return not rfc.owner.is_active and user.is_active and STEWARDS in teams_of(user)


def stewards(rfc: RFC) -> tuple[User, ...]:
    """The stewards who see the RFC; they act for an owner whose account is closed."""
    members = get_user_model()._default_manager.filter(groups__name=STEWARDS, is_active=True)
    return tuple(rfc.seen_by(members))


def parties(rfc: RFC) -> frozenset[int]:
    """Whose own work it is: the owner, co-authors, all who made a revision. They judge nothing of it."""
    return rfc.contributor_ids() | {rfc.owner_id} | frozenset(rfc.editors.values_list("pk", flat=True))


def require_writer(rfc: RFC, user: User) -> None:
    if not may_write(rfc, user):
        raise Refused(not_a_writer(rfc))


def not_a_writer(rfc: RFC) -> Reason:
    owner = rfc.owner.get_full_name() or rfc.owner.get_username()
    return forbidden(f"Only the owner, {owner}, and co-authors whom the owner invited edit {rfc.number}.", who=owner)
