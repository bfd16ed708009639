"""Many at once on real PostgreSQL (test plan, rows 5, 12, 13, 14), and what happens without the lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from threading import Event as Flag
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from approvals import audit as signatures
from approvals import delegations, rounds, signing
from approvals.models import Delegation, Round, SignOff
from governance import moves, tether
from rfcs import audit, clock, lifecycle
from rfcs.errors import Refused
from rfcs.files import attachments, storage, uploads
from rfcs.models import RFC, Event, Message
from rfcs.states import ARCHITECTURE, SECURITY
from tests import factories as f
from tests.trust.races import codes, together

pytestmark = pytest.mark.django_db(transaction=True)

few_and_many = pytest.mark.parametrize("times", [20, pytest.param(300, marks=pytest.mark.soak)])


def signing_now(rfc: RFC, by: User, position: str = "approve") -> Callable[[], SignOff]:
    """A signature of what the RFC says at this moment, to be sent later."""
    round_ = Round.objects.get(rfc=rfc, closed_at=None)
    return partial(
        rounds.sign,
        round_,
        by=by,
        team=ARCHITECTURE,
        position=position,
        digest=f.again(rfc).material_digest,
        rationale="" if position == "approve" else "The same words",
        title="The same concern" if position == "discuss" else "",
        authenticated_at=clock.now(),
    )


def told(rfc: RFC, kind: str) -> int:
    return Event.objects.filter(stream=rfc.stream, kind=kind).count()


def is_in_order(rfc: RFC) -> bool:
    """The moves follow one another, and the chain holds."""
    steps = Event.objects.filter(stream=rfc.stream, kind__startswith="move.").order_by("seq")
    way = [(event.payload["from"], event.payload["to"]) for event in steps]
    return all(one[1] == two[0] for one, two in pairwise(way)) and list(audit.verify([rfc.stream])) == []


def findings() -> list[str]:
    """What is wrong with any row, signature or round; asked once, after all turns: no turn mends an earlier one's."""
    return [str(found) for found in (*audit.records(), *signatures.verify())]


@pytest.mark.parametrize("position", ["approve", "discuss"])
def test_the_same_position_twenty_times_at_once_is_one(position: str) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")

    results = together(*[signing_now(rfc, one, position)] * 20)

    assert {result.pk for result in results} == {SignOff.objects.get(signer=one).pk}
    assert told(rfc, f"sign_off.{position}") == 1
    messages = Message.objects.filter(recipient=rfc.owner).values_list("channel", flat=True)
    assert sorted(messages) == ([] if position == "approve" else ["in_app", "mail"])


@few_and_many
def test_two_signers_at_a_quorum_of_two_decide_once(times: int) -> None:
    one, two, _three = f.board(3)
    author = f.person()

    for _ in range(times):
        rfc = f.rfc_in("review", author=author)
        together(signing_now(rfc, one), signing_now(rfc, two))

        assert (f.again(rfc).state, told(rfc, "move.approve"), told(rfc, "sign_off.approve")) == ("approved", 1, 2)
    assert Message.objects.filter(recipient=author, key__contains=":decided:", channel="mail").count() == times


def test_one_signer_too_many_is_told_that_the_round_is_closed() -> None:
    members = f.board(4)
    rfc = f.rfc_in("review")

    results = together(*(signing_now(rfc, member) for member in members))

    assert sorted(codes(result) for result in results) == [[], [], ["round_closed"], ["round_closed"]]
    assert (f.again(rfc).state, told(rfc, "move.approve")) == ("approved", 1)
    assert is_in_order(rfc)
    assert findings() == []


@few_and_many
def test_approve_withdraw_and_edit_at_once_end_in_a_legal_order(times: int) -> None:
    one, two, _three = f.board(3)
    author = f.person()

    for turn in range(max(times // 3, 5)):
        rfc = f.rfc_in("review", author=author)
        f.sign(rfc, one)
        results = together(
            signing_now(rfc, two),
            partial(f.move, rfc, "withdraw", by=author),
            partial(f.edit, rfc, by=author, api_changes=f"Turn {turn}"),
        )

        assert [result for result in results if isinstance(result, Exception) and not isinstance(result, Refused)] == []
        assert f.again(rfc).state == "withdrawn"
        assert is_in_order(rfc)
    assert findings() == []


@few_and_many
def test_an_edit_and_the_deciding_signature_at_once_never_approve_what_nobody_signed(times: int) -> None:
    one, two, _three = f.board(3)
    author = f.person()

    for turn in range(max(times // 3, 5)):
        rfc = f.rfc_in("review", author=author)
        f.sign(rfc, one)
        signed = f.again(rfc).material_digest
        together(signing_now(rfc, two), partial(f.edit, rfc, by=author, api_changes=f"Turn {turn}"))

        rfc = f.again(rfc)
        assert (rfc.state, rfc.approved_digest) in {("approved", signed), ("review", "")}
        assert is_in_order(rfc)
    assert findings() == []


@few_and_many
def test_start_and_amend_at_once_never_leave_work_on_a_stale_approval(times: int) -> None:
    f.board(3)
    author = f.person()

    for turn in range(max(times // 4, 5)):
        rfc = f.edit(f.rfc_in("approved", author=author), api_changes=f"Turn {turn}")
        together(partial(f.move, rfc, "start", by=author), partial(f.move, rfc, "amend", by=author))

        rfc = f.again(rfc)
        assert (rfc.state, rfc.approved_digest) == ("review", "")
        assert is_in_order(rfc)
    assert findings() == []


def test_the_same_move_many_times_at_once_is_made_once() -> None:
    rfc = f.rfc_in("approved")

    results = together(*[partial(f.move, rfc, "start", by=rfc.owner)] * 8)

    assert sorted(map(codes, results)) == [[]] + [["wrong_state"]] * 7
    assert told(rfc, "move.start") == 1


def test_a_form_sent_ten_times_at_once_opens_one_emergency() -> None:
    author, text = f.person(), f.short("emergency").working_copy.content
    results = together(*[lambda: moves.call(by=author, track="emergency", content=text, token="once")] * 10)
    opened = RFC.objects.filter(author=author)
    assert {getattr(result, "pk", result) for result in results} == {opened.get().pk}
    assert opened.get().state == "review"


def test_two_saves_of_one_version_make_one_revision_and_one_conflict() -> None:
    rfc = f.rfc_in("assessment")

    results = together(*(partial(f.edit, rfc, by=rfc.owner, api_changes=words) for words in ("One", "Two")))

    outcomes = sorted(map(codes, results))
    assert outcomes in ([[], []], [[], ["version_conflict"]])
    assert f.revision(rfc).number == 1 + outcomes.count([])


# What the lock is for --------------------------------------------------------------------------------------


def without_lock(rfc: RFC | int) -> RFC:
    pk = rfc if isinstance(rfc, int) else rfc.pk
    return RFC.objects.select_related("revision", "policy", "owner").get(pk=pk)


def edit_while_the_signer_is_between_reading_and_writing(monkeypatch: pytest.MonkeyPatch) -> RFC:
    """The deciding signature has been checked and is not yet written: at that moment the owner saves an edit.

    The signer goes on when that is saved, or when it waits for a lock that the signer holds.
    """
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    has_read, has_saved, require = Flag(), Flag(), signing.require

    def require_and_wait(*arguments: Any) -> None:
        require(*arguments)
        has_read.set()
        assert tether.wait_until(lambda: has_saved.is_set() or somebody_waits_for_us(), seconds=60)

    def edit() -> None:
        assert has_read.wait(timeout=60)
        f.edit(rfc, api_changes="What nobody has read")
        has_saved.set()

    monkeypatch.setattr(signing, "require", require_and_wait)
    results = together(signing_now(rfc, two), edit)
    assert [result for result in results if isinstance(result, Exception)] in ([], [results[1]])
    return f.again(rfc)


def somebody_waits_for_us() -> bool:
    """Whether another connection waits for a lock of this one's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def test_with_the_lock_what_is_approved_was_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    rfc = edit_while_the_signer_is_between_reading_and_writing(monkeypatch)

    signed = {sign_off.material_digest for sign_off in SignOff.objects.filter(round__rfc=rfc)}
    assert (rfc.state, signed) == ("approved", {rfc.approved_digest})
    assert rfc.approved_revision is not None
    assert "nobody has read" not in rfc.approved_revision.content.api_changes


def test_without_the_lock_a_text_is_approved_that_nobody_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the lock away: what the test before this one promises is the lock's doing, not luck."""
    monkeypatch.setattr(lifecycle, "locked", without_lock)
    monkeypatch.setattr(rounds, "locked", without_lock)

    rfc = edit_while_the_signer_is_between_reading_and_writing(monkeypatch)

    signed = {sign_off.material_digest for sign_off in SignOff.objects.filter(round__rfc=rfc)}
    assert rfc.state == "approved"
    assert rfc.approved_digest not in signed


@few_and_many
def test_an_upload_and_the_clearing_of_orphans_never_lose_what_is_attached(times: int, clock_shift: Any) -> None:
    rfc = f.rfc_in("assessment")
    for turn in range(times):
        words = f"run {turn}".encode()
        sha256 = attached(rfc, words)
        attachments.detach(rfc, sha256, by=rfc.owner)
        clock_shift(days=2 * turn + 2)  # a day after nothing names it, the row and the bytes may go

        together(partial(attached, rfc, words), uploads.collect)

        assert [file.sha256 for file in f.again(rfc).working_copy.content.attachments] == [sha256]
        assert uploads.find(rfc, sha256) is not None
        assert storage.why_wrong(sha256) == ""
        attachments.detach(rfc, sha256, by=rfc.owner)


def attached(rfc: RFC, words: bytes) -> str:
    """Attach these words as a file; its digest."""
    copy = attachments.attach(rfc, by=rfc.owner, name="run.txt", chunks=[words])
    return copy.content.attachments[-1].sha256


def lending(by: User, delegate: User, team: str = ARCHITECTURE) -> Callable[[], Delegation]:
    day = delegations.today()
    return partial(
        delegations.grant,
        by=by,
        delegate=delegate,
        team=team,
        starts_on=day,
        ends_on=day + timedelta(3),
        reason="A holiday",
    )


def granted() -> int:
    return Event.objects.filter(stream="roster", kind="delegation.granted").count()


def test_one_seat_lent_to_two_people_at_once_goes_to_one() -> None:
    for _ in range(10):
        (holder,) = f.board(1)
        before = granted()

        results = together(lending(holder, f.person()), lending(holder, f.person()))

        assert sorted(codes(result) for result in results) == [[], ["lent_already"]]
        assert Delegation.objects.filter(principal=holder).count() == 1
        assert granted() == before + 1


def test_a_loop_of_two_grants_at_once_does_not_close() -> None:
    for _ in range(10):
        (one,) = f.board(1)
        two = f.person(None, SECURITY)

        results = together(lending(one, two), lending(two, one, SECURITY))

        assert sorted(len(codes(result)) for result in results) == [0, 2]
        assert Delegation.objects.filter(principal__in=[one, two]).count() == 1
