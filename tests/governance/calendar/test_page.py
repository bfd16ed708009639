"""The page of the calendar, and the call that says the same."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from governance.pages.calendar import today_in_office
from tests import factories as f
from tests.rfcs.impact.test_planning import rfc_of, timeline

pytestmark = pytest.mark.django_db


def client() -> Client:
    return f.client_of(f.person())


def test_the_page_names_phases_clashes_and_the_way_to_both() -> None:
    one, other = rfc_of("src/a", timeline=timeline()), rfc_of("src/a", timeline=timeline(date(2031, 3, 5)))

    page = client().get("/calendar/?at=2031-03").content.decode()

    for rfc in (one, other):
        assert f"{rfc.number} {rfc.title}" in page
        assert f"/rfcs/{rfc.number}/impact/#clashes" in page
    assert page.count("Not settled") == 1
    assert '<time datetime="2031-03-13">13 Mar</time> to <time datetime="2031-03-15">15 Mar</time>' in page


def test_filters_stay_while_one_turns_the_pages() -> None:
    page = client().get("/calendar/?at=2031-Q1&track=hotfix&owner=ada").content.decode()

    assert "track=hotfix&amp;owner=ada&amp;at=2031-Q2" in page or "at=2031-Q2&amp;track=hotfix&amp;owner=ada" in page
    assert "Nothing matches in these days" in page


def test_without_a_month_it_is_this_one_and_an_empty_one_teaches() -> None:
    response = client().get("/calendar/")

    assert response.context["span"].holds(today_in_office())
    assert b"No change is planned in these days" in response.content


@pytest.mark.parametrize("query", ["at=2031-13", "at=yesterday", "track=fast", "team=x", "at=%00"])
def test_what_is_no_part_of_the_calendar_is_explained(query: str) -> None:
    response = client().get(f"/calendar/?{query}")

    assert response.status_code == 400
    assert b"This is no part of the calendar" in response.content
