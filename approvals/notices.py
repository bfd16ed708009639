"""What a round tells people: the words, and to whom. The outbox carries them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User

from approvals.models import Reply, Round, SignOff
from approvals.positions import BLOCKING, Outcome, Position, RoundKind, Void
from approvals.standing import Standing
from rfcs import clock
from rfcs.conversation import watching
from rfcs.delivery import outbox
from rfcs.models import RFC, Obligation
from rfcs.notices import Notice
from rfcs.obligations import owing
from rfcs.states import AUTHORISERS, Track, team_name
from rfcs.teams import display_name


def tell_signers(rfc: RFC, standing: Standing) -> None:
    """A round opened, or asks another team: everyone whose position it waits for and who was not told of it yet."""
    round_ = standing.round
    asked = ASKED[RoundKind(round_.kind)]
    subject = f"{rfc.number} waits for your {asked}: {rfc.title}"
    text = f"{display_name(round_.opened_by)} asks for your {asked}. {_due(standing)}"
    text += f" {IN_DEBT}" if round_.in_debt else ""
    at, key = clock.now(), f"round:{round_.pk}:opened"
    kind = Notice.EMERGENCY if round_.kind == RoundKind.AUTHORISATION else Notice.REVIEW_ASKED
    outbox.queue_all(key, standing.awaited(), rfc=rfc, subject=subject, text=text, at=at, kind=kind)
    for delegate, principal in standing.stand_ins():
        more = f"{text}\n\nYou may sign for {display_name(principal)}."
        outbox.queue(key, to=delegate, rfc=rfc, subject=subject, text=more, at=at, kind=kind)


ASKED = {
    RoundKind.REVIEW: "review",
    RoundKind.AUTHORISATION: "authorisation",
    RoundKind.RETROACTIVE: "retroactive review",
}
IN_DEBT = "Your team owes something overdue, so two of you authorise, each with a reason."


def alert_of_debt(rfc: RFC, round_: Round, overdue: Iterable[Obligation]) -> None:
    """A team that owes something overdue is asked to authorise once more: the board hears of it at once."""
    rows = list(overdue)
    owed = "\n".join(
        f"- {row.rfc.number}, {row.get_kind_display()}: due {row.due_at:%A %-d %B, %H:%M} UTC" for row in rows
    )
    team = team_name(rows[0].team)
    subject = f"{rfc.number} asks the {team} to authorise, which owes something overdue"
    text = f"Two of its members have to authorise, each with a reason. Overdue:\n{owed}"
    key, at = f"round:{round_.pk}:debt", round_.opened_at
    owing.alert_board(rfc, key, subject=subject, text=text, at=at)


def tell_watchers(rfc: RFC, standing: Standing, move: str) -> None:
    """A round opened: who watches the RFC or a team that it asks, and is not asked themselves."""
    round_, asked = standing.round, standing.awaited()
    watching.tell_move(rfc, move, by=round_.opened_by, at=round_.opened_at, besides=asked)
    teams = [(row.slug, row.name) for row in standing.rows]
    watching.tell_team_asked(rfc, teams, key=f"round:{round_.pk}:team", besides=asked)


def tell_voided(rfc: RFC, standing: Standing) -> None:
    """A revision changed what somebody had signed: the signature is void, and the signer is asked again."""
    number = rfc.revision.number if rfc.revision else 0
    subject = f"{rfc.number} changed after you signed: {rfc.title}"
    awaited = {person.pk for person in standing.awaited()}
    void = [voice.sign_off for row in standing.rows for voice in row.voices if voice.void == Void.STALE]
    delegates = {principal.pk: delegate for delegate, principal in standing.stand_ins()}
    for signed in (signed for signed in void if signed.holder_id in awaited):
        text = (
            f"Revision {number} changes what you signed as revision {signed.revision.number}. Read it and sign again."
        )
        people = {standing.people[signed.holder_id], delegates.get(signed.holder_id, standing.people[signed.holder_id])}
        kind, at = Notice.SIGN_OFF_VOIDED, clock.now()
        outbox.queue_all(f"voided:{signed.pk}", people, rfc=rfc, subject=subject, text=text, at=at, kind=kind)


def tell_owner(rfc: RFC, sign_off: SignOff) -> None:
    """A position other than approve: the owner should read the rationale."""
    if sign_off.position == Position.APPROVE:
        return
    who = sign_off.signed_by
    subject = f"{rfc.number}: {who} took the position “{Position(sign_off.position).label}”"
    text = f"{who} for the {sign_off.team_name}:\n\n{sign_off.title}\n{sign_off.rationale}"
    kind, at = Notice.ACTION_ASKED if sign_off.position in BLOCKING else Notice.POSITION, sign_off.at
    outbox.queue(f"sign-off:{sign_off.pk}", to=rfc.owner, rfc=rfc, subject=subject, text=text, at=at, kind=kind)


def tell_answered(rfc: RFC, reply: Reply) -> None:
    """The owner answered a concern: its raiser, who clears it or says what is missing."""
    assert reply.by is not None
    subject = f"{rfc.number}: your concern is answered"
    text = f"{display_name(reply.by)} answers “{_name_of(reply.sign_off)}”:\n\n{reply.text}"
    text += "\n\nTake another position to clear the concern, or say what is still missing."
    outbox.queue(
        f"reply:{reply.pk}",
        to=reply.sign_off.signer,
        rfc=rfc,
        subject=subject,
        text=text,
        at=reply.at,
        kind=Notice.ACTION_ASKED,
    )


def tell_overridden(rfc: RFC, reply: Reply) -> None:
    """A lead overrode a concern: its raiser and the owner."""
    assert reply.by is not None
    concern, lead = reply.sign_off, display_name(reply.by)
    subject = f"{rfc.number}: {lead} overrode the concern “{_name_of(concern)}”"
    text = f"{lead} leads the {concern.team_name} and overrode the concern of {display_name(concern.signer)}:"
    text += f"\n\n{reply.text}"
    for person in {concern.signer, rfc.owner}:
        outbox.queue(
            f"reply:{reply.pk}", to=person, rfc=rfc, subject=subject, text=text, at=reply.at, kind=Notice.POSITION
        )


def tell_lapsed(standing: Standing, hold: SignOff) -> None:
    """A hold ran out: its raiser, who may take a position, and the owner."""
    rfc = standing.case.rfc
    subject = f"{rfc.number}: the hold of {display_name(hold.signer)} ran out"
    text = f"The hold for the {hold.team_name} asked for time until {hold.until:%A %-d %B %Y} and blocks no more."
    for person in {hold.signer, rfc.owner}:
        outbox.queue(
            f"hold:{hold.pk}:lapsed",
            to=person,
            rfc=rfc,
            subject=subject,
            text=text,
            at=clock.now(),
            kind=Notice.POSITION,
        )


def _name_of(concern: SignOff) -> str:
    return concern.title or Position(concern.position).label


def tell_judgement(rfc: RFC, round_: Round) -> None:
    """The board ratified or denied an emergency: its owner and the team that authorised it."""
    assert round_.closed_at is not None
    is_ratified = round_.outcome == Outcome.APPROVED
    subject = f"{rfc.number} was {round_.result} by the board: {rfc.title}"
    text = "The retroactive review is done." if is_ratified else DENIED
    members = User.objects.filter(groups__name=AUTHORISERS[Track(rfc.track)])
    people = {rfc.owner, *rfc.seen_by(members)}
    kind, at = Notice.DECISION if is_ratified else Notice.EMERGENCY, round_.closed_at
    outbox.queue_all(f"round:{round_.pk}:judged", people, rfc=rfc, subject=subject, text=text, at=at, kind=kind)


DENIED = "Within one working day: roll it back, or find a member of the board who accepts the risk until a day."


def tell_decision(rfc: RFC, round_: Round) -> None:
    """The round decided: its owner."""
    subject = f"{rfc.number} is {round_.result}: {rfc.title}"
    text = f"The {ASKED[RoundKind(round_.kind)]} round of {rfc.number} is closed: {round_.result}."
    assert round_.closed_at is not None
    kind, at = Notice.DECISION, round_.closed_at
    outbox.queue(f"round:{round_.pk}:decided", to=rfc.owner, rfc=rfc, subject=subject, text=text, at=at, kind=kind)


def _due(standing: Standing) -> str:
    """What the page counts down to: the first response while there is none, then the decision."""
    round_ = standing.round
    first, decision = (f"{at:%A %-d %B %Y, %H:%M} UTC" for at in (round_.first_response_due, round_.decision_due))
    if standing.has_response or first == decision:
        return f"The decision is due {decision}."
    return f"A first response is due {first}, the decision {decision}."
