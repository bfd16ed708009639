"""The help page says what the tables say: a new move, position or item stands there without more."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from approvals.positions import Position
from governance.pages import help as help_page
from rfcs.policy import CHECKLIST
from rfcs.states import Scenario
from rfcs.table import TABLE
from tests.factories import client_of, person

pytestmark = pytest.mark.django_db


def test_every_row_of_the_tables_stands_on_the_page():
    response = client_of(person()).get(reverse("help"))
    shown = response.context

    assert [move["label"] for move in shown["moves"]] == [move.label for move in TABLE.values()]
    assert [label for label, *_ in shown["positions"]] == Position.labels
    assert [label for label, _ in shown["scenarios"]] == Scenario.labels
    assert [item.text for _, items in shown["phases"] for item in items] == [item.text for item in CHECKLIST]
    assert [(row["title"], row["due"]) for row in shown["owed"]] == [
        ("Full justification", "24 hours, day and night"),
        ("Pre-implementation checklist, after the fact", "5 working days"),
        ("Retroactive review by the board", "5 working days"),
        ("Roll back, or accept the risk", "1 working day"),
        ("Follow-up RFC on the standard track", "5 working days"),
        ("Post-incident review", "5 working days"),
    ]
    assert [row["who"] for row in shown["owed"]].count("Architecture Team") == 1
    assert "until a day at most 90 days away" in response.content.decode()


def test_every_position_and_scenario_is_explained():
    assert list(help_page.POSITIONS) == list(Position)
    assert list(help_page.SCENARIOS) == list(Scenario)


def test_the_table_of_moves_says_for_which_tracks_and_the_page_how_a_seat_is_lent():
    """Submit is no move of an emergency; its own request is none of the standard track."""
    text = " ".join(strip_tags(client_of(person()).get(reverse("help")).content.decode()).split())

    assert f"{TABLE['submit'].label} Standard Draft" in text
    assert f"{TABLE['request_authorisation'].label} Emergency, Hotfix Draft" in text
    assert f"{TABLE['withdraw'].label} Every track" in text
    assert "lend your seat" in text
    assert "Nobody signs in your place, and" not in text
