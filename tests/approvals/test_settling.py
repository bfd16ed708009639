"""The sweep that settles what the clock or a departure decided: it misses nothing, and reads little else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from approvals import rounds, settling
from approvals.models import Round
from approvals.standings import standings_of
from rfcs.models import RFC
from rfcs.states import AUDITORS
from tests import factories as f

pytestmark = pytest.mark.django_db


def due() -> set[int]:
    """By reckoning every open round."""
    standings = standings_of(Round.objects.filter(closed_at=None).values_list("rfc", flat=True))
    return {pk for pk, standing in standings.items() if settling.is_due(standing)}


def read() -> set[int]:
    return set(settling.candidates())


def leave(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def test_what_only_another_signature_decides_is_not_read() -> None:
    board = f.board(3)
    silent, one, concern, abstained = (f.rfc_in("review") for _ in range(4))
    f.sign(one, board[0])
    f.sign(concern, board[0], "discuss")
    f.sign(abstained, board[0], "abstain")

    assert (read(), due()) == (set(), set())
    assert silent.pk not in read()


def _left(board: list[User]) -> RFC:
    """Five may sign and three are needed; two approved, and one of the silent leaves."""
    rfc = f.rfc_in("review")
    f.sign(rfc, board[0])
    f.sign(rfc, board[1])
    leave(board[4])
    return rfc


def _unreachable(board: list[User]) -> RFC:
    """One rejects; those who are left cannot reach what is needed any more."""
    rfc = f.rfc_in("review")
    f.sign(rfc, board[0], "reject")
    f.sign(rfc, board[1], "reject")
    for person in board[3:]:
        f.team(AUDITORS, person)
    return rfc


def _held(board: list[User]) -> RFC:
    rfc = f.rfc_in("review")
    f.sign(rfc, board[0], "hold")
    return rfc


def _after_the_fact(board: list[User]) -> RFC:
    rfc = f.file_full(f.short_in("implementation"))
    for person in board[:2]:
        f.sign(rfc, person)
    leave(board[4])
    return rfc


@pytest.mark.parametrize("story", [_left, _unreachable, _held, _after_the_fact])
def test_whatever_time_or_a_departure_decided_is_read_and_settled(
    story: Callable[[list[User]], RFC], clock_shift: Callable[..., None]
) -> None:
    rfc = story(f.board(5))
    f.rfc_in("review")
    clock_shift(days=8)

    assert due() == read() == {rfc.pk}
    assert settling.sweep() == 1
    assert due() == set()


def test_a_hold_that_is_noted_is_read_no_more(clock_shift: Callable[..., None]) -> None:
    _held(f.board(5))
    clock_shift(days=8)
    settling.sweep()

    assert read() == set()


def test_a_round_that_cannot_be_settled_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    board = f.board(5)
    both = [f.rfc_in("review") for _ in range(2)]
    for rfc in both:
        f.sign(rfc, board[0])
        f.sign(rfc, board[1])
    leave(board[4])
    settle = rounds.settle

    def fails_once(rfc: RFC) -> None:
        if rfc.pk == both[0].pk:
            raise ValueError("a broken row")
        settle(rfc)

    monkeypatch.setattr(rounds, "settle", fails_once)

    assert settling.sweep() == 1
    assert f.again(both[1]).state == "approved"


def test_the_sweep_reads_no_round_that_waits(django_assert_num_queries: Callable[[int], object]) -> None:
    for _ in range(4):
        f.rfc_in("review")

    with django_assert_num_queries(2):  # type: ignore[attr-defined]  # the time, and none
        assert settling.sweep() == 0
