"""What emergencies, hotfixes and rollbacks leave cannot be rewritten unseen: `verify_audit` names each change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django.plugin import DjangoDbBlocker

from rfcs import clock
from rfcs.models import RFC, Event, IncidentAcceptance, IncidentReview, Outage, RiskAcceptance
from rfcs.obligations import accepting, incident
from rfcs.outages import recording
from rfcs.outages.telling import Said
from tests import factories as f
from tests.shared import taken_back
from tests.trust.test_tampering import everything, sql, superuser

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def aftermath(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[RFC]:
    """A hotfix with an accepted review and a corrected outage; beside it a denied emergency whose risk is borne."""
    with taken_back(django_db_blocker):
        yield make_aftermath()


def make_aftermath() -> RFC:
    with f.on(2026, 1, 1):
        denied, rfc = f.reject(f.file_full(f.short_in("implementation"))), f.short_in("implementation", "hotfix")
    bearer = f.person("bea", "architecture")
    accepting.accept(denied, by=bearer, reason="It is known.", until=f.today() + timedelta(days=9))
    review = incident.file(rfc, by=rfc.owner, said=f.said_of_incident())
    incident.accept(rfc, by=f.person(None, "incident_command"), number=review.number)
    for row in (denied, rfc):
        said = Said("2026-01-01T02:10", "2026-01-01T03:00", "ünïcode “too”")
        first = recording.record(row, by=row.owner, said=said)
        late = Said("2026-01-01T02:10", "2026-01-01T04:00", "Longer")
        second = recording.record(row, by=row.owner, said=late, corrects=first.pk)
        recording.record(row, by=row.owner, said=Said(note="A test"), corrects=second.pk, retracted=True)
    f.move(rfc, "roll_back", outage_start="2026-01-02T02:10", revert_commit="abcdef1")
    return f.again(rfc)


def test_an_aftermath_that_nobody_touched_is_sound(aftermath: RFC) -> None:
    tables = (Outage, IncidentReview, IncidentAcceptance, RiskAcceptance)

    assert [table.objects.count() for table in tables] == [7, 1, 1, 1]
    assert everything() == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE rfcs_riskacceptance SET reason = 'Trust me.'", "risk_acceptance"),
        ("UPDATE rfcs_riskacceptance SET until = until + 90", "risk_acceptance"),
        ("UPDATE rfcs_riskacceptance SET by_id = (SELECT min(id) FROM auth_user)", "risk_acceptance"),
        ("UPDATE rfcs_riskacceptance SET at = at + interval '1 hour'", "risk_acceptance"),
        ("UPDATE rfcs_riskacceptance SET rfc_id = (SELECT max(id) FROM rfcs_rfc)", "risk_acceptance"),
        ("DELETE FROM rfcs_riskacceptance", "risk_acceptance_missing"),
        ("UPDATE rfcs_incidentreview SET cause = 'The weather'", "incident_review_altered"),
        ("UPDATE rfcs_incidentreview SET actions = '[]'", "incident_review_altered"),
        ("UPDATE rfcs_incidentreview SET by_id = (SELECT min(id) FROM auth_user)", "incident_review"),
        ("UPDATE rfcs_incidentreview SET number = 7", "incident_review"),
        ("UPDATE rfcs_incidentreview SET rfc_id = (SELECT min(id) FROM rfcs_rfc)", "incident_review"),
        ("DELETE FROM rfcs_incidentreview", "incident_review_missing"),
        ("UPDATE rfcs_incidentacceptance SET by_id = (SELECT min(id) FROM auth_user)", "incident_acceptance"),
        ("UPDATE rfcs_incidentacceptance SET at = at - interval '1 day'", "incident_acceptance"),
        ("DELETE FROM rfcs_incidentacceptance", "incident_acceptance_missing"),
        ("UPDATE rfcs_outage SET ended_at = started_at + interval '1 minute' WHERE id = %s", "outage"),
        ("UPDATE rfcs_outage SET started_at = started_at + interval '1 minute' WHERE id = %s", "outage"),
        ("UPDATE rfcs_outage SET note = 'Nothing' WHERE id = %s", "outage"),
        ("UPDATE rfcs_outage SET retracted = false WHERE retracted", "outage"),
        ("UPDATE rfcs_outage SET by_id = (SELECT max(id) FROM auth_user) WHERE id = %s", "outage"),
        ("UPDATE rfcs_outage SET at = at - interval '1 day' WHERE id = %s", "outage"),
        ("UPDATE rfcs_outage SET rfc_id = (SELECT min(id) FROM rfcs_rfc) WHERE id = %s", "outage"),
        (
            "UPDATE rfcs_outage SET corrects_id = (SELECT min(id) FROM rfcs_outage WHERE retracted) WHERE id = %s",
            "outage",
        ),
        ("DELETE FROM rfcs_outage WHERE id = %s", "outage_missing"),
    ],
)
def test_each_change_of_it_is_named(aftermath: RFC, statement: str, code: str) -> None:
    last = Outage.objects.filter(rfc=aftermath, corrects=None, ended_at=None).get()

    with superuser():
        sql(statement, *([last.pk] if "%s" in statement else []))
        found = everything()

    assert code in {finding.code for finding in found}


def test_the_outage_of_a_rollback_of_before_is_held_against_its_move(aftermath: RFC) -> None:
    """Outages had no event of their own once: the move said the times."""
    last = Outage.objects.get(rfc=aftermath, corrects=None, ended_at=None)
    moved = Event.objects.get(stream=aftermath.stream, kind="move.roll_back")

    def found() -> set[str]:
        return {finding.code for finding in everything() if finding.place.startswith(aftermath.number)}

    with superuser():
        payload = moved.payload | {"outage_start": "2026-01-02T02:10"}
        Event.objects.filter(pk=moved.pk).update(payload=payload)
        Event.objects.filter(pk=last.event_id).update(kind="anything")
        Outage.objects.filter(pk=last.pk).update(event=moved)
        sound = found()
        Outage.objects.filter(pk=last.pk).update(ended_at=clock.now())
        assert (sound, found()) == (set(), {"outage"})
