from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from rfcs import clock
from tests.api.conftest import Client, codes, fields
from tests.factories import person, rfc_in
from tests.rfcs.files.test_filetypes import PNG

LINK = {"link": "https://ci.example.org/1"}


def items(caller: Any, number: str) -> dict[str, dict[str, Any]]:
    return {item["slug"]: item for item in caller.get(f"rfcs/{number}/checklist/").json()}


def test_checklist_shows_the_fourteen_items_of_the_process(as_: Client) -> None:
    rfc = rfc_in("implementation")
    shown = items(as_(person()), rfc.number)
    assert len(shown) == 14
    assert (shown["rfc_approved"]["closed"], shown["rfc_approved"]["evidence"]) == (True, None)
    assert shown["documentation_updated"]["why_open"] == "Attest it with a link to the evidence."


def test_item_closes_with_evidence_and_opens_again_with_a_reason(as_: Client) -> None:
    rfc = rfc_in("implementation")
    owner, address = as_(rfc.owner), f"rfcs/{rfc.number}/checklist/documentation_updated/"
    shown = owner.post(address, LINK | {"text": "The guide"}).json()
    assert (shown["closed"], shown["evidence"]["text"], shown["evidence"]["by"]) == (
        True,
        "The guide",
        rfc.owner.username,
    )
    assert codes(owner.post(address, LINK)) == ["item_state"]
    assert fields(owner.post(address, {"reopen": True})) == ["reason"]
    shown = owner.post(address, {"reopen": True, "reason": "The page is gone"}).json()
    assert (shown["closed"], shown["evidence"]) == (False, None)


def test_item_without_a_link_answers_422(as_: Client) -> None:
    rfc = rfc_in("implementation")
    for link in ("", "ftp://example.org/x", "javascript:alert(1)", "https://x.org/" + "y" * 500):
        answer = as_(rfc.owner).post(f"rfcs/{rfc.number}/checklist/documentation_updated/", {"link": link})
        assert (answer.status_code, codes(answer)[0] in {"link_missing", "too_long"}) == (422, True)


def test_computed_item_and_other_phase_answer_409(as_: Client) -> None:
    rfc = rfc_in("implementation")
    for slug, code in (("rfc_approved", "automatic_item"), ("monitoring_in_place", "wrong_phase")):
        answer = as_(rfc.owner).post(f"rfcs/{rfc.number}/checklist/{slug}/", LINK)
        assert (answer.status_code, codes(answer)) == (409, [code])


def test_stranger_does_not_attest(as_: Client) -> None:
    rfc = rfc_in("implementation")
    answer = as_(person()).post(f"rfcs/{rfc.number}/checklist/documentation_updated/", LINK)
    assert answer.status_code == 403


def test_file_closes_an_item_and_stands_among_its_evidence(as_: Client) -> None:
    rfc, second = rfc_in("implementation"), person()
    file = BytesIO(PNG)
    file.name = "run.png"
    address = f"rfcs/{rfc.number}/checklist/unit_tests_pass/"

    shown = as_(second).post(address, {"file": file, **LINK}, format="multipart").json()

    assert (shown["closed"], shown["state"]) == (True, "done")
    assert [(piece["link"], piece["file"]["name"], piece["by"]) for piece in shown["pieces"]] == [
        (LINK["link"], "run.png", second.username)
    ]
    more = as_(second).post(address, {"add": True, "attachment": shown["pieces"][0]["file"]["sha256"]}).json()
    assert len(more["pieces"]) == 2
    fewer = as_(second).post(address, {"remove": more["pieces"][1]["id"], "reason": "Twice"}).json()
    assert len(fewer["pieces"]) == 1


def test_waiver_is_granted_and_revoked_by_who_may(as_: Client) -> None:
    rfc, steward = rfc_in("implementation"), person(None, "stewards")
    address = f"rfcs/{rfc.number}/checklist/unit_tests_pass/"
    until = (clock.now() + timedelta(days=10)).date().isoformat()
    said = {"waive": True, "reason": "No runner", "expires": until}

    assert as_(rfc.owner).post(address, said).status_code == 403
    shown = as_(steward).post(address, said).json()
    assert (shown["closed"], shown["state"], shown["evidence"]) == (True, "waived", None)
    assert (shown["waiver"]["by"], shown["waiver"]["expires"]) == (steward.username, until)
    shown = as_(steward).post(address, {"not_applicable": True, "reason": "No tests there", "expires": until}).json()
    assert shown["state"] == "not_applicable"
    shown = as_(steward).post(address, {"revoke": True, "reason": "There is one"}).json()
    assert (shown["state"], shown["waiver"]) == ("open", None)
    assert fields(as_(steward).post(address, {"waive": True})) == ["reason", "expires"]


def test_two_actions_at_once_are_malformed(as_: Client) -> None:
    rfc = rfc_in("implementation")
    answer = as_(rfc.owner).post(f"rfcs/{rfc.number}/checklist/unit_tests_pass/", {"waive": True, "reopen": True})
    assert answer.status_code == 400
