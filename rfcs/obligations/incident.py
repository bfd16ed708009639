"""The post-incident review of a hotfix: versions that are only ever added, and its acceptance by a commander."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q

from rfcs import actions, clock, events
from rfcs.actions import Action
from rfcs.authority import may_write, not_a_writer
from rfcs.compiled import Place
from rfcs.delivery import outbox
from rfcs.digests import sha256
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, IncidentAcceptance, IncidentReview
from rfcs.notices import Notice
from rfcs.obligations import owing
from rfcs.states import INCIDENT_COMMAND, ObligationKind
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 20_000
COMMANDER = "an incident commander who did not write the review"
TEXTS = {
    "timeline": "Write the timeline: what was seen and done, and when.",
    "cause": "Write what caused the incident.",
    "went_well": "Write what went well; the next incident needs it again.",
}
"""The parts of the review, and what to say when one is missing."""


@dataclass(frozen=True, slots=True)
class Said:
    """A review as it is written."""

    timeline: str
    cause: str
    went_well: str
    actions: tuple[Action, ...]

    @classmethod
    def read(cls, texts: Mapping[str, str], actions: tuple[Action, ...]) -> Said:
        plain = {name: texts.get(name, "").replace("\r\n", "\n").strip() for name in TEXTS}
        return cls(**plain, actions=actions)

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"actions": [action.json() for action in self.actions]}


def to_accept(person: User | Place) -> Q:
    """Of obligations: reviews that are filed and wait for this commander, who wrote none of their versions."""
    filed = IncidentReview.objects.filter(rfc=OuterRef("rfc"))
    return Q(Exists(filed), ~Exists(filed.filter(by=person)), kind=ObligationKind.POST_INCIDENT_REVIEW)


def file(rfc: RFC, *, by: User, said: Said) -> IncidentReview:
    """Add the next version. The same text sent again is the version that is there. Raises Refused with every reason."""
    with attempt("incident_review", actor=by, on=rfc.stream):
        row = locked(rfc)
        reasons = (*(() if may_write(row, by) else (not_a_writer(row),)), *why_not_now(row), *_unfit(said))
        if reasons:
            raise Refused(*reasons)
        last = row.incident_reviews.first()
        return last if last is not None and said_of(last) == said else _append(row, by, said, last)


def said_of(review: IncidentReview) -> Said:
    return Said(review.timeline, review.cause, review.went_well, actions.read(review.actions))


def _append(row: RFC, by: User, said: Said, last: IncidentReview | None) -> IncidentReview:
    at, number, stored = clock.now(), last.number + 1 if last else 1, said.json()
    facts = {"version": number, "content": sha256(stored)}
    event = events.record(row.stream, "incident.filed", actor=by, payload=facts, at=at)
    review = IncidentReview.objects.create(rfc=row, number=number, by=by, at=at, event=event, **stored)
    _tell_commanders(row, review)
    return review


def accept(rfc: RFC, *, by: User, number: int) -> IncidentReview:
    """Accept the version that was read: it is final, and what was owed is met. Raises Refused with every reason."""
    with attempt("incident_acceptance", actor=by, on=rfc.stream):
        row = locked(rfc)
        review = row.incident_reviews.first()
        reasons = (*why_not_accepted_by(row, by), *why_not_now(row), *_why_not_this(review, number))
        if reasons:
            raise Refused(*reasons)
        assert review is not None
        at = clock.now()
        event = events.record(row.stream, "incident.accepted", actor=by, payload={"version": number}, at=at)
        IncidentAcceptance.objects.create(review=review, by=by, at=at, event=event)
        how = f"{display_name(by)} accepted version {number} of the review."
        owing.meet(row, ObligationKind.POST_INCIDENT_REVIEW, by=by, how=how)
    return review


def why_not_now(row: RFC) -> Iterator[Reason]:
    owed = row.obligations.filter(kind=ObligationKind.POST_INCIDENT_REVIEW).first()
    if owed is None:
        message = f"{row.number} owes no post-incident review; an authorised hotfix does."
        yield Reason("nothing_owed", message, field="state")
    elif owed.is_met:
        yield Reason("review_accepted", "The review is accepted; its text is final.", field="state")


def why_not_accepted_by(row: RFC, by: User) -> Iterator[Reason]:
    """Nobody accepts what they wrote, in whichever version."""
    if INCIDENT_COMMAND not in teams_of(by):
        yield forbidden("Only incident commanders accept the review.", who=COMMANDER)
    elif row.incident_reviews.filter(by=by).exists():
        yield forbidden("You wrote a version of this review; another commander accepts it.", who=COMMANDER, code="own")


def _why_not_this(review: IncidentReview | None, number: int) -> Iterator[Reason]:
    if review is None:
        yield Reason("no_review", "There is no review to accept yet.", field="version", who="the owner")
    elif review.number != number:
        message = f"Version {review.number} was filed meanwhile; read it, then accept it."
        yield Reason("review_changed", message, field="version", who="you")


def _unfit(said: Said) -> Iterator[Reason]:
    for name, missing in TEXTS.items():
        text = getattr(said, name)
        if not text:
            yield not_ready(f"{name}_missing", missing, field=name, who="you")
        elif len(text) > LONGEST or unstorable(text):
            message = f"Use text of at most {LONGEST:,} characters."
            yield not_ready("unstorable", message, field=name, who="you")
    if not said.actions:
        message = "Name what follows: at least one action, with an owner and a day."
        yield not_ready("actions_missing", message, field="actions", who="you")
    yield from actions.unfit(said.actions, actions.people_of(said.actions))


def _tell_commanders(row: RFC, review: IncidentReview) -> None:
    """Whoever may accept it: one of them has to."""
    people = get_user_model()._default_manager.filter(groups__name=INCIDENT_COMMAND)
    wrote = row.incident_reviews.values("by")
    outbox.queue_all(
        f"incident:{review.pk}",
        row.seen_by(people.exclude(pk__in=wrote)),
        rfc=row,
        subject=f"{row.number}: the post-incident review waits for a commander: {row.title}",
        text=f"{display_name(review.by)} filed version {review.number}. Read it, and accept it if it is complete.",
        at=review.at,
        kind=Notice.ACTION_ASKED,
    )
