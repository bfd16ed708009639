"""Teams whose members need a second factor: off by default, a page that leads to one, and no way round it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance import checks
from governance.accounts import factors
from governance.accounts.required import PASSES
from rfcs.states import ARCHITECTURE, SECURITY
from tests.factories import PASSWORD, client_of, person, team
from tests.governance.test_factors import code_of
from tests.provider import Provider, come
from tests.trust.routes import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes_stand")]
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.SECOND_FACTOR_TEAMS = [ARCHITECTURE, SECURITY]


def is_held(client: Client, address: str = "") -> bool:
    response = client.get(address or reverse("queue"))
    return response.status_code == 302 and response["Location"] == reverse("second-factor")


def test_member_without_a_second_factor_is_led_to_one_and_goes_on_with_it() -> None:
    ada = person("ada", ARCHITECTURE)
    client = Client()
    client.post(reverse("login"), {"login": "ada", "password": PASSWORD})

    before = is_held(client)
    page = client.get(reverse("second-factor")).content.decode()
    client.get(reverse("factor-app"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("factor-app"), {"code": code_of(secret)})
    codes = client.get(reverse("factor-codes"))

    assert (before, is_held(client)) == (True, False)
    assert "Architecture Team: whoever is in this team" in " ".join(page.split())
    assert codes.status_code == 200
    assert client.get(reverse("second-factor"))["Location"] == reverse("queue")
    assert factors.of(ada).app is not None


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_no_other_page_answers_a_member_without_one(method: str) -> None:
    client = client_of(person("ada", ARCHITECTURE))
    open_ = {route.address() for route in pages() if route.name in PASSES}
    held = {route.address() for route in pages()} - open_

    answers = {address: getattr(client, method)(address) for address in held}

    assert len(held) > 80
    assert {answer.headers.get("Location") for answer in answers.values()} == {reverse("second-factor")}


def test_others_notice_nothing(settings: Any) -> None:
    assert not is_held(client_of(person()))
    member = client_of(person("ada", ARCHITECTURE))
    held = is_held(member)
    settings.SECOND_FACTOR_TEAMS = []

    assert (held, is_held(member)) == (True, False)


def test_who_joins_or_takes_the_factor_away_is_held_at_once() -> None:
    ada = person("ada")
    client = client_of(ada)
    before = is_held(client)
    team(SECURITY, ada)
    joined = is_held(client)
    factors.add_app(ada, SECRET)
    with_app = is_held(client)
    factors.remove_app(ada)

    assert (before, joined, with_app, is_held(client)) == (False, True, False, True)


def test_second_factor_of_the_provider_is_one(provider: Provider) -> None:
    person("ada", ARCHITECTURE)
    without, with_one = Client(), Client()
    come(without)
    provider.lies = {"amr": ["mfa"]}

    come(with_one)

    assert (is_held(without), is_held(with_one)) == (True, False)


def test_name_that_is_no_team_stops_the_start(settings: Any) -> None:
    settings.SECOND_FACTOR_TEAMS = ["architects"]

    assert [error.id for error in checks.required_teams_are_known()] == ["breakwater.E005"]
