"""The record cannot be rewritten unseen (test plan, rows 19, 20, 21)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from io import StringIO
from itertools import product
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from approvals import audit as signatures
from approvals.models import Round, SignOff
from governance import rosters
from rfcs import audit, clock, embargo
from rfcs.conversation import discussion
from rfcs.events import digest_of, record
from rfcs.freezes import Freeze
from rfcs.impact import answering, planning
from rfcs.models import (
    RFC,
    Chain,
    ClashResolution,
    Event,
    FreezeOverride,
    OwnerAnswer,
    PolicyVersion,
    Revision,
)
from rfcs.policy import Policy
from rfcs.states import Phase, State
from tests import factories as f

pytestmark = pytest.mark.django_db


@contextmanager
def superuser() -> Iterator[None]:
    """Past every trigger and foreign key; what is done here is undone at the end."""
    with transaction.atomic():
        connection.cursor().execute("SET LOCAL session_replication_role = replica")
        yield
        transaction.set_rollback(True)


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def everything() -> list[audit.Finding]:
    return [*audit.verify(), *audit.records(), *signatures.verify()]


def places(findings: list[audit.Finding]) -> set[str]:
    return {finding.place for finding in findings}


# A sound record ------------------------------------------------------------------------------------------


def test_nothing_is_found_in_a_record_that_nobody_touched() -> None:
    for state in State:
        f.rfc_in(state)
    amended = f.edit(f.rfc_in("implementation", touches_security=True), justification="Other reasons")
    f.approve(f.move(amended, "amend"))

    assert everything() == []


def test_the_command_says_what_it_checked() -> None:
    f.rfc_in("approved")
    rosters.record()
    out = StringIO()

    call_command("verify_audit", stdout=out)

    events, chains = Event.objects.count(), Chain.objects.count()
    begin = f"Checked {events} events in {chains} chains, 1 RFCs, 1 revisions, 2 sign-offs in "
    assert out.getvalue().startswith(begin)
    assert out.getvalue().endswith("no findings.\n")


def test_the_command_names_each_finding_and_exits_with_one() -> None:
    rfc, out = f.rfc_in("approved"), StringIO()

    with superuser():
        sql("UPDATE rfcs_event SET kind = 'forged' WHERE stream = %s AND seq = 2", rfc.stream)
        with pytest.raises(SystemExit) as end:
            call_command("verify_audit", rfc.stream, stdout=out)

    assert end.value.code == 1
    assert f"{rfc.stream}#2: “forged” was changed after it was written. [altered]" in out.getvalue()


def test_another_chain_is_not_looked_at_when_one_is_named() -> None:
    one, two = f.rfc_in("assessment"), f.rfc_in("assessment")

    with superuser():
        sql("UPDATE rfcs_event SET kind = 'forged' WHERE stream = %s AND seq = 2", one.stream)
        assert list(audit.verify([two.stream])) == []
        assert places(list(audit.verify([one.stream]))) == {f"{one.stream}#2"}


# Row 20: what the database refuses -----------------------------------------------------------------------


KEPT = (Event, SignOff, Revision, PolicyVersion)


def hold_append_only(*tables: Any, statements: tuple[str, ...]) -> None:
    """No statement changes any of these tables, which are not empty."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, statement in product(tables, statements):
        before = table.objects.count()
        with pytest.raises(DatabaseError, match=r"Cannot update or delete|append-only"), transaction.atomic():
            sql(statement.format(table._meta.db_table))
        assert (table, before > 0, table.objects.count()) == (table, True, before)


def test_append_only_tables_refuse() -> None:
    f.rfc_in("approved")

    hold_append_only(*KEPT, statements=("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"))


def test_the_orm_cannot_change_or_delete_them_either() -> None:
    f.rfc_in("approved")

    for table in KEPT:
        row: Any = table.objects.first()
        for change in (row.save, row.delete, table.objects.all().delete, partial(table.objects.update, id=row.pk)):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


# Row 19: signatures moved ---------------------------------------------------------------------------------


def two_reviews() -> tuple[SignOff, Round, RFC]:
    """A signature of one RFC, and the open round of another."""
    one, *_ = f.board(3)
    signed, other = f.rfc_in("review"), f.rfc_in("review")
    return f.sign(signed, one), Round.objects.get(rfc=other), other


def test_a_signature_moved_to_another_rfc_is_named() -> None:
    sign_off, round_, other = two_reviews()

    with superuser():
        sql("UPDATE approvals_signoff SET round_id = %s WHERE id = %s", round_.pk, sign_off.pk)
        found = everything()

    assert places(found) == {f"{other.number} sign-off {sign_off.pk}"}
    assert any("moved here from another RFC" in finding.message for finding in found)


def test_a_signature_copied_to_another_rfc_is_named() -> None:
    sign_off, round_, other = two_reviews()
    stolen = Event.objects.filter(stream=other.stream).first()
    assert stolen is not None

    with superuser():
        sql(
            """INSERT INTO approvals_signoff (team, position, title, rationale, material_digest, scope_digest, at,
               event_id, revision_id, round_id, signer_id) SELECT team, position, title, rationale, %s, scope_digest,
               at, %s, %s, %s, signer_id FROM approvals_signoff WHERE id = %s""",
            other.material_digest,
            stolen.pk,
            other.revision_id,
            round_.pk,
            sign_off.pk,
        )
        copy = SignOff.objects.latest("id")
        found = everything()

    assert places(found) == {f"{other.number} sign-off {copy.pk}"}


def test_a_signature_moved_to_a_later_round_of_the_same_rfc_is_named() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    sign_off = f.sign(rfc, one)
    f.move(rfc, "recall")
    f.move(rfc, "request_review")
    later = Round.objects.get(rfc=rfc, closed_at=None)

    with superuser():
        sql("UPDATE approvals_signoff SET round_id = %s WHERE id = %s", later.pk, sign_off.pk)
        found = everything()

    assert places(found) == {f"{rfc.number} sign-off {sign_off.pk}"}


SIGNED: dict[str, str | None] = {
    "position": "reject",
    "team": "security",
    "rationale": "Never said",
    "title": "Never said",
    "material_digest": "0" * 64,
    "scope_digest": "0" * 64,
    "at": "2031-01-01T00:00:00Z",
    "signer_id": None,
    "revision_id": None,
}
"""Columns of a signature, and what a forger writes there; None for what is of the other RFC."""


def test_any_changed_field_of_a_signature_is_named() -> None:
    sign_off, _round, other = two_reviews()
    values = {"signer_id": other.author_id, "revision_id": other.revision_id}

    for column, value in SIGNED.items():
        with superuser():
            sql(f"UPDATE approvals_signoff SET {column} = %s WHERE id = %s", value or values[column], sign_off.pk)  # noqa: S608
            found = everything()
        assert (column, places(found)) == (column, {f"RFC-{sign_off.round.rfc_id:04d} sign-off {sign_off.pk}"})


def test_a_deleted_signature_is_missed() -> None:
    sign_off, *_ = two_reviews()

    with superuser():
        sql("DELETE FROM approvals_signoff WHERE id = %s", sign_off.pk)
        found = everything()

    assert [(finding.place, finding.code) for finding in found] == [
        (f"{sign_off.event.stream}#{sign_off.event.seq}", "signature_missing")
    ]


# Rows that no longer say what their events say ------------------------------------------------------------


CHANGED: tuple[tuple[str, str], ...] = (
    ("UPDATE rfcs_rfc SET state = 'closed' WHERE id = %s", "state"),
    ("UPDATE rfcs_rfc SET author_id = (SELECT max(id) FROM auth_user) WHERE id = %s", "no_birth"),
    ("UPDATE rfcs_rfc SET track = 'hotfix' WHERE id = %s", "no_birth"),
    ("UPDATE rfcs_rfc SET approved_digest = repeat('0', 64) WHERE id = %s", "approval"),
    ("UPDATE rfcs_rfc SET material_digest = repeat('0', 64) WHERE id = %s", "current_revision"),
    (
        """UPDATE rfcs_revision SET content_json = jsonb_set(content_json, '{title}', '"Harmless"')
        WHERE rfc_id = %s""",
        "revision_altered",
    ),
    ("UPDATE rfcs_revision SET material_digest = repeat('0', 64) WHERE rfc_id = %s", "revision"),
    ("UPDATE rfcs_revision SET made_by_id = (SELECT max(id) FROM auth_user) WHERE rfc_id = %s", "revision"),
    ("UPDATE rfcs_revision SET number = 7 WHERE rfc_id = %s", "revision"),
    ("DELETE FROM rfcs_revision WHERE rfc_id = %s", "revision_missing"),
    ("UPDATE rfcs_checklistitem SET link = 'https://evil.example' WHERE rfc_id = %s", "checklist"),
    ("UPDATE rfcs_checklistitem SET closed_at = NULL WHERE rfc_id = %s", "checklist"),
    (
        """UPDATE approvals_requiredteam t SET minimum = 0 FROM approvals_round r
        WHERE r.id = round_id AND rfc_id = %s""",
        "roster",
    ),
    (
        """INSERT INTO approvals_seat (team_id, person_id) SELECT t.id, (SELECT max(id) FROM auth_user)
        FROM approvals_requiredteam t JOIN approvals_round r ON r.id = t.round_id WHERE r.rfc_id = %s""",
        "roster",
    ),
    ("UPDATE approvals_round SET closed_at = NULL, outcome = '' WHERE rfc_id = %s", "stray_round"),
)
"""What is done to the rows of one RFC, and the code of what must be found."""


def test_a_row_changed_past_the_verbs_is_named() -> None:
    f.rfc_in("implementation")
    rfc = f.rfc_in("implementation")
    f.tick(rfc, Phase.IMPLEMENTATION)
    f.person()

    for statement, code in CHANGED:
        with superuser():
            sql(statement, rfc.pk)
            found = everything()
        assert code in {finding.code for finding in found}, statement
        assert {place.split()[0].split("#")[0] for place in places(found)} <= {rfc.number, rfc.stream}, statement


def spoken() -> RFC:
    """An RFC with a resolved thread, an answer that was edited, and one that was retracted."""
    rfc = f.rfc_in("review")
    thread = discussion.open_thread(rfc, by=rfc.owner, text="Why now?", section="justification").comment.thread
    other = f.person()
    answer = discussion.reply(thread, by=other, text="Because.").comment
    discussion.edit(answer, by=other, text="Because of the deadline – ünïcode “too”.")
    discussion.retract(discussion.reply(thread, by=other, text="Sorry.").comment, by=other)
    discussion.resolve(thread, by=rfc.owner)
    discussion.resolve(discussion.open_thread(rfc, by=other, text="And the rest?").comment.thread, by=other)
    discussion.reply(discussion.open_thread(rfc, by=other, text="Open").comment.thread, by=rfc.owner, text="Yes")
    return rfc


def test_a_sound_discussion_is_not_named() -> None:
    spoken()

    assert everything() == []


UNLIKE, MOVED = {"comment"}, {"comment", "comment_missing"}
OF_COMMENT = "(SELECT c.id FROM rfcs_comment c JOIN rfcs_thread t ON t.id = thread_id WHERE rfc_id = %s ORDER BY c.id"


SAID: tuple[tuple[str, set[str]], ...] = (
    ("UPDATE rfcs_commentversion SET text = 'No.' WHERE comment_id = COMMENTS LIMIT 1)", {"comment_altered"}),
    (
        "UPDATE rfcs_commentversion SET text = text || ' ' WHERE number = 2 AND comment_id IN COMMENTS)",
        {"comment_altered"},
    ),
    ("UPDATE rfcs_commentversion SET number = 9 WHERE number = 2 AND comment_id IN COMMENTS)", MOVED),
    ("UPDATE rfcs_commentversion SET at = at - interval '1 h' WHERE comment_id = COMMENTS LIMIT 1)", UNLIKE),
    ("DELETE FROM rfcs_commentversion WHERE comment_id = COMMENTS LIMIT 1)", {"comment_missing"}),
    (
        """UPDATE rfcs_comment SET author_id = (SELECT max(id) FROM auth_user)
        WHERE id = COMMENTS LIMIT 1)""",
        UNLIKE,
    ),
    (
        """UPDATE rfcs_comment SET thread_id = (SELECT max(id) FROM rfcs_thread)
        WHERE id = COMMENTS LIMIT 1)""",
        UNLIKE,
    ),
    ("UPDATE rfcs_comment SET retracted_at = NULL WHERE id IN COMMENTS)", {"comment_retracted"}),
    ("UPDATE rfcs_comment SET retracted_at = at WHERE id = COMMENTS LIMIT 1)", {"comment_retracted"}),
    ("UPDATE rfcs_thread SET section = '' WHERE section <> '' AND rfc_id = %s", UNLIKE),
    ("UPDATE rfcs_thread SET opened_by_id = (SELECT max(id) FROM auth_user) WHERE rfc_id = %s", UNLIKE),
    ("UPDATE rfcs_thread SET resolved_at = NULL, resolved_by_id = NULL WHERE rfc_id = %s", {"thread"}),
    ("UPDATE rfcs_thread SET resolved_by_id = (SELECT max(id) FROM auth_user) WHERE rfc_id = %s", {"thread"}),
)


def test_words_changed_past_the_verbs_are_named() -> None:
    spoken()
    rfc = spoken()
    f.person()

    for statement, codes in SAID:
        with superuser():
            sql(statement.replace("COMMENTS", OF_COMMENT), rfc.pk)
            found = everything()
        assert (statement, {finding.code for finding in found}) == (statement, codes)
        assert {place.split()[0].split("#")[0] for place in places(found)} <= {rfc.number, rfc.stream}, statement


def test_a_review_without_a_round_is_named() -> None:
    rfc = f.rfc_in("review")

    with superuser():
        sql("UPDATE approvals_round SET closed_at = now(), outcome = 'recalled' WHERE rfc_id = %s", rfc.pk)
        found = everything()

    assert [(finding.place, finding.code) for finding in found] == [(rfc.number, "no_round")]


# Row 21: random tampering with a chain --------------------------------------------------------------------

Tamper = Callable[[Random, list[Event]], str]
"""Does its worst to the events of one chain; the place where it must be found."""


def write(event: Event, **changes: Any) -> None:
    Event.objects.filter(pk=event.pk).update(**changes)


def delete(events: list[Event]) -> None:
    sql("DELETE FROM rfcs_event WHERE id = ANY(%s)", [event.pk for event in events])


def place(event: Event) -> str:
    return f"{event.stream}#{event.seq}"


def edit_payload(random: Random, chain: list[Event]) -> str:
    event = random.choice(chain)
    write(event, payload={**event.payload, "note": f"forged {random.random()}"})
    return place(event)


def edit_actor(random: Random, chain: list[Event]) -> str:
    event = random.choice(chain)
    write(event, actor=None if event.actor_id else f.person())
    return place(event)


def edit_time(random: Random, chain: list[Event]) -> str:
    event = random.choice(chain)
    write(event, at=event.at.replace(microsecond=(event.at.microsecond + random.randrange(1, 999_999)) % 1_000_000))
    return place(event)


def edit_kind(random: Random, chain: list[Event]) -> str:
    event = random.choice(chain)
    write(event, kind=f"{event.kind}.forged")
    return place(event)


def edit_and_sign_again(random: Random, chain: list[Event]) -> str:
    """The forger also recomputes the digest of the row."""
    event = random.choice(chain)
    event.payload = {**event.payload, "note": "forged"}
    write(event, payload=event.payload, digest=digest_of(event))
    return event.stream if event == chain[-1] else f"{event.stream}#{event.seq + 1}"


def swap(random: Random, chain: list[Event]) -> str:
    one, two = random.sample(chain, 2)
    write(one, seq=0)
    write(two, seq=one.seq)
    write(one, seq=two.seq)
    return place(one)


def swap_contents(random: Random, chain: list[Event]) -> str:
    one, two = random.sample(chain, 2)
    write(one, kind=two.kind, payload=two.payload, actor=two.actor_id, at=two.at)
    write(two, kind=one.kind, payload=one.payload, actor=one.actor_id, at=one.at)
    return place(one)


def drop_tail(random: Random, chain: list[Event]) -> str:
    first = random.randrange(1, len(chain))
    delete(chain[first:])
    return chain[0].stream


def drop_tail_and_head(random: Random, chain: list[Event]) -> str:
    """The forger sets the head back too; the rows that the tail spoke of remain."""
    first = random.randrange(1, len(chain))
    delete(chain[first:])
    last = chain[first - 1]
    Chain.objects.filter(pk=last.stream).update(seq=last.seq, digest=last.digest)
    return f"RFC-{int(last.stream.removeprefix('rfc:')):04d}"


def drop_all(random: Random, chain: list[Event]) -> str:
    delete(chain)
    return chain[0].stream


def drop_middle(random: Random, chain: list[Event]) -> str:
    index = random.randrange(0, len(chain) - 1)
    delete(chain[index : index + 1])
    return place(chain[index + 1])


def drop_middle_and_close_the_gap(random: Random, chain: list[Event]) -> str:
    index = random.randrange(0, len(chain) - 1)
    delete(chain[index : index + 1])
    for event in chain[index + 1 :]:
        write(event, seq=event.seq - 1)
    return place(chain[index])


def insert_forged(random: Random, chain: list[Event]) -> str:
    """A well-formed event at the end that the head does not know."""
    last = chain[-1]
    event = Event(stream=last.stream, seq=last.seq + 1, kind="move.approve", actor=last.actor, at=last.at)
    event.payload, event.previous = {"from": "review", "to": "approved"}, last.digest
    event.digest = digest_of(event)
    event.save(force_insert=True)
    return last.stream


def move_to_another_chain(random: Random, chain: list[Event]) -> str:
    event = random.choice(chain[1:])
    write(event, stream="rfc:999999")
    return f"rfc:999999#{event.seq}"


def forge_the_head(random: Random, chain: list[Event]) -> str:
    Chain.objects.filter(pk=chain[0].stream).update(seq=random.randrange(0, len(chain)))
    return chain[0].stream


TAMPERS: tuple[Tamper, ...] = (
    edit_payload,
    edit_actor,
    edit_time,
    edit_kind,
    edit_and_sign_again,
    swap,
    swap_contents,
    drop_tail,
    drop_tail_and_head,
    drop_all,
    drop_middle,
    drop_middle_and_close_the_gap,
    insert_forged,
    move_to_another_chain,
    forge_the_head,
)


def is_named(tamper: Tamper, random: Random, stream: str) -> bool:
    with superuser():
        chain = list(Event.objects.filter(stream=stream).order_by("seq"))
        return tamper(random, chain) in {where.split(" ")[0] for where in places(everything())}


@pytest.mark.parametrize("times", [60, pytest.param(1_000, marks=pytest.mark.soak)])
def test_every_random_tamper_is_named(times: int) -> None:
    random, streams = Random(times), [f.rfc_in(state).stream for state in ("closed", "rolled_back", "rejected")]
    plans = [(TAMPERS[number % len(TAMPERS)], random.choice(streams)) for number in range(times)]

    missed = [(tamper.__name__, stream) for tamper, stream in plans if not is_named(tamper, random, stream)]

    assert missed == []
    assert everything() == []


def test_the_time_of_an_event_is_the_same_instant_in_every_zone() -> None:
    at = datetime(2031, 3, 30, 2, 30, tzinfo=ZoneInfo("Asia/Kathmandu"))

    record("test", "thing", actor=None, payload={"text": "ü\n“’", "nested": [1, 2.5, None, {"b": 1, "a": 2}]}, at=at)

    assert list(audit.verify(["test"])) == []


# Owners' answers, clashes, freezes ------------------------------------------------------------------------

PATH = "src/packages/billing/invoices"


@pytest.fixture
def weighed(clock_shift: Any) -> RFC:
    """An RFC with an objection that was settled, a lapse, a settled clash and an overridden freeze."""
    owner, steward = f.person(), f.person(None, "stewards")
    f.owned(PATH, owner)
    f.owned("src/packages/shop/checkout", f.person())
    rfc = f.rfc_in("assessment")
    for said in ("object", "withdraw", "more_time", "acknowledge"):
        answering.answer(rfc, PATH, by=owner, answer=said, reason="The export reads it.")
    clock_shift(days=9)
    answering.sweep()
    f.rfc_in("assessment", packages=(f.package(PATH),))
    f.settle(rfc)
    day = str(f.today())
    freeze = Freeze("Audit", day, day)
    PolicyVersion.objects.create(version=99, body=Policy(freezes=(freeze,)).json(), in_force_from=clock.now())
    planning.override(rfc, freeze.key, by=steward, reason="A flood warning depends on it.")
    return f.again(rfc)


def test_owners_clashes_and_freezes_that_nobody_touched_are_sound(weighed: RFC) -> None:
    assert everything() == []
    assert (OwnerAnswer.objects.count(), ClashResolution.objects.count(), FreezeOverride.objects.count()) == (4, 1, 1)
    assert [str(row.status) for row in weighed.acknowledgements.all()] == ["acknowledged", "lapsed"]


WEIGHED: tuple[tuple[str, str], ...] = (
    ("UPDATE rfcs_owneranswer SET reason = 'I agree.' WHERE answer = 'object'", "owner_answer"),
    ("UPDATE rfcs_owneranswer SET answer = 'acknowledge' WHERE answer = 'object'", "owner_answer"),
    ("UPDATE rfcs_owneranswer SET person_id = person_id + 1 WHERE answer = 'object'", "owner_answer"),
    ("DELETE FROM rfcs_owneranswer WHERE answer = 'object'", "owner_answer_missing"),
    ("UPDATE rfcs_acknowledgement SET status = 'acknowledged' WHERE status = 'lapsed'", "acknowledgement"),
    ("UPDATE rfcs_acknowledgement SET lapsed_at = NULL WHERE status = 'lapsed'", "acknowledgement"),
    ("UPDATE rfcs_acknowledgement SET due_at = asked_at WHERE status = 'lapsed'", "acknowledgement"),
    ("UPDATE rfcs_acknowledgement SET extended_at = NULL WHERE extended_at IS NOT NULL", "acknowledgement"),
    ("UPDATE rfcs_clashresolution SET note = 'Never mind.'", "clash"),
    ("UPDATE rfcs_clashresolution SET fingerprint = 'forged'", "clash"),
    ("DELETE FROM rfcs_clashresolution", "clash_missing"),
    ("UPDATE rfcs_freezeoverride SET by_id = by_id + 1", "freeze_override"),
    ("UPDATE rfcs_freezeoverride SET \"freeze\" = 'Another one'", "freeze_override"),
    ("DELETE FROM rfcs_freezeoverride", "freeze_override_missing"),
)


def test_a_changed_answer_settlement_or_override_is_named(weighed: RFC) -> None:
    for statement, code in WEIGHED:
        with superuser():
            sql(statement)
            found = everything()
        assert code in {finding.code for finding in found}, statement
        assert {finding.place.split("#")[0] for finding in found} & {weighed.number, weighed.stream}, statement


@pytest.mark.usefixtures("weighed")
def test_what_owners_and_stewards_said_is_append_only() -> None:
    hold_append_only(
        OwnerAnswer, ClashResolution, FreezeOverride, statements=("UPDATE {} SET id = id", "DELETE FROM {}")
    )


EMBARGOED: tuple[tuple[str, str, set[str]], ...] = (
    ("UPDATE rfcs_rfc SET embargoed = false", "embargo_open", {"signed", "imposed"}),
    ("UPDATE rfcs_embargo SET lifted_at = NULL", "embargo", {"lifted"}),
    ("UPDATE rfcs_embargo SET lifted_by_id = NULL", "embargo", {"lifted"}),
    ("UPDATE rfcs_embargo SET reason = 'Another one'", "embargo", {"imposed", "lifted"}),
    ("UPDATE rfcs_embargo SET imposed_at = NULL", "embargo", {"imposed", "lifted"}),
    ("DELETE FROM rfcs_embargo", "embargo_missing", {"imposed", "lifted"}),
)
"""What is done to the rows, the code of what must be found, and of which RFCs."""


def test_an_embargo_that_is_not_what_its_events_say_is_named() -> None:
    rfcs = {name: f.rfc_in("assessment", embargoed=name == "signed") for name in ("signed", "imposed", "lifted")}
    for name in ("imposed", "lifted"):
        embargo.impose(rfcs[name], by=rfcs[name].owner, reason="An exploit is around.")
    embargo.lift(rfcs["lifted"], by=f.person(None, "security"), reason="The patch is out.")
    assert everything() == []

    for statement, code, which in EMBARGOED:
        with superuser():
            sql(statement)
            found = {finding.place for finding in everything() if finding.code == code}
        assert (statement, found) == (statement, {rfcs[name].number for name in which})
