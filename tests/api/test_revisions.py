"""Revisions and comparisons through the API: the same content as the pages, visible to the same people."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rfcs.models import RFC
from tests.api.conftest import Client, fields
from tests.factories import approve, board, draft, edit, package, person, rfc_in


def revised() -> RFC:
    rfc = rfc_in("assessment", packages=(package("src/a"),))
    edit(rfc, title="Another title")
    return edit(rfc, rollback_plan="1. Another way back.", packages=(package("src/a"), package("src/b")))


def test_revisions_are_listed_newest_first_with_author_and_note(as_: Client) -> None:
    rfc = revised()

    rows = as_(person()).get(f"rfcs/{rfc.number}/revisions/").json()["results"]

    assert [row["revision"] for row in rows] == [3, 2, 1]
    assert [row["is_current"] for row in rows] == [True, False, False]
    assert {row["by"] for row in rows} == {rfc.owner.get_username()}
    assert rows[0]["digest"] == rfc.material_digest


def test_the_list_is_paged(as_: Client) -> None:
    rfc = revised()

    first = as_(person()).get(f"rfcs/{rfc.number}/revisions/", page_size=2).json()

    assert ([row["revision"] for row in first["results"]], bool(first["next"])) == ([3, 2], True)


def test_the_approved_revision_is_marked(as_: Client) -> None:
    board(2)
    rfc = approve(rfc_in("review"))

    rows = as_(person()).get(f"rfcs/{rfc.number}/revisions/").json()["results"]

    assert [row["revision"] for row in rows if row["is_approved"]] == [1]


def test_a_draft_that_was_never_saved_has_none(as_: Client) -> None:
    rfc = draft()

    assert as_(person()).get(f"rfcs/{rfc.number}/revisions/").json()["results"] == []


def test_one_revision_says_what_it_said_then(as_: Client) -> None:
    rfc = revised()

    said = as_(person()).get(f"rfcs/{rfc.number}/revisions/2/").json()

    assert said["title"] == "Another title"
    assert [row["path"] for row in said["affected_packages"]] == ["src/a"]
    assert (said["revision"], said["is_current"]) == (2, False)


def test_a_comparison_holds_every_field_that_differs_and_no_other(as_: Client) -> None:
    rfc = revised()

    said = as_(person()).get(f"rfcs/{rfc.number}/comparison/", **{"from": 1, "to": 3}).json()

    assert [change["field"] for change in said["changes"]] == ["title", "affected_packages", "rollback_plan"]
    assert said["changes"][2]["after"] == "1. Another way back."
    assert (said["older"]["revision"], said["newer"]["revision"]) == (1, 3)
    assert said["url"].endswith(reverse("rfc-comparison", args=[rfc.number, 1, 3]))


def test_a_revision_compared_with_itself_differs_in_nothing(as_: Client) -> None:
    rfc = revised()

    assert as_(person()).get(f"rfcs/{rfc.number}/comparison/", **{"from": 2, "to": 2}).json()["changes"] == []


@pytest.mark.parametrize(
    ("asked", "status", "faulty"),
    [
        ({}, 400, ["from", "to"]),
        ({"from": "x", "to": 1}, 400, ["from"]),
        ({"from": 0, "to": 1}, 400, ["from"]),
        ({"from": 10**30, "to": 1}, 400, ["from"]),
        ({"from": 3, "to": 1}, 400, ["from"]),
        ({"from": 1, "to": 1, "with": 2}, 400, ["with"]),
    ],
)
def test_a_question_that_cannot_be_answered_names_what_is_wrong(as_: Client, asked, status, faulty) -> None:
    rfc = revised()

    answer = as_(person()).get(f"rfcs/{rfc.number}/comparison/", **asked)

    assert (answer.status_code, sorted(fields(answer))) == (status, faulty)


@pytest.mark.parametrize("address", ["revisions/9/", "revisions/0/", f"revisions/{10**30}/", "comparison/?from=1&to=9"])
def test_revisions_that_are_not_there_are_404(as_: Client, address: str) -> None:
    rfc = revised()

    assert as_(person()).get(f"rfcs/{rfc.number}/{address}").status_code == 404


@pytest.mark.parametrize("address", ["revisions/", "revisions/1/", "comparison/?from=1&to=1"])
def test_an_embargoed_rfc_shows_no_revision_to_others(as_: Client, address: str) -> None:
    rfc = rfc_in("assessment", embargoed=True)

    assert as_(person()).get(f"rfcs/{rfc.number}/{address}").status_code == 404
    assert as_(rfc.owner).get(f"rfcs/{rfc.number}/{address}").status_code == 200


def test_the_queries_of_the_list_do_not_grow(as_: Client, django_assert_max_num_queries) -> None:
    rfc, caller = revised(), as_(person())
    with django_assert_max_num_queries(100) as few:
        caller.get(f"rfcs/{rfc.number}/revisions/")
    for n in range(4):
        edit(rfc, rollback_plan=f"1. Way {n}.")

    with django_assert_max_num_queries(len(few)):
        caller.get(f"rfcs/{rfc.number}/revisions/")
