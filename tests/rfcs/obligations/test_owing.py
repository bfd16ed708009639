"""What begins with an authorisation, what outlives a rollback, and when a team is in debt."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from rfcs import audit
from rfcs.errors import Refused
from rfcs.models import Event, Message, Obligation
from rfcs.obligations import owing
from rfcs.states import ObligationKind, Phase
from tests import factories as f

pytestmark = pytest.mark.django_db

EMERGENCY = ["post_hoc_justification", "compliance_checklist", "retroactive_review"]


def test_what_is_owed_begins_in_the_second_of_the_authorisation() -> None:
    rfc = f.short_in("implementation")

    rows = {row.kind: row for row in rfc.obligations.all()}
    authorised = Event.objects.get(stream=rfc.stream, kind="move.authorise")
    assert sorted(rows) == sorted(EMERGENCY)
    assert {row.team for row in rows.values()} == {"security"}
    assert rows["post_hoc_justification"].due_at == authorised.at + timedelta(hours=24)
    assert {(row.event.kind, row.event.at, row.event.payload["obligation"]) for row in rows.values()} == {
        ("obligation.began", authorised.at, kind) for kind in EMERGENCY
    }


def test_nothing_is_owed_before_and_nothing_after_a_refusal() -> None:
    asked, rejected = f.short_in("review"), f.short_in("rejected", "hotfix")

    assert not asked.obligations.exists()
    assert not rejected.obligations.exists()


def test_obligations_survive_a_rollback() -> None:
    rfc = f.short_in("rolled_back")

    assert rfc.obligations.filter(met_at=None).count() == 3


def test_an_rfc_cannot_close_with_an_open_obligation() -> None:
    rfc = f.short_in("post_implementation", "hotfix")
    f.tick(rfc, Phase.POST)

    with pytest.raises(Refused) as refusal:
        f.move(rfc, "close")

    owed = {reason.field for reason in refusal.value.reasons if reason.code == "obligation_open"}
    assert owed == {"follow_up_rfc", "post_incident_review"}


def test_an_rfc_closes_once_all_is_paid() -> None:
    for track in ("emergency", "hotfix"):
        rfc = f.short_in("closed", track)

        assert (rfc.state, rfc.obligations.filter(met_at=None).count()) == ("closed", 0)
    assert not list(audit.records())
    assert not list(audit.verify())


def test_meeting_is_written_once_with_its_event() -> None:
    rfc = f.short_in("implementation")
    kind = ObligationKind.POST_HOC_JUSTIFICATION

    assert owing.meet(rfc, kind, by=rfc.owner, how="It was filed.")
    assert not owing.meet(rfc, kind, by=rfc.owner, how="Again.")

    row = rfc.obligations.get(kind=kind)
    told = Event.objects.get(stream=rfc.stream, kind="obligation.met")
    assert (row.met_event, row.met_at, row.met_by) == (told, told.at, rfc.owner)


def test_the_database_keeps_what_is_owed() -> None:
    row = f.short_in("implementation").obligations.first()
    assert row is not None
    owing.meet(row.rfc, ObligationKind(row.kind), by=None, how="Paid.")
    refused = 0

    for change in (
        lambda: Obligation.objects.filter(pk=row.pk).update(due_at=row.due_at + timedelta(days=1)),
        lambda: Obligation.objects.filter(pk=row.pk).update(met_at=None, met_event=None),
        lambda: Obligation.objects.filter(pk=row.pk).delete(),
    ):
        with suppress(DatabaseError), transaction.atomic():
            change()
            continue
        refused += 1

    assert refused == 3


def test_the_board_is_alerted_of_every_authorisation_whatever_they_prefer() -> None:
    member = f.person("ines", "architecture")

    rfc = f.short_in("implementation")

    told = Message.objects.filter(rfc=rfc, recipient=member, kind="emergency")
    assert sorted(told.values_list("channel", flat=True)) == ["in_app", "mail"]
    assert "Full justification: until" in told[0].text


def test_a_team_is_in_debt_once_something_of_its_authorisations_is_overdue(clock_shift: Callable[..., None]) -> None:
    rfc = f.short_in("implementation")

    before = list(owing.overdue_of("security"))
    clock_shift(hours=24, seconds=1)
    after = [row.kind for row in owing.overdue_of("security")]

    assert (before, after) == ([], ["post_hoc_justification"])
    assert list(owing.overdue_of("incident_command")) == []
    assert rfc.obligations.count() == 3
