"""Concerns through the API: dated, answered, overridden."""

from datetime import timedelta

from rfcs.states import ARCHITECTURE
from tests import factories as f
from tests.api.conftest import Client, codes


def test_a_concern_is_answered_and_overridden_through_the_api(as_: Client) -> None:
    one, two, lead = f.board(3)
    f.lead(ARCHITECTURE, lead)
    rfc = f.rfc_in("review")
    number = rfc.number
    raised = as_(one).sign(number, "discuss", title="Old callers", rationale="Who tells them?").json()
    concern = f"rfcs/{number}/sign-offs/{raised['id']}"

    assert as_(one).get(f"rfcs/{number}/").json()["round"]["paused_at"] is not None
    assert codes(as_(two).post(f"{concern}/answer/", {"text": "I do."})) == ["not_owner"]
    answered = as_(rfc.owner).post(f"{concern}/answer/", {"text": "I do."}).json()
    assert [(reply["kind"], reply["by"]) for reply in answered["replies"]] == [("answer", rfc.owner.username)]
    assert as_(one).get(f"rfcs/{number}/").json()["round"]["paused_at"] is None
    assert as_(lead, "read", "write").post(f"{concern}/override/", {"reason": "Known."}).status_code == 403
    overridden = as_(lead).post(f"{concern}/override/", {"reason": "Known."}).json()
    assert (overridden["counts"], [reply["kind"] for reply in overridden["replies"]]) == (False, ["answer", "override"])
    assert as_(two).post(f"rfcs/{number}/sign-offs/999999/answer/", {"text": "I do."}).status_code == 404


def test_a_hold_has_a_date_through_the_api(as_: Client) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")

    assert codes(as_(one).sign(rfc.number, "hold", rationale="Time")) == ["until_missing"]
    until = (f.today() + timedelta(days=1)).isoformat()
    held = as_(one).sign(rfc.number, "hold", rationale="Time", until=until)
    assert (held.status_code, held.json()["until"]) == (201, until)
