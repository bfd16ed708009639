"""The list of RFCs in the browser: filters, ranking, saved views, the spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance import listing
from governance.models import SavedView
from governance.pages import lists
from rfcs import search
from rfcs.tasks import read_words
from tests.factories import client_of, draft, package, person, rfc_in

pytestmark = pytest.mark.django_db
LIST = "rfc-list"


def shown(client: Any, **query: str) -> list[str]:
    response = client.get(reverse(LIST), query)
    assert response.status_code == 200, query
    return [row.number for row in response.context["rows"]]


def records(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def test_filters_find_what_they_name(clock_shift: Any) -> None:
    ada = person("ada")
    old = rfc_in("review", author=ada, packages=(package("src/packages/shop/checkout"),))
    clock_shift(days=40)
    new = draft(author=person("bob"), touches_security=True, scenario="security", packages=(package("src/core"),))
    client, today = client_of(ada), f"{new.created_at:%Y-%m-%d}"
    for query, found in (
        ({"state": "open"}, [new, old]),
        ({"state": "review"}, [old]),
        ({"scenario": "security"}, [new]),
        ({"track": "standard"}, [new, old]),
        ({"track": "hotfix"}, []),
        ({"owner": "ada"}, [old]),
        ({"author": "bob"}, [new]),
        ({"mine": "on"}, [old]),
        ({"package": "src/packages/shop/checkout/"}, [old]),
        ({"package": "src/packages/shop"}, [old]),
        ({"package": "src/packages/sh"}, []),
        ({"package": "src"}, [new, old]),
        ({"team": "architecture"}, [old]),
        ({"touches_security": "on"}, [new]),
        ({"since": today}, [new]),
        ({"until": today}, [new, old]),
        ({"until": f"{old.created_at:%Y-%m-%d}"}, [old]),
        ({"state": "open", "owner": "bob", "q": "42 unfindable"}, []),
    ):
        assert shown(client, **query) == [rfc.number for rfc in found], query


@pytest.mark.parametrize(
    "query", ["state=x", "track=x", "since=soon", "since=2026-02-30", "start=-1", "start=99999", "sort=title", "team=x"]
)
def test_filter_that_is_not_understood_is_explained(query: str) -> None:
    for name in (LIST, "rfc-list-csv"):
        response = client_of(person()).get(f"{reverse(name)}?{query}")
        assert response.status_code == 400
        assert "This filter is not understood" in response.content.decode()
        assert "valid choice" not in response.content.decode()


def test_period_that_ends_before_it_begins_is_explained() -> None:
    response = client_of(person()).get(reverse(LIST), {"since": "2026-11-02", "until": "2026-11-01"})
    assert response.status_code == 400
    assert "The period ends on 1 November 2026, before it begins on 2 November 2026." in response.content.decode()


# Search -------------------------------------------------------------------------------------------------------


def test_search_shows_the_best_match_first() -> None:
    best = draft(title="Kraken kraken kraken")
    passing = draft(title="Something else", change_summary="It mentions a kraken once.")
    assert shown(client_of(best.owner), q="kraken") == [best.number, passing.number]
    assert shown(client_of(best.owner), q="kraken", sort="newest") == [passing.number, best.number]


def test_search_for_a_number_shows_that_rfc_first() -> None:
    wanted = draft(title="Nothing to see")
    naming = draft(title=f"Follows {wanted.pk} {wanted.pk} {wanted.pk}")
    assert shown(client_of(wanted.owner), q=str(wanted.pk)) == [wanted.number, naming.number]
    assert shown(client_of(wanted.owner), q=wanted.number)[0] == wanted.number


def test_search_filters_all_hits_before_it_ranks_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_RANKED", 2)
    wanted = draft(title="A rare kraken", scenario="security")
    for _ in range(3):
        draft(title="Another kraken", scenario="api_contract")
    assert shown(client_of(wanted.owner), q="kraken", scenario="security") == [wanted.number]


@pytest.mark.parametrize("sort", ["best", "newest"])
def test_search_pages_reach_every_hit_and_lead_back(monkeypatch: pytest.MonkeyPatch, sort: str) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    rfcs = [draft(title="Kraken") for _ in range(5)]
    client, seen = client_of(rfcs[0].owner), []
    query: str | None = "?q=kraken" + ("&sort=newest" if sort == "newest" else "")
    pages = []
    while query:
        pages.append(client.get(f"{reverse(LIST)}{query}").context)
        seen += [row.number for row in pages[-1]["rows"]]
        query = pages[-1]["next_url"]
    assert seen == [rfc.number for rfc in reversed(rfcs)]
    back = client.get(f"{reverse(LIST)}{pages[-1]['prev_url']}").context
    assert [row.number for row in back["rows"]] == seen[2:4]


def test_list_counts_its_rows_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 1)
    monkeypatch.setattr("governance.finding.MOST_COUNTED", 2)
    client = client_of(draft().owner)
    totals = []
    for _ in range(3):
        totals.append(client.get(reverse(LIST)).context["total"])
        draft()
    assert totals == ["1 RFC", "2 RFCs", "More than 2 RFCs"]


def test_list_asks_the_same_number_of_queries_for_any_number_of_rows() -> None:
    reader, counts = client_of(person()), []
    for _ in range(2):
        rfc_in("review")
        draft(title="Kraken")
        for query in ("", "?q=kraken", "?package=src", "?team=architecture"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                reader.get(reverse(LIST) + query)
            counts.append(len(queries))
    assert counts[:4] == counts[4:]


def test_search_that_finds_little_suggests_what_was_meant_and_keeps_the_filters() -> None:
    rfc = draft(title="Kraken", packages=(package("src/packages/shop"),))
    read_words()
    client = client_of(rfc.owner)

    response = client.get(reverse(LIST), {"q": "krakne", "state": "open", "package": "src/pakcages", "start": "0"})
    assert "Did you mean" in response.content.decode()
    address = response.context["suggestion"]["url"]
    assert address == "?q=kraken&state=open&package=src%2Fpackages"
    found = client.get(reverse(LIST) + address)
    assert [row.number for row in found.context["rows"]] == [rfc.number]
    assert "Did you mean" not in found.content.decode()


@pytest.mark.parametrize(
    ("more", "address"),
    [
        ({"state": "closed"}, "?q=kraken"),
        ({"owner": "nobody", "package": "src/packages"}, "?q=kraken"),
        ({"state": "closed", "package": "src/pakcages"}, "?q=kraken&package=src%2Fpackages"),
        ({}, "?q=kraken"),
    ],
)
def test_suggestion_that_the_filters_hide_says_so_and_leads_past_them(more: dict[str, str], address: str) -> None:
    rfc = draft(title="Kraken", packages=(package("src/packages/shop"),))
    read_words()

    page = client_of(rfc.owner).get(reverse(LIST), {"q": "krakne", **more})

    assert page.context["suggestion"]["url"] == address
    assert ("without the other filters" in page.content.decode()) is bool(more)


def test_words_that_stand_in_no_rfc_together_are_not_suggested() -> None:
    rfc = draft(title="Kraken")
    draft(title="Squid")
    read_words()

    assert client_of(rfc.owner).get(reverse(LIST), {"q": "krakne squidd"}).context["suggestion"] is None


def test_search_that_finds_enough_looks_nothing_up() -> None:
    for _ in range(lists.FEW):
        rfc = draft(title="Kraken")
    client, counts = client_of(rfc.owner), []
    for query in ({"q": "kraken", "package": "src"}, {"q": "krakne"}):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(LIST), query)
        counts.append([row["sql"] for row in queries if "rfcs_word" in row["sql"]])
    assert (len(counts[0]), len(counts[1])) == (0, 1)


# Saved views --------------------------------------------------------------------------------------------------


def test_view_is_saved_under_a_name_opened_changed_and_removed() -> None:
    ada = person("ada")
    client, save = client_of(ada), reverse("view-save")

    response = client.post(save, {"name": " My  drafts ", "query": "state=draft&mine=on&before=7&q="}, follow=True)
    assert [(view.name, view.query) for view in SavedView.objects.all()] == [("My drafts", "mine=on&state=draft")]
    assert [view["name"] for view in response.context["views"] if view["active"]] == ["My drafts"]
    assert not response.context["may_save_view"]

    client.post(save, {"name": "My drafts", "query": "state=draft"})
    view = SavedView.objects.get()
    assert view.query == "state=draft"

    client.post(reverse("view-remove", args=[view.pk]))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("", "state=draft", "Give the view a name"),
        ("x" * 61, "state=draft", "Give the view a name"),
        ("a\0b", "state=draft", "Give the view a name"),
        ("Fine", "", "Choose some filters first"),
        ("Fine", "state=nowhere", "Choose some filters first"),
        ("Fine", "before=3", "Choose some filters first"),
    ],
)
def test_view_that_cannot_be_kept_is_explained(name: str, query: str, said: str) -> None:
    response = client_of(person()).post(reverse("view-save"), {"name": name, "query": query}, follow=True)
    assert said in response.content.decode()
    assert not SavedView.objects.exists()


def test_views_are_their_owners_own() -> None:
    view = SavedView.objects.create(person=person("ada"), name="Hers", query="state=draft")
    other = client_of(person("bob"))
    other.post(reverse("view-remove", args=[view.pk]))
    assert SavedView.objects.filter(pk=view.pk).exists()
    assert "Hers" not in other.get(reverse(LIST)).content.decode()


def test_number_of_views_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.pages.saved_views.MOST", 1)
    client = client_of(person())
    for name in ("one", "two"):
        response = client.post(reverse("view-save"), {"name": name, "query": "state=draft"}, follow=True)
    assert "You have 1 views; remove one to save another." in response.content.decode()
    assert SavedView.objects.count() == 1


# The spreadsheet ----------------------------------------------------------------------------------------------


def test_spreadsheet_holds_what_the_filters_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "BATCH", 2)
    ada = person("ada")
    rfcs = [draft(author=ada, title=f"=Title {number}") for number in range(5)]
    draft(author=person("bob"))
    rows = records(client_of(ada).get(reverse("rfc-list-csv"), {"mine": "on"}))
    assert [(row["number"], row["title"]) for row in rows] == [
        (rfc.number, f"'=Title {4 - at}") for at, rfc in enumerate(reversed(rfcs))
    ]
    assert rows[0]["address"].endswith(rfcs[-1].get_absolute_url())
    assert rows[0]["packages"] == str(len(rfcs[-1].packages.all()))


def test_spreadsheet_leaves_out_what_is_under_embargo() -> None:
    secret = draft(embargoed=True)
    assert records(client_of(person()).get(reverse("rfc-list-csv"))) == []
    assert [row["number"] for row in records(client_of(secret.owner).get(reverse("rfc-list-csv")))] == [secret.number]
