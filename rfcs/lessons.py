"""What is learnt from a rollback: opened by the move, written by the owner, kept in versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from rfcs import actions, clock, events
from rfcs.actions import Action
from rfcs.authority import may_write
from rfcs.compiled import Compiled, Place, one_of
from rfcs.delivery import outbox
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, AffectedPackage, Lesson, LessonVersion
from rfcs.notices import Notice
from rfcs.states import STEWARDS
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 20_000
"""Characters of each text."""
MOST_SHOWN = 5
TEXTS = {
    "happened": "Say what happened.",
    "missed": "Say why the process did not catch it.",
    "changes": "Say what changes from now on.",
}


def write(rfc: RFC, *, by: User, texts: Mapping[str, str], wanted: tuple[Action, ...], version: int) -> LessonVersion:
    """Write the lesson, or a new version of it; `version` is the number that was read, 0 for none.

    Raises Refused: 403 for who neither writes the RFC nor is a steward, 409 before a rollback or when somebody wrote
    meanwhile, 422 for what is missing. The same again returns the version that is there.
    """
    said = {name: texts.get(name, "").strip() for name in TEXTS}
    with attempt("write_lesson", actor=by, on=rfc.stream):
        row = locked(rfc)
        lesson = Lesson.objects.filter(rfc=row).first()
        last = latest(lesson)
        people, facts = actions.people_of(wanted), {**said, "actions": [action.json() for action in wanted]}
        if last is not None and last.by_id == by.pk and last.said == facts:
            return last
        reasons = (*_why_not_by(row, by), *_not_now(row, lesson, last, version), *_unfit(said, wanted, people))
        if reasons or lesson is None:
            raise Refused(*reasons)
        written = _append(lesson, row, by, facts, (last.number if last else 0) + 1)
        _tell(row, written, people, known=last.actions if last else [])
    return written


def latest(lesson: Lesson | None) -> LessonVersion | None:
    return lesson.versions.select_related("by").last() if lesson else None


def open_of(rfcs: Iterable[int]) -> frozenset[int]:
    """Which of these RFCs have a lesson that nobody has written yet."""
    return frozenset(_open(list(rfcs)))


@Compiled
def _open(rfcs: Place) -> QuerySet[Lesson, int]:
    return Lesson.objects.filter(one_of("rfc", rfcs), written_at=None).values_list("rfc", flat=True)


def unwritten_by(person: User | Place) -> QuerySet[Lesson]:
    """Lessons that this person owes, to filter RFCs by."""
    return Lesson.objects.filter(written_at=None, rfc__owner=person)


def about(rfc: RFC, paths: Iterable[str], user: User) -> list[Lesson]:
    """Lessons of other RFCs that touched one of these packages, the latest first, as far as this person sees them."""
    touched = AffectedPackage.objects.filter(rfc=OuterRef("rfc"), path__in=list(paths))
    seen = RFC.objects.visible_to(user).filter(pk=OuterRef("rfc"))
    rows = Lesson.objects.filter(Exists(touched), Exists(seen), written_at__isnull=False).exclude(rfc=rfc)
    versions = Prefetch("versions", LessonVersion.objects.order_by("number"))
    return list(rows.select_related("rfc").prefetch_related(versions).order_by("-written_at")[:MOST_SHOWN])


def why_not_by(rfc: RFC, by: User) -> tuple[Reason, ...]:
    """Every reason why this person does not write it."""
    return tuple(_why_not_by(rfc, by))


def _why_not_by(rfc: RFC, by: User) -> Iterator[Reason]:
    if not may_write(rfc, by) and STEWARDS not in teams_of(by):
        owner = display_name(rfc.owner)
        message = f"Only the owner, {owner}, co-authors and stewards write the lesson of {rfc.number}."
        yield forbidden(message, who=owner)


def _not_now(rfc: RFC, lesson: Lesson | None, last: LessonVersion | None, version: int) -> Iterator[Reason]:
    if lesson is None:
        yield Reason("no_lesson", f"{rfc.number} was not rolled back, so it has no lesson.", field="state")
    elif version != (last.number if last else 0):
        who = display_name(last.by) if last else "nobody"
        message = f"{who} wrote version {last.number if last else 0} meanwhile; read it, then save yours on top of it."
        yield Reason("stale_version", message, field="version", who="you")


def _unfit(said: Mapping[str, str], wanted: tuple[Action, ...], people: Mapping[str, User]) -> Iterator[Reason]:
    for name, missing in TEXTS.items():
        if not said[name]:
            yield not_ready(f"{name}_missing", missing, field=name, who="you")
        if len(said[name]) > LONGEST or unstorable(said[name]):
            message = f"Use text of at most {LONGEST:,} characters."
            yield not_ready("unstorable", message, field=name, who="you")
    yield from actions.unfit(wanted, people)


def _append(lesson: Lesson, rfc: RFC, by: User, facts: Mapping[str, object], number: int) -> LessonVersion:
    at = clock.now()
    payload = {"version": number, **facts}
    event = events.record(rfc.stream, "lesson.written", actor=by, payload=payload, at=at)
    row = LessonVersion(lesson=lesson, number=number, by=by, at=at, event=event, **facts)
    row.save(force_insert=True)
    if lesson.written_at is None:
        lesson.written_at = at
        lesson.save(update_fields=["written_at"])
    return row


def _tell(rfc: RFC, written: LessonVersion, people: Mapping[str, User], *, known: Sequence[object]) -> None:
    """Whoever has an action that no version before gave them."""
    new = [action for action in written.actions if action not in known]
    for person in {people[action["owner"]] for action in new} - {written.by}:
        mine = [f"- {action['what']} (by {action['due']})" for action in new if people[action["owner"]] == person]
        subject = f"{rfc.number}: you have an action of its lesson"
        text = f"{display_name(written.by)} wrote what was learnt from rolling it back, and asks you:\n\n"
        key = f"lesson:{written.pk}:action"
        outbox.queue(
            key,
            to=person,
            rfc=rfc,
            subject=subject,
            text=text + "\n".join(mine),
            at=written.at,
            kind=Notice.ACTION_ASKED,
            path=rfc.lesson_url,
        )
