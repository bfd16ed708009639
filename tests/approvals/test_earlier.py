"""The Sign-offs page shows every position ever taken: what the table shows, and folded away what was before."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.earlier import earlier
from approvals.models import SignOff
from approvals.panel import panel
from approvals.standing import Standing, shown_round
from rfcs.case import Case
from rfcs.models import RFC
from tests import factories as f

pytestmark = pytest.mark.django_db


def found(rfc: RFC) -> list[tuple[str, list[str]]]:
    return [
        (
            round_["title"].split(" of ")[0],
            [f"{seat['name']}: {seat['label']}. {seat['stale']}" for seat in round_["seats"]],
        )
        for round_ in panel(f.again(rfc), rfc.owner, is_fresh=False)["earlier"]
    ]


def test_earlier_positions_of_a_seat_and_of_rounds_before_are_shown_with_their_end() -> None:
    f.person("ada", "architecture"), f.person("bob", "architecture"), f.person("cy", "architecture")
    rfc = f.rfc_in("review")
    ada = f.team("architecture").user_set.get(username="ada")
    f.sign(rfc, ada, "discuss", rationale="Who pays?")
    f.sign(rfc, ada, "approve")
    rfc = f.move(f.move(rfc, "recall"), "request_review")
    assert found(rfc)[0][0] == "Review"
    f.sign(rfc, ada, "no_objection")
    f.sign(rfc, ada, "approve")

    shown = found(rfc)

    assert [title for title, _ in shown] == ["Earlier positions", "Review"]
    assert shown[0][1][0].startswith("Ada Example: No objection. Replaced by “Approve” on ")
    assert shown[1][1][0].startswith("Ada Example: Discuss. Replaced by “Approve” on ")
    assert shown[1][1][1] == "Ada Example: Approve. The round ended: recalled."
    page = f.client_of(rfc.owner).get(reverse("rfc-sign-offs", args=[rfc.number])).content.decode()
    assert page.count('data-label="Person"') == 3 + 3  # three seats, three positions before
    assert SignOff.objects.count() == 4


def test_who_authorised_an_emergency_stays_on_the_page_after_the_filing() -> None:
    rfc = f.file_full(f.short_in("implementation"))

    ((title, rows),) = found(rfc)

    assert title == "Authorisation"
    assert len(rows) == 1
    assert rows[0].endswith("Approve. The round ended: authorised.")


def test_it_takes_one_statement_and_none_where_nothing_came_before() -> None:
    rfc = f.rfc_in("review")
    member, _ = f.signers(rfc)[0]

    def statements() -> int:
        round_ = shown_round(rfc)
        assert round_ is not None
        standing = Standing(round_, Case(f.again(rfc)))
        assert standing.rows is not None
        with CaptureQueriesContext(connection) as captured:
            earlier(standing)
        return len(captured)

    f.sign(rfc, member, "abstain")
    before = statements()
    for position in ("no_objection", "abstain", "no_objection"):
        f.sign(rfc, member, position)

    assert (before, statements()) == (0, 1)
