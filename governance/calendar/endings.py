"""Days on which something ends, and what waits for an incident commander: as entries of one person's calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from approvals import reminders
from approvals.standings import standings_of
from governance.calendar.items import MOST, Item
from rfcs.compliance import due as compliance
from rfcs.models import RFC, Obligation
from rfcs.obligations import bearing, incident
from rfcs.policy import ITEM_TEXTS
from rfcs.states import INCIDENT_COMMAND
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.models.record import RFCQuerySet


def endings(person: User) -> Iterator[Item]:
    """The last days of holds, waivers and accepted risks of this person, or of the RFCs that they own."""
    seen = RFC.objects.visible_to(person)
    yield from _holds(person, seen)
    yield from _waivers(person, seen)
    yield from _risks(person, seen)


def _day(name: str, summary: str, text: str, rfc: RFC, path: str, last: date, since: datetime) -> Item:
    """What ends another day is another row, with a name of its own."""
    return Item(name, summary, f"{rfc.number}: {rfc.title}\n{text}", path, last, last, 0, since)


def _holds(person: User, seen: RFCQuerySet) -> Iterator[Item]:
    """As the rounds count them today: not what was cleared, and not what its seat's holder replaced."""
    mine = Q(signer=person) | Q(on_behalf_of=person) | Q(round__rfc__owner=person)
    held = reminders.held().filter(mine, round__rfc__in=seen)
    rfcs = dict(held.values_list("pk", "round__rfc")[:MOST])
    for standing in standings_of(set(rfcs.values())).values():
        rfc = standing.case.rfc
        for hold in (concern.sign_off for concern in standing.concerns if concern.sign_off.pk in rfcs):
            assert hold.until is not None, "a hold has a day"
            text = f"The hold of the {hold.team_name} blocks until this day is over, and then lapses."
            path = f"{rfc.get_absolute_url()}sign-offs/"
            yield _day(f"hold-{hold.pk}", f"Hold on {rfc.number} ends", text, rfc, path, hold.until, hold.at)


def _waivers(person: User, seen: RFCQuerySet) -> Iterator[Item]:
    rows = compliance.standing().filter(Q(granted_by=person) | Q(rfc__owner=person), rfc__in=seen)
    for row in rows.select_related("rfc")[:MOST]:
        text = f"“{ITEM_TEXTS.get(row.slug, row.slug)}” is open again after this day."
        path = f"{row.rfc.get_absolute_url()}checklist/"
        summary = f"Waiver of {row.rfc.number} ends"
        yield _day(f"waiver-{row.pk}", summary, text, row.rfc, path, row.expires_on, row.granted_at)


def _risks(person: User, seen: RFCQuerySet) -> Iterator[Item]:
    for row in bearing.borne().filter(Q(by=person) | Q(rfc__owner=person), rfc__in=seen)[:MOST]:
        text = "Nobody bears the risk after this day: roll back, or bear it anew."
        summary = f"Accepted risk of {row.rfc.number} ends"
        yield _day(f"risk-{row.pk}", summary, text, row.rfc, row.rfc.get_absolute_url(), row.until, row.at)


def acceptances(person: User) -> Iterator[Item]:
    """Reviews of incidents that are filed and wait for a commander who wrote none of their versions."""
    if INCIDENT_COMMAND not in teams_of(person):
        return
    seen = RFC.objects.visible_to(person)
    rows = Obligation.objects.filter(incident.to_accept(person), met_at=None, rfc__in=seen)
    for row in rows.select_related("rfc", "event")[:MOST]:
        yield Item(
            f"incident-{row.pk}",
            f"Due: accept the post-incident review of {row.rfc.number}",
            f"{row.rfc.number}: {row.rfc.title}\nRead the review, and accept it if it is complete.",
            row.rfc.get_absolute_url(),
            row.due_at,
            None,
            0,
            row.event.at,
        )
