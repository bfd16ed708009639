"""The full justification after the fact, and the board's review of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from approvals import audit as signatures
from approvals import retroactive
from approvals.models import Round
from approvals.standing import asking_round
from rfcs import audit
from rfcs.errors import Refused
from rfcs.impact import answering
from rfcs.models import RFC, Event, Message
from rfcs.obligations import accepting
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def board() -> list[User]:
    return f.board(3)


def met(rfc: RFC) -> dict[str, bool]:
    return {row.kind: row.is_met for row in rfc.obligations.all()}


def reasons(call: Callable[[], object]) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refusal:
        call()
    return refusal.value.status, [reason.code for reason in refusal.value.reasons]


def denied(board: list[User], rfc: RFC | None = None) -> RFC:
    rfc = f.file_full(rfc or f.short_in("implementation"))
    return f.reject(rfc)


def test_what_is_missing_is_refused_with_every_reason() -> None:
    rfc = f.short_in("implementation")

    with pytest.raises(Refused) as refusal:
        retroactive.file_justification(rfc, by=rfc.owner)

    missing = [reason.field for reason in refusal.value.reasons]
    assert (refusal.value.status, missing) == (
        422,
        [
            "timeline",
            "testing_unit",
            "testing_integration",
            "testing_performance",
            "api_changes",
            "data_changes",
            "behavioral_changes",
        ],
    )
    assert met(rfc)["post_hoc_justification"] is False


def test_filing_meets_the_justification_and_asks_the_board(board: list[User]) -> None:
    rfc = f.file_full(f.short_in("implementation"))

    round_ = asking_round(rfc)
    assert round_ is not None
    assert (round_.kind, [team.slug for team in round_.teams.all()]) == ("retroactive", ["architecture"])
    assert round_.decision_due == rfc.obligations.get(kind="retroactive_review").due_at
    assert met(rfc) == {"post_hoc_justification": True, "compliance_checklist": False, "retroactive_review": False}
    assert f.revision(rfc).number == 2


def test_filing_too_late_still_counts_and_only_writers_file(
    board: list[User], clock_shift: Callable[..., None]
) -> None:
    rfc = f.short_in("implementation")
    clock_shift(hours=30)

    assert reasons(lambda: retroactive.file_justification(rfc, by=f.person()))[0] == 403
    f.file_full(rfc)

    row = rfc.obligations.get(kind="post_hoc_justification")
    assert row.met_at is not None
    assert row.met_at > row.due_at


def test_ratified_meets_review_and_checklist_and_binds_the_approval(board: list[User]) -> None:
    rfc = f.approve(f.file_full(f.short_in("implementation")))

    assert met(rfc) == {"post_hoc_justification": True, "compliance_checklist": True, "retroactive_review": True}
    assert (rfc.approved_digest, rfc.approved_revision) == (rfc.material_digest, rfc.revision)
    assert rfc.state == "implementation"
    assert not list(audit.records())


def test_the_checklist_waits_for_the_last_owner(board: list[User]) -> None:
    olga = f.person("olga")
    f.owned("src/packages/billing/invoices", olga)
    rfc = f.approve(f.file_full(f.short_in("implementation")))
    before = met(rfc)["compliance_checklist"]

    f.acknowledge(rfc)

    row = rfc.obligations.get(kind="compliance_checklist")
    assert (before, row.is_met, row.met_by) == (False, True, olga)


def test_the_silence_of_an_owner_lapses_and_meets_the_checklist(
    board: list[User], clock_shift: Callable[..., None]
) -> None:
    f.owned("src/packages/billing/invoices", f.person("olga"))
    rfc = f.approve(f.file_full(f.short_in("implementation")))
    clock_shift(days=7)

    answering.sweep()

    row = rfc.obligations.get(kind="compliance_checklist")
    assert (row.is_met, row.met_by) == (True, None)


def test_who_authorised_or_filed_does_not_ratify() -> None:
    both = f.person("both", "security", "architecture")
    f.board(2)
    rfc = f.short_in("review")
    f.sign(rfc, both, team="security")
    rfc = f.file_full(f.again(rfc))

    assert reasons(lambda: f.sign(rfc, both)) == (403, ["one_seat"])


def test_text_filed_again_voids_what_was_signed_and_the_round_goes_on(board: list[User]) -> None:
    rfc = f.file_full(f.short_in("implementation"))
    f.sign(rfc, board[0])
    f.edit(rfc, api_changes="Something else")
    retroactive.file_justification(f.again(rfc), by=rfc.owner)

    f.sign(rfc, board[1])
    assert met(rfc)["retroactive_review"] is False
    f.sign(rfc, board[2])
    assert met(rfc)["retroactive_review"] is True
    assert Round.objects.filter(rfc=rfc, kind="retroactive").count() == 1


def test_a_denial_leaves_the_choice_within_a_working_day(board: list[User]) -> None:
    rfc = denied(board)

    assert met(rfc) == {
        "post_hoc_justification": True,
        "compliance_checklist": False,
        "retroactive_review": False,
        "denial_resolution": False,
    }
    assert rfc.state == "implementation"
    assert Message.objects.filter(
        rfc=rfc, recipient=rfc.owner, kind="emergency", text__contains="roll it back"
    ).exists()


def test_a_denial_is_carried_out_by_rolling_back(board: list[User]) -> None:
    rfc = f.move(denied(board), "roll_back")

    assert (rfc.state, set(met(rfc).values())) == ("rolled_back", {True})


def test_what_was_rolled_back_is_reviewed_all_the_same(board: list[User]) -> None:
    rfc = f.file_full(f.short_in("rolled_back"))

    rfc = f.reject(rfc)

    assert (rfc.state, set(met(rfc).values())) == ("rolled_back", {True})


def test_a_board_member_bears_the_risk_until_a_day(board: list[User]) -> None:
    rfc, until = denied(board), f.today() + timedelta(days=30)

    accepted = accepting.accept(rfc, by=board[0], reason="The way back is worse.", until=until)

    assert set(met(rfc).values()) == {True}
    assert (accepted.by, accepted.until) == (board[0], until)


def test_who_may_not_bear_the_risk_or_says_too_little_hears_why(board: list[User]) -> None:
    rfc, today = denied(board), f.today()

    def accept(by: User, reason: str, days: int | None) -> Callable[[], object]:
        until = today + timedelta(days=days) if days is not None else None
        return lambda: accepting.accept(rfc, by=by, reason=reason, until=until)

    assert reasons(accept(f.person(None, "security"), "Because", 3)) == (403, ["forbidden"])
    assert reasons(accept(board[0], " ", None)) == (422, ["reason_missing", "until_missing"])
    assert reasons(accept(board[0], "Because", 400)) == (422, ["until_unfit"])
    assert reasons(accept(board[0], "Because", -3)) == (422, ["until_unfit"])


def test_there_is_no_risk_to_bear_where_nothing_was_denied(board: list[User]) -> None:
    rfc = f.short_in("implementation")
    until = f.today()

    assert reasons(lambda: accepting.accept(rfc, by=board[0], reason="Because", until=until)) == (
        409,
        ["nothing_denied"],
    )


def test_a_lapsed_acceptance_is_visible_and_holds_up_the_closing(
    board: list[User], clock_shift: Callable[..., None]
) -> None:
    rfc = denied(board, f.short_in("post_implementation"))
    accepting.accept(rfc, by=board[0], reason="Until the release.", until=f.today())
    clock_shift(days=3)

    status, codes = reasons(lambda: f.move(rfc, "close"))

    assert (status, "acceptance_lapsed" in codes) == (409, True)
    accepting.accept(rfc, by=board[1], reason="One more week.", until=f.today() + timedelta(days=7))
    assert "acceptance_lapsed" not in reasons(lambda: f.move(rfc, "close"))[1]


def test_after_a_denial_nobody_is_asked_again(board: list[User]) -> None:
    rfc = denied(board)
    f.edit(rfc, api_changes="Something else")

    retroactive.file_justification(f.again(rfc), by=rfc.owner)

    assert asking_round(rfc) is None


# A board that cannot decide -----------------------------------------------------------------------------------


def recused(board: list[User], times: int) -> RFC:
    """A filed emergency; so many of the board recuse."""
    rfc = f.file_full(f.short_in("implementation"))
    for member in board[:times]:
        f.sign(rfc, member, "recuse")
    return rfc


def test_a_board_that_stepped_aside_is_asked_again_as_it_is_today(board: list[User]) -> None:
    rfc = recused(board, 2)
    old = Round.objects.get(rfc=rfc, kind="retroactive")
    f.sign(rfc, board[2])
    newcomer = f.person(None, "architecture")

    retroactive.ask_again(rfc, by=rfc.owner, note="Two stepped aside.")

    new = asking_round(rfc)
    assert new is not None
    old.refresh_from_db()
    assert (old.outcome, new.kind, new.continues, new.decision_due) == (
        "recalled",
        "retroactive",
        old,
        old.decision_due,
    )
    assert Event.objects.filter(stream=rfc.stream, kind="retroactive.asked_again").get().payload["round"] == old.pk
    f.sign(rfc, newcomer)  # the signature that was there counts on
    assert met(rfc)["retroactive_review"]
    assert [*audit.records(), *signatures.verify()] == []


def test_who_may_ask_again_when_and_with_what(board: list[User]) -> None:
    open_ = f.file_full(f.short_in("implementation"))
    blocked = recused(board, 3)
    again = retroactive.ask_again

    assert reasons(lambda: again(open_, by=open_.owner, note="Now")) == (409, ["not_blocked"])
    assert reasons(lambda: again(blocked, by=board[0], note="Now"))[0] == 403
    assert reasons(lambda: again(blocked, by=blocked.owner, note=" ")) == (422, ["note_missing"])
    assert reasons(lambda: again(blocked, by=blocked.owner, note="Now")) == (409, ["still_blocked"])
    assert Round.objects.get(rfc=blocked, kind="retroactive").closed_at is None
    f.person(None, "architecture"), f.person(None, "architecture")
    again(blocked, by=f.person(None, "stewards"), note="Two joined the board.")
    assert reasons(lambda: again(blocked, by=blocked.owner, note="Again")) == (409, ["not_blocked"])
