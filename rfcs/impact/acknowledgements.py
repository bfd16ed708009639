"""How the acknowledgements of an RFC stand, package by package, and who may answer. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, prefetch_related_objects
from django.db.models.functions import Concat, StrIndex

from rfcs.clock import Now
from rfcs.compiled import Compiled, Place, one_of
from rfcs.errors import Reason, forbidden
from rfcs.impact.owners import catalogued, owned_by, owners_of, with_owners
from rfcs.models import RFC, Acknowledgement, AffectedPackage, OwnerAnswer, Package
from rfcs.states import AUDITORS, Acknowledged, Answer, State, Track
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

ASKING = frozenset({State.ASSESSMENT, State.REVIEW, State.APPROVED})
"""States in which owners answer; once it left assessment, only about what is not settled yet."""
LATE = frozenset({State.IMPLEMENTATION, State.POST_IMPLEMENTATION, State.ROLLED_BACK})
"""States in which owners answer about an emergency: after the fact, once its full justification is filed."""
WHERE_ASKED = Q(state__in=ASKING, track=Track.STANDARD) | Q(state__in=LATE, track=Track.EMERGENCY)
"""Of RFCs: owners answer there now."""
IS_OVER = Q(status=Acknowledged.WAITING, due_at__lt=Now())
"""Of acknowledgements: nobody answered in time, by the database's clock."""

GRAVEST = (Acknowledged.OBJECTED, Acknowledged.WAITING, Acknowledged.LAPSED, Acknowledged.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Objection:
    """One that stands. `is_answered`: a revision was minted since, so that somebody says whether it meets it.

    `names`: who can say so and sees the RFC. The raiser, who may withdraw it, and the package's owners, who may answer
    anew; the raiser alone while they own the package, unless an embargo may be keeping the RFC from them.
    """

    path: str
    raiser: str
    names: tuple[str, ...]
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One affected package: its owners of today and what they said. `row` is None where nobody was asked.

    `path` is that of the package of the catalogue, or the one named where the catalogue has none; `named`: the paths of
    the RFC that meet it.
    `answers`: since they were last asked. `is_over`: the deadline passed without an answer. That decides, whether a
    sweep has recorded it yet or not.
    `hidden`: those of the owners from whom an embargo keeps the RFC. They are not waited for, and where that is all of
    them, nobody is asked, as if the embargo had been there first.
    """

    path: str
    owners: tuple[User, ...] = ()
    row: Acknowledgement | None = None
    answers: tuple[OwnerAnswer, ...] = ()
    is_over: bool = False
    named: tuple[str, ...] = ()
    hidden: frozenset[int] = frozenset()

    @property
    def waited(self) -> tuple[User, ...]:
        """The owners who see the RFC."""
        return tuple(owner for owner in self.owners if owner.pk not in self.hidden)

    @property
    def is_kept(self) -> bool:
        """Whether an embargo that came later keeps it from all who were asked and have not answered."""
        is_waiting = self.row is not None and self.row.status == Acknowledged.WAITING
        return is_waiting and bool(self.owners) and not self.waited

    @property
    def state(self) -> Acknowledged:
        if self.is_kept:
            return Acknowledged.NOBODY
        if self.is_over:
            return Acknowledged.LAPSED
        return Acknowledged(self.row.status) if self.row else Acknowledged.NOBODY

    @property
    def is_settled(self) -> bool:
        return self.state not in {Acknowledged.WAITING, Acknowledged.OBJECTED}

    @property
    def objection(self) -> OwnerAnswer | None:
        """The one that stands."""
        counting = (said for said in reversed(self.answers) if said.answer != Answer.MORE_TIME)
        return next(counting, None) if self.state == Acknowledged.OBJECTED else None

    def is_of(self, asked: Acknowledgement) -> bool:
        """Whether it is the package of this row, which may have several."""
        return self.row is not None and self.row.package_id == asked.package_id

    @property
    def objector(self) -> str:
        return display_name(self.objection.person) if self.objection else ""

    @property
    def names(self) -> str:
        """Of those who are waited for."""
        return ", ".join(display_name(owner) for owner in self.waited) or "nobody"


def standings(rfc: RFC, paths: Iterable[str]) -> tuple[Standing, ...]:
    """One for each package that these paths meet, and for each path that meets none, in the order of the paths.

    A package that was asked about stays as long as a path is at, above or below it. A constant number of queries,
    under embargo one more.
    """
    wanted = tuple(paths)
    said = OwnerAnswer.objects.select_related("person", "revision").defer("revision__content_json")
    asked = rfc.acknowledgements.annotate(is_over=IS_OVER).prefetch_related(Prefetch("answers", said))
    rows: dict[int, list[Standing]] = {}
    for row in asked:
        rows.setdefault(row.package_id, []).append(_standing(row))
    met = catalogued(wanted, also=rows)
    found = [_of(package, named, rows.get(package.pk, ())) for package, named in met.items()]
    found = _without_hidden(rfc, found) if rfc.embargoed else found
    nowhere = set(wanted).difference(*met.values())
    found += [Standing(path, named=(path,)) for path in wanted if path in nowhere]
    places = {path: place for place, path in enumerate(wanted)}
    return tuple(sorted(found, key=lambda standing: places[standing.named[0]]))


def _without_hidden(rfc: RFC, found: Iterable[Standing]) -> list[Standing]:
    """Under embargo: each with the owners who do not see the RFC."""
    rows = list(found)
    people = {owner.pk: owner for standing in rows for owner in standing.owners}
    hidden = frozenset(people) - {person.pk for person in rfc.who_see(people.values())}
    return [replace(standing, hidden=hidden) for standing in rows]


def _standing(row: Acknowledgement) -> Standing:
    said = tuple(said for said in row.answers.all() if said.at >= row.asked_at)
    return Standing(row.path, row=row, answers=said, is_over=row.is_over)  # type: ignore[attr-defined] # annotated


def _of(package: Package, named: tuple[str, ...], asked: Iterable[Standing]) -> Standing:
    """The package's standing; of several rows, from when each path had its own, the one that holds up most."""
    first = min(asked, key=lambda standing: GRAVEST.index(standing.state), default=Standing(package.path))
    return replace(first, path=package.path, owners=owners_of(package), named=named)


def asks(rfc: RFC) -> bool:
    """Whether owners answer about this RFC now."""
    if rfc.track == Track.EMERGENCY:
        return rfc.state in LATE
    return rfc.track == Track.STANDARD and rfc.state in ASKING


def why_not(standing: Standing, rfc: RFC, by: User, answer: str) -> tuple[Reason, ...]:
    """Every reason against this person's giving this answer now."""
    return (*_why_not_by(standing, by, answer), *_why_not_now(standing, rfc, answer))


def possible(standing: Standing, rfc: RFC, by: User) -> tuple[Answer, ...]:
    """The answers that this person may give now."""
    if standing.row is None or AUDITORS in teams_of(by):
        return ()
    return tuple(answer for answer in Answer if not why_not(standing, rfc, by, answer))


def _why_not_by(standing: Standing, by: User, answer: str) -> Iterator[Reason]:
    objection = standing.objection
    if answer == Answer.WITHDRAW and objection is not None:
        if objection.person_id != by.pk:
            raiser = display_name(objection.person)
            message = f"{raiser} raised this objection and withdraws it; another owner answers anew instead."
            yield forbidden(message, who=raiser)
    elif by.pk not in {owner.pk for owner in standing.owners}:
        message = f"Only owners of {standing.path} answer for it: {standing.names}."
        yield forbidden(message, who=standing.names, code="not_an_owner")


def _why_not_now(standing: Standing, rfc: RFC, answer: str) -> Iterator[Reason]:
    row, path, state = standing.row, standing.path, standing.state
    if not asks(rfc) or rfc.revision is None or not standing.named:
        message = f"{rfc.number} asks nobody about {path} while it is in {State(rfc.state).label.lower()}."
        yield Reason("wrong_state", message, field="state")
    elif rfc.state in ASKING - {State.ASSESSMENT} and standing.is_settled:
        message = f"{path} is settled ({state.label.lower()}), and {rfc.number} has moved on."
        yield Reason("settled", message, field="answer")
    elif answer == Answer.WITHDRAW and state != Acknowledged.OBJECTED:
        yield Reason("no_objection", f"No objection to {path} stands.", field="answer")
    elif answer == Answer.MORE_TIME and row is not None and row.extended_at:
        yield Reason("no_more_time", f"More time for {path} was asked for already; answer, please.", field="answer")
    elif answer == Answer.MORE_TIME and state != Acknowledged.WAITING:
        yield Reason("no_more_time", f"More time for {path} is possible only while it waits.", field="answer")


def waiting() -> QuerySet[Acknowledgement]:
    """Rows that wait: unanswered within their time, of a package that the RFC still names, while owners answer."""
    return _unanswered().filter(due_at__gte=Now())


def overdue() -> QuerySet[Acknowledgement]:
    """Such rows whose time is over; the lapse is not recorded yet."""
    return _unanswered().filter(IS_OVER)


def _unanswered() -> QuerySet[Acknowledgement]:
    return _of_now().filter(status=Acknowledged.WAITING)


def _of_now() -> QuerySet[Acknowledgement]:
    """Of a package that the RFC still names, while owners answer."""
    here, deeper = OuterRef("package__path"), StrIndex(F("path"), Concat(OuterRef("package__path"), Value("/")))
    higher = StrIndex(OuterRef("package__path"), Concat(F("path"), Value("/")))
    meets = Q(path=here) | Q(deeper=1) | Q(higher=1)
    named = AffectedPackage.objects.filter(rfc=OuterRef("rfc")).alias(deeper=deeper, higher=higher).filter(meets)
    asking = RFC.objects.filter(WHERE_ASKED, pk=OuterRef("rfc"))
    return Acknowledgement.objects.filter(Exists(named), Exists(asking))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A package of which an answer is waited for: by whom of its owners, nobody where it has none; until when (UTC)."""

    path: str
    owners: tuple[User, ...]
    due_at: datetime


def waiting_of(rfcs: Iterable[RFC]) -> dict[int, list[Waiting]]:
    """What waits for owners, by RFC; a constant number of queries, but for each package under an embargo."""
    found: dict[int, list[Waiting]] = {}
    asking = {rfc.pk: rfc for rfc in rfcs if asks(rfc)}
    rows = _waiting(list(asking)) if asking else []
    for row in within_sight(rows, asking):
        seeing = tuple(asking[row.rfc_id].who_see(owners_of(row.package)))
        found.setdefault(row.rfc_id, []).append(Waiting(row.path, seeing, row.due_at))
    return found


def within_sight(rows: Sequence[Acknowledgement], rfcs: Mapping[int, RFC]) -> list[Acknowledgement]:
    """Those rows that wait for somebody, with their packages' owners: an embargo keeps the RFC from all of the others.

    A package without any owner waits as well, for a steward who names one.
    """
    prefetch_related_objects(rows, Prefetch("package", with_owners()))
    asked = ((row, owners_of(row.package)) for row in rows)
    return [row for row, owners in asked if not owners or rfcs[row.rfc_id].who_see(owners)]


@Compiled
def _waiting(rfcs: Place) -> QuerySet[Acknowledgement]:
    return waiting().filter(one_of("rfc", rfcs))


def asked_of(person: User | Place) -> QuerySet[Acknowledgement]:
    """The waiting rows of packages that this person owns."""
    return waiting().filter(Exists(Package.objects.filter(owned_by(person), pk=OuterRef("package"))))


def to_be_owned() -> frozenset[int]:
    """RFCs on which a steward names an owner of a package: of those who were asked, or who settle an objection, nobody
    is left. A few queries, and some for each objection under embargo."""
    owned = Q(owners__is_active=True) | Q(owner_teams__user__is_active=True)
    ownerless = ~Exists(Package.objects.filter(owned, pk=OuterRef("package")))
    left = ~Exists(get_user_model()._default_manager.filter(pk=OuterRef("raiser"), is_active=True))
    alone = Q(ownerless, left) | Q(rfc__embargoed=True)
    objected = RFC.objects.filter(pk__in=_objected().filter(alone, is_newer=True).values("rfc"))
    found = {
        pk for pk, rows in objections_of(objected).items() if any(row.is_answered and not row.names for row in rows)
    }
    return frozenset(found.union(waiting().filter(ownerless).values_list("rfc", flat=True)))


def _objected() -> Any:
    """Rows on which an objection stands, with `raiser` and whether the text `is_newer` than it."""
    raised = OwnerAnswer.objects.filter(acknowledgement=OuterRef("pk"), answer=Answer.OBJECT).order_by("-id")
    rows = _of_now().filter(status=Acknowledged.OBJECTED).alias(on=Subquery(raised.values("revision")[:1]))
    return rows.annotate(raiser=Subquery(raised.values("person")[:1]), is_newer=~Q(on=F("rfc__revision")))


def objections_of(rfcs: Iterable[RFC]) -> dict[int, list[Objection]]:
    """The objections that stand, by RFC; a constant number of queries, but for each person under an embargo."""
    asking = {rfc.pk: rfc for rfc in rfcs if asks(rfc)}
    rows = _objections(list(asking)) if asking else []
    prefetch_related_objects(rows, Prefetch("package", with_owners()))
    raisers = get_user_model()._default_manager.in_bulk({row.raiser for row in rows}) if rows else {}
    found: dict[int, list[Objection]] = {}
    for row in rows:
        rfc, raiser = asking[row.rfc_id], raisers[row.raiser]
        names = tuple(display_name(person) for person in rfc.who_see(_who_settle(rfc, raiser, owners_of(row.package))))
        found.setdefault(rfc.pk, []).append(Objection(row.package.path, display_name(raiser), names, row.is_newer))
    return found


def _who_settle(rfc: RFC, raiser: User, owners: tuple[User, ...]) -> tuple[User, ...]:
    """As `answered_objections_of` finds them."""
    if not raiser.is_active:
        return owners
    if raiser in owners and not rfc.embargoed:
        return (raiser,)
    return (raiser, *(owner for owner in owners if owner != raiser))


@Compiled
def _objections(rfcs: Place) -> QuerySet[Any]:
    rows: QuerySet[Any] = _objected().filter(one_of("rfc", rfcs))
    return rows


def answered_objections_of(person: Place) -> Any:
    """Rows with an objection to an older revision that this person may settle, as its raiser or as an owner.

    An owner where the raiser's account is closed, or no longer owns the package, or may not see the RFC.
    """
    package = Package.objects.filter(pk=OuterRef("package"))
    owns = Q(owners=OuterRef("raiser")) | Q(owner_teams__user=OuterRef("raiser"))
    active = get_user_model()._default_manager.filter(pk=OuterRef("raiser"), is_active=True)
    alone = Q(Exists(active), Exists(package.filter(owns)), rfc__embargoed=False)
    owned = Exists(package.filter(owned_by(person)))
    return _objected().filter(Q(raiser=person) | (Q(owned) & ~alone), is_newer=True)
