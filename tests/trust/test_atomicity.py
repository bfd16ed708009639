"""An exception at any statement of a verb leaves all or nothing (test plan, row 17)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import Model

from approvals.models import RequiredTeam, Round, Seat, SignOff
from governance import moves
from rfcs.models import RFC, Chain, ChecklistItem, Event, Message, Revision, WorkingCopy
from rfcs.states import Phase
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)

TABLES: tuple[type[Model], ...] = (
    RFC,
    Revision,
    WorkingCopy,
    ChecklistItem,
    Chain,
    Event,
    Message,
    Round,
    RequiredTeam,
    Seat,
    SignOff,
)


class Fault(DatabaseError):
    """What a statement can end with when the server or the line goes."""


def snapshot() -> list[list[dict[str, Any]]]:
    return [list(table._default_manager.order_by("pk").values()) for table in TABLES]


def fail_at(number: int, verb: Callable[[], object]) -> bool:
    """Run the verb and raise at its statement of this number; False when it has fewer."""
    count = 0

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == number:
            raise Fault(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        try:
            verb()
        except Fault:
            return True
    return False


def deciding_signature() -> Callable[[], object]:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    return partial(f.sign, rfc, two)


def rejecting_signature() -> Callable[[], object]:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "reject")
    return partial(f.sign, rfc, two, "reject")


def a_move(state: str, name: str, **changes: Any) -> Callable[[], object]:
    rfc = f.rfc_in(state)
    if changes:
        f.edit(rfc, **changes)
    if name == "finish":
        f.tick(rfc, Phase.IMPLEMENTATION)
    return partial(moves.make, rfc, name, by=rfc.owner, inputs={"note": "Because"})


@pytest.mark.parametrize(
    "prepare",
    [
        deciding_signature,
        rejecting_signature,
        partial(a_move, "draft", "submit"),
        partial(a_move, "review", "withdraw"),
        partial(a_move, "approved", "amend", api_changes="Something else"),
        partial(a_move, "implementation", "finish"),
    ],
    ids=["approve", "reject", "submit", "withdraw", "amend", "finish"],
)
def test_a_fault_at_any_statement_leaves_all_or_nothing(prepare: Callable[[], Callable[[], object]]) -> None:
    verb = prepare()
    before, number, torn = snapshot(), 1, []

    while fail_at(number, verb):
        torn += [number] if snapshot() != before else []
        number += 1

    assert number > 10
    assert torn == []
    assert snapshot() != before
