"""The history of an RFC on its page: every event, newest first, in pages by key."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from governance.pages.record import panels
from governance.pages.record import rfc as rfc_page
from rfcs.models import RFC, Event
from rfcs.table import TABLE
from rfcs.teams import display_name
from tests import factories as f

pytestmark = pytest.mark.django_db
MOMENT = re.compile(r'datetime="([^"]+)" data-moment')
LINK = r'href="(\?[^"]*)"\s+rel="{}"'


def page(rfc: RFC, query: str = "") -> str:
    answer = f.client_of(rfc.owner).get(reverse("rfc-history", args=[rfc.number]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def link(html: str, rel: str) -> str | None:
    found = re.search(LINK.format(rel), html)
    return found and found[1]


def test_older_and_newer_lead_through_every_event_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rfc_page, "HISTORY", 3)
    rfc = f.rfc_in("closed")
    every = [
        at.isoformat() for at in Event.objects.filter(stream=rfc.stream).order_by("-seq").values_list("at", flat=True)
    ]
    there: list[tuple[str, list[str]]] = []
    query: str | None = ""
    while query is not None:
        there.append((query, MOMENT.findall(page(rfc, query))))
        query = link(page(rfc, query), "next")

    back, query = [], there[-1][0]
    while query is not None:
        back.append(MOMENT.findall(page(rfc, query)))
        query = link(page(rfc, query), "prev")

    assert len(there) > 3
    assert [at for _, shown in there for at in shown] == every
    assert back == [shown for _, shown in reversed(there)]


def test_no_page_leads_on_where_all_is_shown() -> None:
    html = page(f.rfc_in("review"))

    assert link(html, "next") is link(html, "prev") is None


@pytest.mark.parametrize("nonsense", ["x", "-1", "²", "9" * 30, "1.5", "", "\0"])
def test_key_that_is_none_shows_the_newest(nonsense: str) -> None:
    rfc = f.rfc_in("review")

    assert MOMENT.findall(page(rfc, f"?before={nonsense}")) == MOMENT.findall(page(rfc))


def test_team_is_named_as_people_name_it() -> None:
    assert "asked the Architecture Team to sign" in page(f.rfc_in("review"))


@pytest.mark.parametrize(("move", "state"), [("withdraw", "approved"), ("roll_back", "closed")])
def test_page_says_why_it_was_ended_early_and_by_whom(move: str, state: str) -> None:
    rfc = f.rfc_in(state)
    note = "Sums were booked twice."
    assert note not in f.client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode()

    if move == "roll_back":
        f.move(rfc, move, note=note, revert_commit="9d1f04c7ab")
    else:
        f.move(rfc, move, note=note)

    html = f.client_of(f.person()).get(rfc.get_absolute_url()).content.decode()
    assert f"by {display_name(rfc.owner)},</strong>" in html
    assert note in html
    assert ("Revert commit: 9d1f04c7ab" in html) is (move == "roll_back")


def test_moves_that_end_an_rfc_say_what_comes_of_them() -> None:
    ways_out = [move for move in TABLE.values() if move.is_exit]
    assert set(panels.AND_THEN) == {move.name for move in ways_out}

    html = f.client_of((rfc := f.rfc_in("approved")).owner).get(rfc.get_absolute_url()).content.decode()

    assert f'data-confirm="Withdraw {rfc.number}? Who watches it is told; the reason stays on its page.' in html
