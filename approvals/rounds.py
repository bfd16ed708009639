"""Opening, signing, settling and closing rounds: the only maker of moves into and out of review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from approvals import notices, pausing, replies, signing
from approvals.models import RequiredTeam, Round, Seat, SignOff
from approvals.positions import Outcome, ReplyKind, RoundKind
from approvals.requirements import required_teams
from approvals.standing import Standing, asking_round, latest_round, open_round
from approvals.tally import Verdict
from rfcs import clock, events, lifecycle
from rfcs.case import Case
from rfcs.compiled import Compiled, Place
from rfcs.errors import Reason, Refused
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.models import RFC
from rfcs.obligations import judging, owing
from rfcs.policy import Quorum
from rfcs.states import AUDITORS, AUTHORISERS, Authority, ObligationKind, Track
from rfcs.transitions import TRANSITIONS
from rfcs.working_time import after_working_days

IN_DEBT = 2
"""Members who authorise for a team that owes something overdue."""
OUTCOMES = {"recall": Outcome.RECALLED, "withdraw": Outcome.WITHDRAWN}


def ask(rfc: RFC, name: str, *, by: User, inputs: Mapping[str, str]) -> RFC:
    """A move that leads into or out of review from some state, asked for by a person. Raises Refused with every reason.

    Which way it goes is decided by the locked state: withdrawing an RFC that was approved meanwhile needs no round.
    """
    with attempt(name, actor=by, on=rfc.stream):
        row = locked(rfc)
        if not TRANSITIONS[name].is_made_by_round(row.state):
            return lifecycle.advance(row, name, actor=by, inputs=inputs)
        lifecycle.require(row, name, by, inputs)
        return ASKED[name](row, name, by, inputs)


def sign(
    round_: Round,
    *,
    by: User,
    team: str,
    position: str,
    digest: str,
    rationale: str = "",
    title: str = "",
    until: date | None = None,
    on_behalf_of: str = "",
    authenticated_at: datetime | None,
) -> SignOff:
    """Take a position for a team on what was read, and settle the round.

    `digest` is the material digest that the signer saw; `authenticated_at` when the password was last given; `until`
    the last day of a hold; `on_behalf_of` the user name of whoever lends the seat, when a delegate signs.
    Raises Refused: 401 without fresh authentication, 403 for who may not sign, 409 for a stale digest or a closed
    round, 422 for a missing rationale. The same position sent again returns the row that is there.
    """
    with attempt("sign", actor=by, on=f"rfc:{round_.rfc_id}"):
        row = locked(round_.rfc_id)
        standing = Standing(_reread(round_), Case(row))
        here, said = standing.round, (position, digest, rationale.strip(), title.strip())
        wanted = signing.Wanted(team, *said, authenticated_at, until, on_behalf_of.strip())
        same = signing.already_there(standing, by, wanted)
        if same is not None:
            return same
        enlist(here, row)
        signing.require(standing, by, wanted)
        sign_off = signing.append(standing, by, wanted)
        weigh(here, row, by=by, standing=standing.after(sign_off))
        notices.tell_owner(row, sign_off)
    return sign_off


def _reread(round_: Round) -> Round:
    """Under the RFC's lock: whether it is still open is decided here."""
    row = _round.first(round_.pk)
    assert row is not None, "rounds are never deleted"
    return row


@Compiled
def _round(pk: Place) -> QuerySet[Round]:
    return Round.objects.filter(pk=pk)


@Compiled
def _slugs(round_: Place) -> QuerySet[RequiredTeam, str]:
    return RequiredTeam.objects.filter(round=round_).values_list("slug", flat=True)


def revised(rfc: RFC, *, by: User | None) -> None:
    """A revision was minted while a round is open: ask the teams that it newly needs, then settle.

    Voided sign-offs need no writing: a position counts only while its scope digest equals the current one.
    """
    row = locked(rfc)
    round_ = asking_round(row)
    if round_ is not None:
        enlist(round_, row)
        standing = Standing(round_, Case(row))
        notices.tell_signers(row, standing)
        notices.tell_voided(row, standing)
        weigh(round_, row, by=by)


@transaction.atomic
def settle(rfc: RFC) -> None:
    """Decide what became decidable without a signature: a hold lapsed, somebody left, was deactivated, or took over."""
    row = locked(rfc)
    round_ = asking_round(row)
    if round_ is not None:
        weigh(round_, row, by=None)


def enlist(round_: Round, rfc: RFC) -> bool:
    """Add the teams that the RFC needs now and the round does not ask yet, each with its roster of today.

    True when a team was added.
    """
    policy, asked = rfc.pinned.policy, set(_slugs(round_.pk))
    needed = required_teams(rfc.track, Case(rfc).content, policy, kind=round_.kind)
    new = [slug for slug in needed if slug not in asked]
    for slug in new:
        rule = asdict(_rule(round_, rfc, slug))
        team = RequiredTeam.objects.create(round=round_, slug=slug, **rule)
        facts = {"round": round_.pk, "team": slug, "roster": _seat(team), **rule}
        events.record(rfc.stream, "round.team_asked", actor=None, payload=facts)
    return bool(new)


def _rule(round_: Round, rfc: RFC, slug: str) -> Quorum:
    """The policy's quorum; two members where the team is in debt, as far as two may sign: never impossible."""
    rule = rfc.pinned.policy.quorum(slug)
    if not round_.in_debt:
        return rule
    barred = rfc.contributor_ids() | {rfc.owner_id}
    people = User.objects.filter(groups__name=slug, is_active=True).exclude(pk__in=barred)
    fit = people.exclude(groups__name=AUDITORS).count()
    return replace(rule, minimum=max(rule.minimum, min(IN_DEBT, fit)))


def _seat(team: RequiredTeam) -> list[int]:
    """Give every active member of today a seat; their ids, in order."""
    people = User.objects.filter(groups__name=team.slug, is_active=True).order_by("pk").values_list("pk", flat=True)
    Seat.objects.bulk_create([Seat(team=team, person_id=pk) for pk in people])
    return list(people)


def _open(row: RFC, name: str, by: User, inputs: Mapping[str, str]) -> RFC:
    """`request_review` and `amend`: the RFC moves to review and a round opens, in one transaction."""
    before = latest_round(row) if name == "amend" else None
    row = lifecycle.advance(row, name, actor=by, acting_as=Authority.ROUND, inputs=inputs)
    round_ = _begin(row, RoundKind.REVIEW, by, _due(row), continues=before)
    notices.tell_watchers(row, Standing(round_, Case(row)), name)
    weigh(round_, row, by=by)
    return row


def _authorisation(row: RFC, name: str, by: User, inputs: Mapping[str, str]) -> RFC:
    """`request_authorisation`: one member of the team answers, by the wall clock; two, with a reason, in debt."""
    overdue = list(owing.overdue_of(AUTHORISERS[Track(row.track)]))
    row = lifecycle.advance(row, name, actor=by, acting_as=Authority.ROUND, inputs=inputs)
    due = clock.now() + timedelta(minutes=row.pinned.policy.authorisation_minutes)
    round_ = _begin(row, RoundKind.AUTHORISATION, by, (due, due), in_debt=bool(overdue))
    notices.tell_watchers(row, Standing(round_, Case(row)), name)
    if overdue:
        notices.alert_of_debt(row, round_, overdue)
    weigh(round_, row, by=by)
    return row


def _begin(
    row: RFC,
    kind: RoundKind,
    by: User,
    due: tuple[datetime, datetime],
    *,
    continues: Round | None = None,
    in_debt: bool = False,
) -> Round:
    """A round with its teams and their rosters of today; everybody asked is told."""
    first, decision = due
    round_ = Round.objects.create(
        rfc=row,
        kind=kind,
        continues=continues,
        in_debt=in_debt,
        opened_by=by,
        opened_at=clock.now(),
        first_response_due=first,
        decision_due=decision,
    )
    enlist(round_, row)
    notices.tell_signers(row, Standing(round_, Case(row)))
    return round_


def review_afterwards(row: RFC, *, by: User) -> None:
    """The full justification was filed, perhaps once more: the board reviews what it says now.

    A round that is open goes on; signatures on what changed are void. After a denial nobody is asked again: what is
    left is to roll back, or to bear the risk.
    """
    if asking_round(row) is not None:
        revised(row, by=by)
    elif not Case(row).is_approved_as_is and not owing.is_denied(row):
        before = Round.objects.filter(rfc=row, kind=RoundKind.RETROACTIVE).first()
        weigh(_begin(row, RoundKind.RETROACTIVE, by, _due_afterwards(row), continues=before), row, by=by)


def blocked_afterwards(row: RFC) -> Standing | None:
    """The retroactive round that is open and can decide nothing as it stands; None where there is none."""
    round_ = Round.objects.filter(rfc=row, kind=RoundKind.RETROACTIVE, closed_at=None).first()
    standing = Standing(round_, Case(row)) if round_ else None
    return standing if standing and _is_blocked(standing) else None


def _is_blocked(standing: Standing) -> bool:
    return any(team.tally.is_blocked for team in standing.rows)


def review_again(row: RFC, blocked: Round, *, by: User, note: str) -> None:
    """Another retroactive round takes the blocked one's place, with the board as it is today; positions carry over.

    Raises Refused when that one could decide nothing either.
    """
    _close(blocked, Outcome.RECALLED)
    events.record(row.stream, "retroactive.asked_again", actor=by, payload={"round": blocked.pk, "note": note})
    round_ = _begin(row, RoundKind.RETROACTIVE, by, _due_afterwards(row), continues=blocked)
    standing = Standing(round_, Case(row))
    if _is_blocked(standing):
        stands = "; ".join(team.forecast for team in standing.rows if team.tally.is_blocked)
        message = f"The board of today could not decide either ({stands}); a steward changes its roster first."
        raise Refused(Reason("still_blocked", message, who="a steward"))
    weigh(round_, row, by=by)


def _due_afterwards(row: RFC) -> tuple[datetime, datetime]:
    """The decision when the obligation is due, whenever the justification came; the first response before it."""
    first, decision = _due(row)
    owed = row.obligations.filter(kind=ObligationKind.RETROACTIVE_REVIEW).first()
    decision = owed.due_at if owed else decision
    return min(first, decision), decision


def _due(row: RFC) -> tuple[datetime, datetime]:
    """When a review's first response and its decision are due."""
    at, policy = clock.now(), row.pinned.policy
    first, decision = policy.first_response_days, policy.decision_days
    return after_working_days(at, first, policy.calendar), after_working_days(at, decision, policy.calendar)


def _end(row: RFC, name: str, by: User, inputs: Mapping[str, str]) -> RFC:
    """`recall` and `withdraw` in review: the round closes without a decision."""
    round_ = open_round(row)
    if round_ is None:
        raise Refused(Reason("no_round", f"{row.number} has no open round; an administrator must look at it."))
    _close(round_, OUTCOMES[name])
    return lifecycle.advance(row, name, actor=by, acting_as=Authority.ROUND, inputs=inputs)


ASKED: dict[str, Callable[[RFC, str, User, Mapping[str, str]], RFC]] = {
    "request_review": _open,
    "request_authorisation": _authorisation,
    "amend": _open,
    "recall": _end,
    "withdraw": _end,
}


def weigh(round_: Round, row: RFC, *, by: User | None, standing: Standing | None = None) -> None:
    """What follows from the positions as they stand under the caller's lock: lapses, the clock, a decision."""
    standing = standing or Standing(round_, Case(row))
    _note_lapses(standing)
    pausing.keep(standing)
    if standing.verdict != Verdict.OPEN:
        _decide(round_, row, standing.verdict, by=by)


def _note_lapses(standing: Standing) -> None:
    """Record each hold that ran out, once, and tell its raiser and the owner."""
    for hold in standing.unnoted():
        replies.append(hold, ReplyKind.LAPSE, by=None, text="")
        notices.tell_lapsed(standing, hold)


MOVES = {(RoundKind.AUTHORISATION, Verdict.APPROVE): "authorise"}
"""What a verdict brings about, where it is not the move of its own name."""


def _decide(round_: Round, row: RFC, verdict: Verdict, *, by: User | None) -> None:
    outcome = Outcome.APPROVED if verdict == Verdict.APPROVE else Outcome.REJECTED
    _close(round_, outcome)
    if round_.kind == RoundKind.RETROACTIVE:
        _judge(round_, row, verdict, by=by)
        return
    move = MOVES.get((RoundKind(round_.kind), verdict), verdict.value)
    moved = lifecycle.advance(row, move, actor=by, acting_as=Authority.ROUND, inputs={"round": str(round_.pk)})
    notices.tell_decision(moved, round_)


def _judge(round_: Round, row: RFC, verdict: Verdict, *, by: User | None) -> None:
    """A retroactive round moves nothing: it ratifies what was done, or leaves a choice that somebody has to make."""
    assert round_.closed_at is not None
    judge = judging.ratified if verdict == Verdict.APPROVE else judging.denied
    judge(row, round_.pk, by=by, at=round_.closed_at)
    notices.tell_judgement(row, round_)


def _close(round_: Round, outcome: Outcome) -> None:
    round_.closed_at, round_.outcome, round_.paused_at = clock.now(), outcome, None
    round_.save(update_fields=["closed_at", "outcome", "paused_at"])
