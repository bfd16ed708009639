"""What is said with a rollback, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from governance import moves
from governance.pages.record import panels
from rfcs import clock
from rfcs.errors import Refused
from rfcs.models import RFC, Event, Outage
from rfcs.outages import recording
from rfcs.outages.lengths import minutes
from rfcs.outages.telling import Said
from tests import factories as f
from tests.api.conftest import Caller, mint

pytestmark = pytest.mark.django_db
SHA = "9d1f04c7ab"


def roll_back(rfc: RFC, **inputs: str) -> RFC:
    return moves.make(rfc, "roll_back", by=rfc.owner, inputs={"note": "It lost invoices", **inputs})


def hours_ago(hours: int) -> str:
    return (clock.now() - timedelta(hours=hours)).isoformat()


def why_not(**inputs: str) -> list[str]:
    with f.on(2025, 12, 30):
        rfc = f.rfc_in("implementation")
    with pytest.raises(Refused) as refused:
        roll_back(rfc, **inputs)
    assert refused.value.status == 422
    assert (f.again(rfc).state, Outage.objects.count()) == ("implementation", 0)
    return [reason.code for reason in refused.value.reasons]


@pytest.mark.parametrize(
    "said",
    [
        {"revert_commit": SHA},
        {"revert_commit": "A" * 40},
        {"revert_commit": "a" * 64},
        {"nothing_merged": "yes"},
        {"revert_commit": "Nothing was merged"},
    ],
)
def test_a_commit_or_that_nothing_was_merged(said: dict[str, str]) -> None:
    assert roll_back(f.rfc_in("implementation"), **said).state == "rolled_back"


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({}, ["revert_commit_missing"]),
        ({"revert_commit": SHA, "nothing_merged": "yes"}, ["revert_or_nothing"]),
        ({"revert_commit": "abc123"}, ["no_commit"]),
        ({"revert_commit": "z" * 12}, ["no_commit"]),
        ({"revert_commit": "a" * 65}, ["no_commit"]),
        ({"revert_commit": SHA, "outage_start": "yesterday"}, ["no_time"]),
        ({"revert_commit": SHA, "outage_end": "2026-01-01T10:00"}, ["outage_start_missing"]),
        (
            {"revert_commit": SHA, "outage_start": "2026-01-01T10:00", "outage_end": "2026-01-01T10:00"},
            ["outage_reversed"],
        ),
        (
            {"revert_commit": SHA, "outage_start": "2026-01-01T10:00", "outage_end": "9998-01-01T10:00"},
            ["outage_future"],
        ),
        ({"revert_commit": SHA, "outage_start": "2020-01-14T10:00"}, ["outage_old"]),
        ({"revert_commit": SHA, "outage_start": "0001-01-01T00:00+14:00", "outage_end": "x"}, ["no_time", "no_time"]),
    ],
)
def test_what_cannot_be_meant_is_refused_with_every_reason(said: dict[str, str], codes: list[str]) -> None:
    assert why_not(**said) == codes


def test_an_outage_is_kept_in_utc() -> None:
    with f.on(2025, 12, 30):
        rfc = f.rfc_in("post_implementation")

    roll_back(rfc, revert_commit=SHA, outage_start="2026-01-01T10:00+02:00", outage_end="2026-01-01T09:30")

    outage = Outage.objects.get(rfc=rfc)
    assert outage.ended_at is not None
    assert outage.ended_at - outage.started_at == timedelta(hours=1, minutes=30)
    assert outage.by == rfc.owner
    told = panels.event_row(outage.event)
    assert (told["text"], told["detail"]) == (
        "recorded an outage",
        "Outage from 1 January 2026, 08:00 to 1 January 2026, 09:30 UTC.",
    )
    moved = Event.objects.get(stream=rfc.stream, kind="move.roll_back")
    assert "outage_start" not in moved.payload
    with pytest.raises(DatabaseError), transaction.atomic():
        Outage.objects.all().delete()


def test_an_outage_begins_with_the_implementation_or_later() -> None:
    with f.on(2026, 10, 5):
        rfc = f.rfc_in("implementation")
        began = clock.now()
    said = {"revert_commit": SHA, "outage_start": "2026-10-04T23:59"}

    with pytest.raises(Refused) as refused:
        roll_back(rfc, **said)

    (reason,) = refused.value.reasons
    assert reason.message == (
        f"The outage begins before {began:%-d %B %Y, %H:%M} UTC, when the implementation of {rfc.number} began; "
        "check day, year and time zone."
    )
    assert roll_back(rfc, **said | {"outage_start": f"{began:%Y-%m-%dT%H:%M}"}).outages.get().lasts


def test_the_same_through_the_api() -> None:
    with f.on(2026, 1, 2):
        rfc = f.rfc_in("implementation")
    caller = Caller(mint(rfc.owner))
    said: dict[str, Any] = {"move": "roll_back", "note": "It lost invoices"}

    half = caller.post(f"rfcs/{rfc.number}/moves/", said | {"nothing_merged": False, "outage_end": hours_ago(3)})
    assert [reason["code"] for reason in half.json()["reasons"]] == ["revert_commit_missing", "outage_start_missing"]
    times = {"outage_start": hours_ago(3), "outage_end": hours_ago(1)}
    done = caller.post(f"rfcs/{rfc.number}/moves/", said | {"nothing_merged": True} | times)

    assert (done.status_code, done.json()["state"]) == (200, "rolled_back")
    assert minutes([Outage.objects.get().span], until=clock.now()) in (119, 120)


def test_an_outage_that_lasts_has_no_end_yet() -> None:
    with clock.shifted(timedelta(hours=-2)):
        rfc = f.rfc_in("implementation")

    roll_back(rfc, revert_commit=SHA, outage_start=hours_ago(1))

    assert rfc.outages.get().lasts


def test_the_end_told_with_a_rollback_ends_what_lasted() -> None:
    rfc = f.short_in("implementation", "hotfix")
    lasting = recording.record(rfc, by=rfc.owner, said=Said(hours_ago(3)))

    roll_back(rfc, revert_commit=SHA, outage_start=hours_ago(4), outage_end=hours_ago(1))

    over = rfc.outages.standing().get()
    assert (over.corrects, minutes([over.span], until=clock.now())) == (lasting, 180)


def test_rollbacks_of_before_still_tell_of_their_outage() -> None:
    """Until outages had events of their own the move's said the times."""
    rfc = roll_back(f.rfc_in("implementation"), revert_commit=SHA)
    moved = Event.objects.get(stream=rfc.stream, kind="move.roll_back")
    moved.payload |= {"outage_start": "2026-01-01T08:00", "outage_end": "2026-01-01T09:30:00+00:00"}

    detail = panels.event_row(moved)["detail"].splitlines()

    assert detail[-2:] == [f"Revert commit: {SHA}", "Outage from 1 January 2026, 08:00 to 1 January 2026, 09:30 UTC."]
