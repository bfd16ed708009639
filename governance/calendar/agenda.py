"""What stands in one person's calendar: their deadlines, what ends, the windows that concern them, and freezes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Prefetch, Q

from approvals.models import Round, Seat, SignOff
from approvals.standing import DECIDING
from governance.calendar import endings
from governance.calendar.items import MOST, Item
from governance.calendar.reading import freezes_in, phases_of, with_timeline
from rfcs.digests import sha256
from rfcs.impact.acknowledgements import asked_of
from rfcs.impact.clashes import ON_THE_WAY
from rfcs.impact.owners import near, owned_by
from rfcs.models import (
    RFC,
    Acknowledgement,
    AffectedPackage,
    Contribution,
    Obligation,
    Package,
    PolicyVersion,
    Revision,
    Watch,
    Watched,
)
from rfcs.models.record import RFCQuerySet
from rfcs.states import ObligationKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BACK, AHEAD = timedelta(days=31), timedelta(days=366)


def agenda(person: User, today: date) -> tuple[Item, ...]:
    """In the order of their names; a constant number of queries."""
    items = (*_signatures(person), *_acknowledgements(person), *_obligations(person))
    days = (*_windows(person, today), *_freezes(today))
    ends = (*endings.endings(person), *endings.acceptances(person))
    return tuple(sorted((*items, *days, *ends), key=lambda item: item.name))


def _moved(since: datetime, due: datetime) -> int:
    """A due time only ever moves later, so the minutes given grow with every change."""
    return max(0, int((due - since).total_seconds() // 60))


# Deadlines --------------------------------------------------------------------------------------------------


def _signatures(person: User) -> Iterator[Item]:
    """Open rounds that wait for this person's position; one that stands still is due at no time."""
    seats = Seat.objects.filter(team__round=OuterRef("pk"), person=person)
    said = SignOff.objects.filter(round=OuterRef("pk"), signer=person)
    rounds = Round.objects.filter(Exists(seats), ~Exists(said), closed_at=None, paused_at=None, kind__in=DECIDING)
    seen = RFC.objects.visible_to(person).exclude(owner=person)
    for row in rounds.filter(rfc__in=seen).select_related("rfc")[:MOST]:
        rfc, due = row.rfc, row.decision_due
        yield Item(
            f"round-{row.pk}-decision",
            f"Due: your position on {rfc.number}",
            f"{rfc.number}: {rfc.title}\nThe decision is due. Take a position, or say that you recuse.",
            f"{rfc.get_absolute_url()}sign-offs/",
            due,
            None,
            _moved(row.opened_at, due),
            row.opened_at,
        )


def _acknowledgements(person: User) -> Iterator[Item]:
    seen = RFC.objects.visible_to(person)
    for row in asked_of(person).filter(rfc__in=seen).select_related("rfc").distinct()[:MOST]:
        yield Item(
            f"acknowledgement-{row.pk}",
            f"Due: acknowledge {row.path} in {row.rfc.number}",
            f"{row.rfc.number}: {row.rfc.title}\nAcknowledge, object, or ask for time.",
            row.rfc.impact_url,
            row.due_at,
            None,
            _moved(row.asked_at, row.due_at),
            row.extended_at or row.asked_at,
        )


def _obligations(person: User) -> Iterator[Item]:
    """What this person's RFCs owe, and what a team of theirs does."""
    mine = Q(rfc__owner=person, owed_by="") | Q(owed_by__in=person.groups.values("name"))
    seen = RFC.objects.visible_to(person)
    for row in Obligation.objects.filter(mine, met_at=None, rfc__in=seen).select_related("rfc", "event")[:MOST]:
        label = ObligationKind(row.kind).label
        yield Item(
            f"obligation-{row.pk}",
            f"Due: {label[0].lower()}{label[1:]} of {row.rfc.number}",
            f"{row.rfc.number}: {row.rfc.title}",
            row.rfc.get_absolute_url(),
            row.due_at,
            None,
            0,
            row.event.at,
        )


# Windows ----------------------------------------------------------------------------------------------------


def _windows(person: User, today: date) -> Iterator[Item]:
    """The phases of each RFC on its way that this person writes, owns a package of, or watches."""
    rows = RFC.objects.visible_to(person).filter(_concerns(person), state__in=ON_THE_WAY)
    minted = Prefetch("revision", Revision.objects.only("number", "made_at"))
    rfcs: RFCQuerySet = rows.meeting(today - BACK, today + AHEAD).order_by("window_start", "id")
    for rfc in with_timeline(rfcs).prefetch_related(minted)[:MOST]:
        assert rfc.revision is not None, "what is on its way has a revision"
        for phase in phases_of(rfc):
            yield Item(
                f"{rfc.number.lower()}-{phase.name}",
                f"{rfc.number} {phase.name}: {rfc.title}",
                f"{rfc.get_state_display()}.",
                rfc.impact_url,
                phase.first,
                phase.last,
                rfc.revision.number,
                rfc.revision.made_at,
            )


def _concerns(person: User) -> Q:
    wrote = Contribution.objects.filter(rfc=OuterRef("pk"), person=person)
    edits = RFC.editors.through._default_manager.filter(rfc=OuterRef("pk"), user=person)
    owns = Acknowledgement.objects.filter(rfc=OuterRef("pk"), package__in=Package.objects.filter(owned_by(person)))
    watches = Watch.objects.filter(person=person, muted=False)
    numbers = [int(key) for key in watches.filter(kind=Watched.RFC).values_list("key", flat=True)]
    paths = list(watches.filter(kind=Watched.PACKAGE).values_list("key", flat=True))
    told = Q(owner=person) | Q(author=person) | Q(pk__in=numbers)
    met = near(frozenset(paths))
    named = Exists(AffectedPackage.objects.filter(met, rfc=OuterRef("pk"))) if paths else Q(pk__in=())
    return told | Exists(wrote) | Exists(edits) | Exists(owns) | Q(named)


def _freezes(today: date) -> Iterator[Item]:
    version = PolicyVersion.current()
    for freeze in freezes_in(today - BACK, today + AHEAD):
        where = ", ".join(freeze.paths) or "all packages"
        yield Item(
            f"freeze-{sha256(freeze.key)[:16]}",
            f"Freeze: {freeze.name}",
            f"No implementation starts below {where}, unless a steward lets an RFC start in spite of it.",
            "/calendar/",
            freeze.first,
            freeze.last,
            version.version,
            version.in_force_from,
        )
