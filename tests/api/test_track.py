"""The whole standard track through the API, by a client that knows nothing of Django."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from pytest_django.live_server_helper import LiveServer

from governance import documents
from rfcs import clock
from rfcs.models import RFC, Event, Message
from tests.api.conftest import Client, mint
from tests.factories import ANSWERS, board, owned, package, person, rfc_in

BODY = {
    "title": "Invoices name their currency",
    "scenario": "api_contract",
    "answers": ANSWERS,
    "issue": 123,
    "affected_packages": [
        {"path": "src/packages/billing/invoices", "description": "Reads the new field"},
        {
            "path": "./src/packages/shop/checkout/",
            "description": "Sends the new field",
            "severity": "low",
            "data": True,
        },
    ],
    "change_summary": "The invoice message gets a required currency; every sender has to fill it.",
    "api_changes": "`Invoice.currency` becomes required in version 3 of the interface.",
    "data_changes": "The table `invoice` gets a column `currency` that is not null.",
    "behavioral_changes": "An invoice without a currency is refused instead of counted in euro.",
    "justification": "Both sides deploy together; a staged roll-out would book sums in the wrong currency.",
    "rollback_plan": "1. Revert the commit of the release.\n2. Deploy both packages.\n3. Drop the column.",
    "testing_unit": "The parser refuses a message without a currency.",
    "testing_integration": "Checkout sends an invoice, billing stores it with its currency.",
    "testing_performance": "The load test of the checkout stays within 5 % of the present median.",
    "timeline": {
        "development": {"start": "2031-03-03", "end": "2031-03-14"},
        "testing": {"start": "2031-03-17", "end": "2031-03-21"},
        "deployment": {"start": "2031-03-24", "end": "2031-03-28"},
    },
}


class OverTheWire:
    """urllib against a listening server."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address, token

    def read(self, path: str, body: Any = None, method: str | None = None) -> str:
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text: str = answer.read().decode()
        return text

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        return json.loads(self.read(path, body, method))


def test_standard_track_from_draft_to_closed(live_server: LiveServer) -> None:
    address = live_server.url
    author = OverTheWire(address, mint(person("ada"), "read", "write"))
    second = OverTheWire(address, mint(person(), "read", "write"))
    signers = [OverTheWire(address, mint(member, "read", "sign")) for member in board(3)]

    rfc = author.call("rfcs/", BODY)
    one = f"rfcs/{rfc['number']}/"
    assert (rfc["state"], rfc["version"], rfc["revision"], rfc["author"]) == ("draft", 1, None, "ada")
    rfc = author.call(one, {"version": 1, "title": "Invoices carry a currency"}, "PATCH")
    assert (rfc["title"], rfc["version"], rfc["revision"]) == ("Invoices carry a currency", 2, 1)

    def move(name: str) -> Any:
        return author.call(f"{one}moves/", {"move": name})

    assert move("submit")["state"] == "assessment"
    rfc = move("request_review")
    assert rfc["state"] == "review"
    assert [team["team"] for team in rfc["round"]["teams"]] == ["architecture"]
    assert [turn["what"] for turn in rfc["waiting_on"]] == ["Take a position for the Architecture Team."]

    for signer in signers[:2]:
        said = {"team": "architecture", "position": "approve", "digest": rfc["digest"]}
        assert signer.call(f"{one}sign-offs/", said)["counts"] is True
    rfc = author.call(one)
    assert (rfc["state"], rfc["round"]) == ("approved", None)
    signed = author.call(f"{one}sign-offs/")["results"]
    assert [row["digest"] for row in signed] == [rfc["digest"], rfc["digest"]]
    assert [move["name"] for move in author.call(f"{one}outlook/") if move["allowed"]] == ["start", "withdraw"]

    move("start")
    for item in ("changes_minimal", "packages_compile", "unit_tests_pass", "integration_tests_pass"):
        assert second.call(f"{one}checklist/{item}/", {"link": "https://ci.example.org/1"})["closed"] is True
    author.call(f"{one}checklist/documentation_updated/", {"link": "https://wiki.example.org/currency"})
    owned("src/packages/shop/checkout", person())
    move("finish")
    for item in ("validation_tools_pass", "performance_assessed"):
        second.call(f"{one}checklist/{item}/", {"link": "https://ci.example.org/2"})
    author.call(f"{one}checklist/monitoring_in_place/", {"link": "https://wiki.example.org/alerts", "text": "Two."})
    Message.objects.filter(sent_at=None).update(sent_at=clock.now())
    rfc = move("close")

    assert rfc["state"] == "closed"
    assert rfc["closed_at"] is not None
    assert (rfc["waiting_on"], rfc["obligations"]) == ([], [])
    kinds = [event["kind"] for event in author.call(f"{one}events/")["results"]]
    stored = Event.objects.filter(stream=f"rfc:{int(rfc['number'][4:])}")
    assert kinds == list(stored.values_list("kind", flat=True))
    row = RFC.objects.get()
    assert author.read(f"{one}justification.md") == documents.markdown_of(row)
    assert author.read(f"{one}commit-message") == documents.commit_message(row)


def test_owners_answer_through_the_api(as_: Client) -> None:
    owner = person("olga")
    owned("src/packages/billing/invoices", owner)
    rfc = rfc_in("assessment")
    path, address = "src/packages/billing/invoices", f"rfcs/{rfc.number}/acknowledgements/"

    denied = as_(rfc.owner).post(address, {"package": path, "answer": "acknowledge"})
    objected = as_(owner).post(address, {"package": path, "answer": "object", "reason": "Not now."})
    listed = as_(person()).get(address).json()

    assert denied.status_code == 403
    assert (objected.status_code, objected.json()["state"]) == (200, "objected")
    assert [(row["package"], row["state"], row["owners"]) for row in listed] == [
        (path, "objected", ["olga"]),
        ("src/packages/shop/checkout", "nobody", []),
    ]
    assert [(said["by"], said["answer"], said["reason"]) for said in listed[0]["answers"]] == [
        ("olga", "object", "Not now.")
    ]
    assert as_(owner).post(address, {"package": path, "answer": "maybe"}).status_code == 400
    assert as_(owner).post(address, {"package": "x", "answer": "object", "reason": "x"}).status_code == 404


def test_an_owner_answers_by_a_path_of_the_rfc_that_meets_one_package(as_: Client) -> None:
    owner = person("olga")
    owned("src/packages/billing/invoices", owner)
    owned("src/packages/shop/cart", owner)
    owned("src/packages/shop/checkout", owner)
    rfc = rfc_in("assessment", packages=(package("src/packages/billing/invoices/api"), package("src/packages/shop")))
    address = f"rfcs/{rfc.number}/acknowledgements/"

    inside = as_(owner).post(address, {"package": "src/packages/billing/invoices/api", "answer": "acknowledge"})
    above = as_(owner).post(address, {"package": "src/packages/shop", "answer": "acknowledge"})

    assert (inside.status_code, inside.json()["package"]) == (200, "src/packages/billing/invoices")
    assert inside.json()["state"] == "acknowledged"
    assert (above.status_code, "several packages" in above.content.decode()) == (404, True)
