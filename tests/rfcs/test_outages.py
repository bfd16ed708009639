"""Outages: told, corrected, taken back; who may, when, and how long they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from rfcs import clock
from rfcs.errors import Refused
from rfcs.models import RFC, Event, Message, Outage
from rfcs.outages import recording
from rfcs.outages.lengths import Span, length, minutes
from rfcs.outages.telling import Said
from tests import factories as f

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def ago(minutes: int) -> str:
    return (clock.now() - timedelta(minutes=minutes)).isoformat()


def tell(rfc: RFC, start: int = 90, end: int | None = 30, *, by: Any = None, **more: Any) -> Outage:
    note = more.pop("note", "Payments failed")
    said = Said(ago(start), ago(end) if end is not None else "", note)
    return recording.record(rfc, by=by or rfc.owner, said=said, **more)


def refused(rfc: RFC, *, by: Any = None, said: Said | None = None, **more: Any) -> tuple[int, list[str]]:
    before = Outage.objects.count()
    with pytest.raises(Refused) as refusal:
        recording.record(rfc, by=by or rfc.owner, said=said or Said(ago(90), ago(30)), **more)
    assert Outage.objects.count() == before
    return refusal.value.status, [reason.code for reason in refusal.value.reasons]


# How long ----------------------------------------------------------------------------------------------------


def at(minutes: int) -> datetime:
    return TEN + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("spans", "wanted"),
    [
        ([], 0),
        ([(0, 10)], 10),
        ([(0, 10), (20, 25)], 15),
        ([(20, 25), (0, 10)], 15),
        ([(0, 10), (5, 15)], 15),
        ([(0, 10), (10, 15)], 15),
        ([(0, 30), (5, 10), (12, 14)], 30),
        ([(0, 10), (0, 10)], 10),
        ([(50, None)], 10),
        ([(0, None), (10, 20)], 60),
        ([(70, 80)], 0),
        ([(70, None)], 0),
    ],
)
def test_what_overlaps_counts_once_and_what_lasts_counts_until_now(spans: Any, wanted: int) -> None:
    told = [Span(at(start), None if end is None else at(end)) for start, end in spans]

    assert minutes(told, until=at(60)) == wanted


def test_only_what_lies_in_the_period_counts() -> None:
    told = [Span(at(0), at(10)), Span(at(8), at(20)), Span(at(55), None)]

    assert length(told, since=at(5), until=at(60)) == timedelta(minutes=20)


# Telling -----------------------------------------------------------------------------------------------------


def test_an_outage_is_a_row_with_its_event() -> None:
    rfc = f.short_in("implementation")

    kept = tell(rfc)

    event = Event.objects.filter(stream=rfc.stream).first()
    assert event == kept.event
    assert (event.kind, event.payload, event.actor, event.at) == ("outage.recorded", kept.facts(), rfc.owner, kept.at)
    with pytest.raises(DatabaseError), transaction.atomic():
        Outage.objects.update(note="")


def test_the_same_told_twice_is_one_outage() -> None:
    rfc, said = f.short_in("implementation"), Said(ago(9), ago(5), "Down")

    first, second = (recording.record(rfc, by=rfc.owner, said=said) for _ in range(2))

    assert (first, Outage.objects.count()) == (second, 1)


@pytest.mark.parametrize("track", ["emergency", "hotfix"])
@pytest.mark.parametrize("state", ["implementation", "post_implementation", "closed", "rolled_back"])
def test_emergencies_and_hotfixes_have_outages_from_the_authorisation_on(track: str, state: str) -> None:
    assert tell(f.short_in(state, track)).pk


@pytest.mark.parametrize(("track", "state"), [("emergency", "draft"), ("hotfix", "review"), ("emergency", "rejected")])
def test_what_is_not_authorised_has_none(track: str, state: str) -> None:
    assert refused(f.short_in(state, track)) == (409, ["not_authorised"])


def test_the_standard_track_has_outages_with_its_rollback() -> None:
    with clock.shifted(timedelta(hours=-2)):
        rfc = f.rfc_in("closed")

    assert refused(rfc) == (409, ["not_rolled_back"])
    assert tell(f.move(rfc, "roll_back")).pk


@pytest.mark.parametrize("team", ["incident_command", "security", "stewards"])
def test_teams_of_the_night_tell_of_it_and_the_owner_hears(team: str) -> None:
    rfc, somebody = f.short_in("implementation"), f.person("ida", team)

    tell(rfc, by=somebody)

    told = Message.objects.filter(recipient=rfc.owner, subject__contains="Ida Example recorded an outage")
    assert told.exists()


@pytest.mark.parametrize("teams", [(), ("architecture",), ("auditors",), ("auditors", "stewards")])
def test_nobody_else_does(teams: tuple[str, ...]) -> None:
    assert refused(f.short_in("implementation"), by=f.person("eve", *teams))[0] == 403


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (Said(), ["outage_start_missing"]),
        (Said("yesterday", "x"), ["no_time", "no_time"]),
        (Said("2026-01-01T10:00", "2026-01-01T10:00"), ["outage_reversed"]),
        (Said("2026-01-01T10:00", "2026-01-01T09:00"), ["outage_reversed"]),
        (Said("9998-01-01T10:00"), ["outage_future"]),
        (Said("2026-01-01T10:00", "9998-01-01T10:00"), ["outage_future"]),
        (Said("0026-01-01T10:00"), ["outage_old"]),
        (Said("2025-11-01T10:00"), ["outage_old"]),
        (Said("2026-01-01T10:00", zone="Europe/Atlantis"), ["no_zone"]),
        (Said("2026-01-01T10:00", zone="../../etc/passwd"), ["no_zone"]),
        (Said("2026-01-01T10:00", zone="\0"), ["no_zone"]),
        (Said("2026-01-01T10:00", note="\0"), ["unstorable"]),
        (Said("2026-01-01T10:00", note="x" * 5_001), ["unstorable"]),
    ],
)
def test_times_that_cannot_be_are_refused_with_every_reason(said: Said, codes: list[str]) -> None:
    with f.on(2026, 1, 1):
        rfc = f.short_in("implementation")

    assert refused(rfc, said=said) == (422, codes)


def test_now_is_what_the_database_says() -> None:
    rfc, soon = f.short_in("implementation"), (clock.now() + timedelta(hours=2)).isoformat()
    assert refused(rfc, said=Said(ago(10), soon)) == (422, ["outage_future"])

    with clock.shifted(timedelta(hours=3)):
        assert recording.record(rfc, by=rfc.owner, said=Said(ago(300), soon)).ended_at is not None


def test_times_are_read_in_the_zone_that_was_named() -> None:
    said = Said("2026-07-01T02:10", "2026-07-01T01:00+00:00", zone="Europe/Berlin")
    with f.on(2026, 6, 30):
        rfc = f.short_in("implementation")

    kept = recording.record(rfc, by=rfc.owner, said=said)

    assert (kept.started_at, kept.ended_at) == (
        datetime(2026, 7, 1, 0, 10, tzinfo=UTC),
        datetime(2026, 7, 1, 1, 0, tzinfo=UTC),
    )


# Correcting --------------------------------------------------------------------------------------------------


def test_a_correction_takes_the_place_of_what_was_said_and_leaves_it() -> None:
    rfc = f.short_in("implementation")
    first = tell(rfc)

    second = tell(rfc, 120, 30, corrects=first.pk)

    assert list(rfc.outages.standing()) == [second]
    assert (f.again(rfc).outages.count(), second.event.payload["corrects"]) == (2, first.pk)


def test_what_was_corrected_meanwhile_is_refused_and_the_same_correction_is_the_row_there() -> None:
    rfc, other = f.short_in("implementation"), f.person("ida", "incident_command")
    first, said = tell(rfc), Said(ago(120), ago(30))
    second = recording.record(rfc, by=rfc.owner, said=said, corrects=first.pk)

    assert recording.record(rfc, by=rfc.owner, said=said, corrects=first.pk) == second
    assert refused(rfc, by=other, said=said, corrects=first.pk) == (409, ["outage_corrected"])
    with pytest.raises(IntegrityError, match="corrects"), transaction.atomic():  # and past the verb
        Outage.objects.create(
            **{name: getattr(second, name) for name in ("rfc", "started_at", "by", "at", "corrects")}, event=first.event
        )


def test_an_outage_of_another_rfc_is_not_corrected_here() -> None:
    first = tell(f.short_in("implementation"))

    assert refused(f.short_in("implementation"), corrects=first.pk) == (422, ["no_outage"])


def test_what_was_none_is_taken_back_with_a_reason_and_can_come_back() -> None:
    rfc = f.short_in("implementation")
    first = tell(rfc)

    assert refused(rfc, corrects=first.pk, retracted=True) == (422, ["note_missing"])
    assert refused(rfc, retracted=True, said=Said(note="Why?")) == (422, ["corrects_missing"])
    gone = recording.record(rfc, by=rfc.owner, said=Said(note="A test"), corrects=first.pk, retracted=True)
    assert not rfc.outages.standing().exists()
    assert (gone.started_at, gone.ended_at, gone.note) == (first.started_at, first.ended_at, "A test")

    back = tell(rfc, corrects=gone.pk)
    assert list(rfc.outages.standing()) == [back]


def test_what_lasts_is_over_at_the_press_of_a_button(clock_stands: None) -> None:
    rfc = f.short_in("implementation")
    first = tell(rfc, 90, None)

    over = recording.end_now(rfc, by=rfc.owner, corrects=first.pk)

    assert (over.started_at, over.note, over.corrects) == (first.started_at, first.note, first)
    assert over.ended_at == clock.now()


def test_the_database_refuses_an_end_before_the_start() -> None:
    kept = tell(f.short_in("implementation"))
    facts = {name: getattr(kept, name) for name in ("rfc", "by", "at", "event")}

    with pytest.raises(IntegrityError, match="outage_ends_after_it_starts"), transaction.atomic():
        Outage.objects.create(**facts, started_at=kept.at, ended_at=kept.started_at)
