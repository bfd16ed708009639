"""Teams over the API: everybody reads, stewards change, and every change is the event that a page would make."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from rfcs.models import Event
from rfcs.states import ARCHITECTURE, AUDITORS, SECURITY, STEWARDS
from tests import factories as f
from tests.api.conftest import Client, codes

pytestmark = pytest.mark.django_db


def roster() -> list[str]:
    return list(Event.objects.filter(stream="roster").order_by("seq").values_list("kind", flat=True))


def member(username: str, *, leads: bool = False, active: bool = True) -> dict[str, Any]:
    return {"username": username, "name": f"{username.title()} Example", "leads": leads, "active": active}


def test_everybody_reads_teams_with_members_and_leads_in_the_order_of_the_process(as_: Client) -> None:
    f.lead(ARCHITECTURE, f.person("ada"))
    f.person("bea", ARCHITECTURE, is_active=False)
    f.person("cay", SECURITY)
    f.team("a_bridge")

    found = as_(f.person(), "read").get("teams/").json()

    assert [team["slug"] for team in found] == [ARCHITECTURE, SECURITY, "a_bridge"]
    assert found[0]["members"] == [member("ada", leads=True), member("bea", active=False)]
    assert [(team["name"], team["signs"]) for team in found][1:] == [("Security Team", True), ("A Bridge", False)]
    assert as_(f.person()).get(f"teams/{ARCHITECTURE}/").json() == found[0]


def test_a_steward_creates_a_team_and_its_roster(as_: Client) -> None:
    f.person("ada")
    stu = as_(f.person("stu", STEWARDS))

    made = stu.post("teams/", {"slug": "bridge"})
    added, again = (stu.post("teams/bridge/members/", {"username": "ada"}) for _ in range(2))
    led = stu.call("put", "teams/bridge/members/ada/", {"leads": True})
    gone, gone_again = (stu.call("delete", "teams/bridge/members/ada/") for _ in range(2))

    assert [answer.status_code for answer in (made, added, again, led, gone, gone_again)] == [
        201,
        201,
        200,
        200,
        200,
        200,
    ]
    assert led.json()["members"] == [member("ada", leads=True)]
    assert gone.json()["members"] == []
    assert roster() == ["team.created", "member.added", "lead.set", "member.removed"]


@pytest.mark.parametrize("teams", [(), (ARCHITECTURE,), (AUDITORS,), (AUDITORS, STEWARDS)])
def test_only_stewards_change_rosters_and_the_body_is_not_even_read(as_: Client, teams: tuple[str, ...]) -> None:
    """Test plan, row 9."""
    f.person("ada", ARCHITECTURE)
    caller = as_(f.person("eve", *teams))

    answers = [
        caller.post("teams/", {"nonsense": 1}),
        caller.post(f"teams/{ARCHITECTURE}/members/", {"username": "eve"}),
        caller.call("put", f"teams/{ARCHITECTURE}/members/ada/", {"leads": True}),
        caller.call("delete", f"teams/{ARCHITECTURE}/members/ada/"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert roster() == []
    assert Event.objects.filter(kind="refused", payload__on="roster").count() == 4


def test_a_token_that_only_reads_changes_no_roster(as_: Client) -> None:
    answer = as_(f.person("stu", STEWARDS), "read", "sign").post("teams/", {"slug": "bridge"})

    assert (answer.status_code, codes(answer)) == (403, ["scope_missing"])


def test_refusals_come_in_the_words_of_the_verb(as_: Client) -> None:
    stu = as_(f.person("stu", STEWARDS))
    f.person("ada", is_active=False)

    for method, path, said, expected in (
        ("post", "teams/", {"slug": "Not Good"}, (422, ["slug"])),
        ("post", "teams/", {"slug": STEWARDS}, (409, ["team_exists"])),
        ("post", f"teams/{STEWARDS}/members/", {"username": "nobody"}, (422, ["nobody"])),
        ("post", f"teams/{STEWARDS}/members/", {"username": "ada"}, (409, ["inactive"])),
        ("put", f"teams/{STEWARDS}/members/ada/", {"leads": True}, (409, ["no_member"])),
        ("put", f"teams/{STEWARDS}/members/ada/", {"leads": "yes"}, (400, ["invalid"])),
        ("delete", f"teams/{STEWARDS}/members/stu/", None, (409, ["last_steward"])),
        ("delete", f"teams/{STEWARDS}/members/nobody/", None, (404, ["not_found"])),
        ("post", "teams/nowhere/members/", {"username": "ada"}, (404, ["not_found"])),
    ):
        answer = stu.call(method, path, said)
        assert (method, path, answer.status_code, codes(answer)) == (method, path, *expected)


@pytest.mark.parametrize("bad", ["%00", "%ED%A0%80", "x" * 300])
def test_an_address_that_no_row_holds_is_not_there(as_: Client, bad: str) -> None:
    caller, browser = as_(f.person("stu", STEWARDS)), Browser()
    browser.force_login(f.person())

    statuses = {
        caller.get(f"teams/{bad}/").status_code,
        caller.call("delete", f"teams/{STEWARDS}/members/{bad}/").status_code,
        browser.get(f"/teams/{bad}/").status_code,
    }

    assert statuses == {404}


def test_who_joins_over_the_api_is_logged_out_too(as_: Client) -> None:
    """Test plan, row 32."""
    f.person("ada")
    f.team("bridge")
    browser = Browser()
    browser.post(reverse("login"), {"login": "ada", "password": f.PASSWORD})

    as_(f.person("stu", STEWARDS)).post("teams/bridge/members/", {"username": "ada"})

    assert browser.get(reverse("queue")).status_code == 302


def test_list_of_teams_costs_the_same_for_few_and_many(as_: Client, django_assert_num_queries: Any) -> None:
    caller = as_(f.person())
    f.person(None, ARCHITECTURE)
    with django_assert_num_queries(4) as few:
        caller.get("teams/")
    for slug in ("one", "two", "three"):
        f.person(None, ARCHITECTURE, slug)

    with django_assert_num_queries(len(few.captured_queries)):
        caller.get("teams/")
