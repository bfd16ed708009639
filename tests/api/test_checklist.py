from __future__ import annotations

from typing import Any

from tests.api.conftest import Client, codes, fields
from tests.factories import person, rfc_in

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
