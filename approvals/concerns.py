"""What becomes of a concern: its owner answers it, or the lead of the team overrides it with a reason.

Its raiser clears it by taking another position (rounds.sign); a hold lapses by the clock (rounds.weigh).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from approvals import notices, replies, rounds, signing
from approvals.models import Reply, SignOff
from approvals.positions import Position, ReplyKind
from approvals.standing import Standing, asking_round
from rfcs import authority
from rfcs.case import Case
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.models import RFC
from rfcs.states import Authority, team_name
from rfcs.teams import display_name, is_lead

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def answer(concern: SignOff, *, by: User, text: str) -> Reply:
    """The owner's words to a concern; the round's clock goes on when no other one waits.

    A steward's, once the owner's account is closed. Raises Refused: 403 for anybody else, 409 for a concern that blocks
    no more, 422 without words. The same words sent again return the answer that is there.
    """
    text = text.strip()
    with attempt("answer", actor=by, on=f"rfc:{concern.round.rfc_id}"):
        row = locked(concern.round.rfc_id)
        last = concern.replies.filter(kind=ReplyKind.ANSWER, by=by).last()
        if last is not None and last.text == text:
            return last
        _require(*why_not_answered_by(row, concern, by), *_not_open(row, concern), *_wordless(text, "answer"))
        reply = replies.append(concern, ReplyKind.ANSWER, by=by, text=text)
        notices.tell_answered(row, reply)
        _weigh(row, by)
    return reply


def override(concern: SignOff, *, by: User, reason: str, authenticated_at: datetime | None) -> Reply:
    """The lead of the concern's team decides that it blocks no more; its raiser and the owner are told.

    Raises Refused: 401 without fresh authentication, 403 for anybody but a lead who neither wrote nor owns the RFC nor
    raised it nor recused, 409 for what blocks no more, 422 for a hold or without a reason. The same again returns the
    row that is there.
    """
    reason = reason.strip()
    with attempt("override", actor=by, on=f"rfc:{concern.round.rfc_id}"):
        row = locked(concern.round.rfc_id)
        same = concern.replies.filter(kind=ReplyKind.OVERRIDE, by=by).first()
        if same is not None and same.text == reason:
            return same
        _require(
            *signing.not_fresh(Case(row), authenticated_at),
            *why_not_overridden_by(row, concern, by),
            *_not_open(row, concern),
            *_wordless(reason, "reason"),
        )
        reply = replies.append(concern, ReplyKind.OVERRIDE, by=by, text=reason)
        notices.tell_overridden(row, reply)
        _weigh(row, by)
    return reply


def why_not_overridden_by(rfc: RFC, concern: SignOff, by: User) -> tuple[Reason, ...]:
    """Every reason why this person does not override this concern."""
    return tuple(_why_not_overridden_by(rfc, concern, by))


def _why_not_overridden_by(rfc: RFC, concern: SignOff, by: User) -> Iterator[Reason]:
    name = team_name(concern.team)
    if not is_lead(by, concern.team):
        yield forbidden(f"Only a lead of the {name} overrides a concern.", code="no_lead", who=f"a lead of the {name}")
    if by.pk == rfc.owner_id or by.pk in rfc.contributor_ids():
        message = f"You wrote or own {rfc.number}; nobody overrides a concern about their own RFC."
        yield forbidden(message, code="contributor", who=f"another lead of the {name}")
    if by.pk in (concern.signer_id, concern.on_behalf_of_id):
        message = "You raised this concern, or it was raised for you; clear it by taking another position."
        yield forbidden(message, code="own_concern", who="you")
    last = SignOff.objects.filter(round__rfc=rfc, signer=by).order_by("-id").first()
    if last is not None and last.position == Position.RECUSE:
        yield forbidden("You recused yourself from this RFC.", code="recused", who=f"another lead of the {name}")
    if concern.position != Position.DISCUSS:
        message = "Only a “Discuss” can be overridden; a hold lapses on its date."
        yield not_ready("not_overridable", message, field="position", who="the clock")


def why_not_answered_by(rfc: RFC, concern: SignOff, by: User) -> Iterator[Reason]:
    """Every reason why this person does not answer this concern."""
    if by.pk == rfc.owner_id:
        return
    owner = display_name(rfc.owner)
    if not authority.succeeds(rfc, by):
        who = owner if rfc.owner.is_active else str(Authority.SUCCESSOR.label)
        yield forbidden(f"The owner of {rfc.number}, {owner}, answers its concerns.", code="not_owner", who=who)
    elif by.pk in (concern.signer_id, concern.on_behalf_of_id):
        message = "You raised this concern, or it was raised for you; another steward answers it."
        yield forbidden(message, code="own_concern", who="another steward")


def _not_open(rfc: RFC, concern: SignOff) -> Iterator[Reason]:
    round_ = asking_round(rfc)
    blocking = Standing(round_, Case(rfc)).concerns if round_ else ()
    if all(found.sign_off.pk != concern.pk for found in blocking):
        yield Reason("concern_closed", "This concern blocks no more; nothing is left to do here.", field="state")


def _wordless(text: str, field: str) -> Iterator[Reason]:
    if not text:
        yield not_ready(f"{field}_missing", f"Write the {field}; it is kept in the record.", field=field, who="you")
    yield from signing.unfit_text(text, field=field)


def _require(*reasons: Reason) -> None:
    if reasons:
        raise Refused(*reasons)


def _weigh(row: RFC, by: User) -> None:
    round_ = asking_round(row)
    assert round_ is not None  # the concern blocks, so its round is open
    rounds.weigh(round_, row, by=by)
