"""Every state x move x authority of each track against the process, transcribed here by hand.

ORACLE is not read from rfcs/table.py: it is the page of the process once more, so that a slip in either shows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from governance import moves
from rfcs import lifecycle
from rfcs.errors import Kind, Reason, Refused
from rfcs.events import attempt
from rfcs.models import RFC, Event
from rfcs.states import Authority, Phase, State
from rfcs.table import TABLE
from tests import factories as f

pytestmark = pytest.mark.django_db


class Row(NamedTuple):
    sources: str
    target: str
    asked_by: str
    tracks: str = "standard emergency hotfix"
    haste: str = ""
    """The target on the emergency and hotfix tracks, if it is another one."""

    def leads_to(self, track: str) -> str:
        return self.haste if self.haste and track != "standard" else self.target


ORACLE = {
    "submit": Row("draft", "assessment", "owner", "standard"),
    "request_review": Row("assessment", "review", "owner", "standard"),
    "request_authorisation": Row("draft", "review", "owner", "emergency hotfix"),
    "recall": Row("review", "assessment", "owner successor", haste="draft"),
    "approve": Row("review", "approved", "", "standard"),
    "authorise": Row("review", "implementation", "", "emergency hotfix"),
    "reject": Row("review", "rejected", ""),
    "amend": Row("approved implementation", "review", "owner", "standard"),
    "start": Row("approved", "implementation", "owner", "standard"),
    "finish": Row("implementation", "post_implementation", "owner"),
    "close": Row("post_implementation", "closed", "owner"),
    "roll_back": Row("implementation post_implementation closed", "rolled_back", "owner steward board"),
    "withdraw": Row("draft assessment review approved", "withdrawn", "owner steward"),
    "revise": Row("rejected withdrawn", "draft", "owner"),
}
STATES = (
    *("draft", "assessment", "review", "approved", "implementation", "post_implementation", "closed"),
    *("rejected", "withdrawn", "rolled_back"),
)
TRACKS = ("standard", "emergency", "hotfix")
STATES_OF = {
    "standard": STATES,
    "emergency": tuple(state for state in STATES if state not in {"assessment", "approved"}),
    "hotfix": tuple(state for state in STATES if state not in {"assessment", "approved"}),
}
EVERYWHERE = [(track, state) for track in TRACKS for state in STATES_OF[track]]
PEOPLE = ("owner", "steward", "board", "security", "engineer", "auditor", "inactive owner")
INPUTS = {"note": "Because", "revert_commit": "nothing was merged"}


def expected(track: str, state: str, move: str, authority: str) -> str | int:
    """The state after, or the status of the refusal; 403 goes before 409."""
    row = ORACLE[move]
    target, is_on, is_source = row.leads_to(track), track in row.tracks.split(), state in row.sources.split()
    if authority == "round":
        if not (is_source and "review" in (state, row.target)):
            return 403
        return target if is_on else 409
    if authority not in row.asked_by.split():
        return 403
    return target if is_source and is_on else 409


def outcome(verb: Callable[[], RFC]) -> str | int:
    """What came of it; whatever it did is undone."""
    with transaction.atomic():
        try:
            return str(verb().state)
        except Refused as refusal:
            return refusal.status
        finally:
            transaction.set_rollback(True)


def ready(state: str, track: str = "standard") -> RFC:
    """An RFC in this state for which no guard of any move says no."""
    rfc = f.rfc_in(state) if track == "standard" else f.short_in(state, track)
    if track == "standard" and state in {"approved", "implementation"}:
        f.edit(rfc, api_changes="Something else")
    if track != "standard" and state == "post_implementation":
        f.pay(rfc)
    if state == "implementation":
        f.tick(rfc, Phase.IMPLEMENTATION)
    if state == "post_implementation":
        f.tick(rfc, Phase.POST)
    return f.again(rfc)


def people(rfc: RFC) -> dict[str, User]:
    return {
        "owner": rfc.owner,
        "steward": f.person(None, "stewards"),
        "board": f.person(None, "architecture"),
        "security": f.person(None, "security"),
        "engineer": f.person(),
        "auditor": f.person(None, "auditors"),
    }


def test_the_table_holds_the_rows_of_the_process() -> None:
    words = {Authority.OWNER: "owner", Authority.STEWARDS: "steward", Authority.ARCHITECTURE: "board"}
    words[Authority.SUCCESSOR] = "successor"

    stored = {
        name: Row(
            " ".join(move.way.sources),
            str(move.way.target),
            " ".join(words[who] for who in move.asked_by),
            " ".join(track for track in TRACKS if track in move.way.tracks),
            move.way.short_target or "",
        )
        for name, move in TABLE.items()
    }

    assert stored == ORACLE


@pytest.mark.parametrize(("track", "state"), EVERYWHERE)
def test_every_move_by_every_authority(track: str, state: str) -> None:
    rfc = ready(state, track)
    who = people(rfc) | {"inactive owner": rfc.owner}
    found = {}

    for move, authority in product(ORACLE, PEOPLE):
        actor = who[authority]
        actor.is_active = authority != "inactive owner"
        found[move, authority] = outcome(lambda: moves.make(rfc, move, by=actor, inputs=INPUTS))  # noqa: B023
    rfc.owner.is_active = True
    for move in ORACLE:
        found[move, "round"] = outcome(
            lambda: lifecycle.advance(rfc, move, actor=rfc.owner, acting_as=Authority.ROUND)  # noqa: B023
        )

    assert found == {key: expected(track, state, *key) for key in product(ORACLE, (*PEOPLE, "round"))}


@pytest.mark.parametrize(("track", "state"), EVERYWHERE)
def test_a_refusal_changes_nothing_and_leaves_one_access_event(track: str, state: str) -> None:
    rfc = ready(state, track)
    before, events = RFC.objects.values().get(pk=rfc.pk), Event.objects.filter(stream=rfc.stream).count()
    engineer = f.person()

    for move in ORACLE:
        with suppress(Refused):
            moves.make(rfc, move, by=engineer, inputs=INPUTS)

    seen = Event.objects.filter(stream="access", actor=engineer).order_by("seq")
    assert [(event.payload["what"], event.payload["on"], event.payload["status"]) for event in seen] == [
        (move, rfc.stream, 403) for move in ORACLE
    ]
    assert RFC.objects.values().get(pk=rfc.pk) == before
    assert Event.objects.filter(stream=rfc.stream).count() == events


@pytest.mark.parametrize("track", TRACKS)
def test_outlook_and_verb_give_the_same_answer(track: str) -> None:
    for state in STATES_OF[track]:
        rfc = ready(state, track)
        f.settle(rfc)  # the RFCs of the states before meet it
        for authority, user in people(rfc).items():
            prospects = {prospect.move.name: prospect.is_allowed for prospect in lifecycle.outlook(rfc, user)}
            allowed = {move: not isinstance(expected(track, state, move, authority), int) for move in ORACLE}
            assert (state, authority, prospects) == (state, authority, allowed)


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ([Kind.NOT_READY, Kind.NOT_NOW, Kind.FORBIDDEN, Kind.HIDDEN, Kind.UNAUTHENTICATED], 401),
        ([Kind.NOT_READY, Kind.NOT_NOW, Kind.FORBIDDEN, Kind.HIDDEN], 404),
        ([Kind.NOT_READY, Kind.NOT_NOW, Kind.FORBIDDEN], 403),
        ([Kind.NOT_READY, Kind.NOT_NOW], 409),
        ([Kind.NOT_READY], 422),
    ],
)
def test_the_first_kind_in_the_order_of_answers_is_the_status(kinds: list[Kind], status: int) -> None:
    assert Refused(*(Reason("code", "Sentence.", kind=kind) for kind in kinds)).status == status


def test_all_reasons_of_all_kinds_come_at_once() -> None:
    rfc = f.rfc_in("assessment", rollback_plan="")
    engineer = f.person()

    with pytest.raises(Refused) as refusal:
        moves.make(rfc, "request_review", by=engineer, inputs={})

    assert refusal.value.status == 403
    assert {reason.kind for reason in refusal.value.reasons} == {Kind.FORBIDDEN, Kind.NOT_READY}


def test_the_access_event_survives_the_transaction_that_is_refused() -> None:
    engineer = f.person()

    with suppress(Refused), attempt("something", actor=engineer, on="rfc:1"):
        engineer.username = "changed"
        engineer.save()
        raise Refused(Reason("no", "No."))

    engineer.refresh_from_db()
    event = Event.objects.get(stream="access", actor=engineer)
    assert engineer.username != "changed"
    assert event.payload == {
        "what": "something",
        "on": "rfc:1",
        "status": 409,
        "reasons": [{"code": "no", "message": "No.", "field": "", "who": ""}],
    }


def test_an_unknown_move_is_refused_with_the_names_of_the_known() -> None:
    rfc = f.draft()

    with pytest.raises(Refused) as refusal:
        moves.make(rfc, "teleport", by=rfc.owner, inputs={})

    assert refusal.value.reasons[0].code == "unknown_move"


def test_inputs_do_not_overwrite_what_the_event_says_of_the_move() -> None:
    rfc = f.rfc_in("assessment")

    forged = {"note": "Because", "from": "approved", "to": "closed", "digest": "forged"}
    moves.make(rfc, "withdraw", by=rfc.owner, inputs=forged)

    event = Event.objects.get(stream=rfc.stream, kind="move.withdraw")
    assert (event.payload["from"], event.payload["to"], event.payload["digest"]) == (
        "assessment",
        "withdrawn",
        rfc.material_digest,
    )


@pytest.mark.parametrize("note", ["\0", "lone \ud800 surrogate", "x" * 100_000])
def test_a_note_that_cannot_be_stored_is_refused_with_a_sentence(note: str) -> None:
    rfc = f.rfc_in("assessment")

    with pytest.raises(Refused) as refusal:
        moves.make(rfc, "withdraw", by=rfc.owner, inputs={"note": note})

    assert (refusal.value.status, refusal.value.reasons[0].field) == (422, "note")


# What the database refuses by itself ---------------------------------------------------------------------


def put_in(rfc: RFC, state: str) -> None:
    """As a superuser past all triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE rfcs_rfc SET state = %s WHERE id = %s", [state, rfc.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def by_sql(rfc: RFC, column: str, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE rfcs_rfc SET {column} = %s WHERE id = %s", [value, rfc.pk])  # noqa: S608


def by_orm(rfc: RFC, column: str, value: Any) -> None:
    RFC.objects.filter(pk=rfc.pk).update(**{column: value})


def is_let_through(change: Callable[[RFC, str, Any], None], rfc: RFC, column: str, value: Any) -> bool:
    with suppress(DatabaseError), transaction.atomic():
        change(rfc, column, value)
        transaction.set_rollback(True)
        return True
    return False


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("change", [by_sql, by_orm])
def test_the_database_lets_through_exactly_the_pairs_of_the_process(
    change: Callable[[RFC, str, Any], None], track: str
) -> None:
    rfc = f.draft(track=track)
    through = set()

    for source, target in product(STATES, STATES):
        put_in(rfc, source)
        if source != target and is_let_through(change, rfc, "state", target):
            through.add((source, target))

    rows = [row for row in ORACLE.values() if track in row.tracks.split()]
    assert through == {(source, row.leads_to(track)) for row in rows for source in row.sources.split()}


@pytest.mark.parametrize("change", [by_sql, by_orm])
@pytest.mark.parametrize("state", STATES)
def test_the_author_never_changes_and_the_track_only_in_draft(
    change: Callable[[RFC, str, Any], None], state: str
) -> None:
    rfc, other = f.draft(), f.person()
    put_in(rfc, state)

    assert not is_let_through(change, rfc, "author_id", other.pk)
    assert is_let_through(change, rfc, "track", "hotfix") == (state == "draft")


@pytest.mark.parametrize("state", [state for state in STATES if state != "draft"])
def test_an_rfc_cannot_be_inserted_beyond_draft(state: str) -> None:
    rfc = f.draft()
    rfc.pk, rfc.state = None, state

    with pytest.raises(DatabaseError, match="begins as a draft"), transaction.atomic():
        rfc.save(force_insert=True)


def test_an_rfc_is_never_deleted() -> None:
    rfc = f.draft()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM rfcs_rfc WHERE id = %s", [rfc.pk])


def test_an_unknown_state_or_track_is_refused_by_the_database() -> None:
    rfc = f.draft()

    assert not is_let_through(by_sql, rfc, "state", "limbo")
    assert not is_let_through(by_sql, rfc, "track", "scenic")


# What moves bring about ----------------------------------------------------------------------------------


def test_submit_mints_a_revision_and_pins_the_policy() -> None:
    rfc = f.rfc_in("assessment")

    assert f.revision(rfc).number == 1
    assert f.revision(rfc).content == f.content()
    assert rfc.policy == rfc.pinned


def test_approve_binds_the_approval_to_revision_and_digest() -> None:
    rfc = f.rfc_in("approved")

    assert (rfc.approved_revision, rfc.approved_digest) == (rfc.revision, rfc.material_digest)


def test_amend_takes_the_approval_back_and_mints() -> None:
    rfc = f.edit(f.rfc_in("approved"), api_changes="Something else")

    rfc = f.move(rfc, "amend")

    assert (rfc.state, rfc.approved_digest, f.revision(rfc).number) == ("review", "", 2)


def test_amend_after_implementation_comes_back_to_approved_with_its_ticks() -> None:
    rfc = f.rfc_in("implementation")
    f.tick(rfc, Phase.IMPLEMENTATION)
    f.edit(rfc, api_changes="Something else")

    rfc = f.approve(f.move(rfc, "amend"))

    assert rfc.state == "approved"
    assert not rfc.checklist.filter(phase=Phase.IMPLEMENTATION, closed_at=None).exists()


def test_start_is_refused_when_the_approval_is_of_another_text() -> None:
    rfc = f.rfc_in("approved")
    RFC.objects.filter(pk=rfc.pk).update(material_digest="0" * 64)

    with pytest.raises(Refused) as refusal:
        f.move(rfc, "start")

    assert "approval_stale" in {reason.code for reason in refusal.value.reasons}
    assert f.again(rfc).state == State.APPROVED


def test_close_keeps_the_moment() -> None:
    rfc = f.rfc_in("closed")

    assert rfc.closed_at == rfc.state_since


@pytest.mark.parametrize("state", ["rejected", "withdrawn"])
def test_revise_begins_again_on_the_old_facts_without_the_old_approval(state: str) -> None:
    rfc = f.rfc_in(state)
    before = f.revision(rfc)

    rfc = f.move(rfc, "revise")

    after = f.revision(rfc)
    assert (rfc.state, after.number, after.content) == ("draft", before.number + 1, before.content)
    assert (rfc.policy, rfc.approved_digest, rfc.approved_revision) == (None, "", None)


def test_every_move_writes_one_event_that_says_from_where_to_where() -> None:
    rfc = f.rfc_in("rolled_back")

    told = Event.objects.filter(stream=rfc.stream, kind__startswith="move.").order_by("seq")

    assert [(event.kind, event.payload["from"], event.payload["to"]) for event in told] == [
        ("move.submit", "draft", "assessment"),
        ("move.request_review", "assessment", "review"),
        ("move.approve", "review", "approved"),
        ("move.start", "approved", "implementation"),
        ("move.roll_back", "implementation", "rolled_back"),
    ]
