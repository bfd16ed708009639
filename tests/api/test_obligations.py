"""What is owed, and paying it, through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from breakwater.config import Config
from breakwater.documents import read
from breakwater.rules import documents
from rfcs import clock
from rfcs.models import RFC
from tests import factories as f
from tests.api.conftest import Client


def owed(shown: dict[str, Any]) -> dict[str, bool]:
    return {row["kind"]: row["met_at"] is not None for row in shown["obligations"]}


def test_an_emergency_through_the_api(as_: Client) -> None:
    board, grace = f.board(3), f.person("grace", "security")
    ada = f.person("ada")
    body = {"track": "emergency", "title": "Tokens", "change_summary": "Bound.", "justification": "Replays."}
    packages = [{"path": "src/a", "description": "Bound"}]
    shown = as_(ada).post("rfcs/", body | {"affected_packages": packages, "rollback_plan": "1. Revert."}).json()
    one = f"rfcs/{shown['number']}/"

    shown = as_(ada).post(f"{one}moves/", {"move": "request_authorisation"}).json()
    assert (shown["state"], shown["round"]["kind"]) == ("review", "authorisation")
    said = {"team": "security", "position": "approve", "digest": shown["digest"]}
    assert as_(grace).post(f"{one}sign-offs/", said).status_code == 201
    shown = as_(ada).get(one).json()
    assert (shown["state"], owed(shown)) == (
        "implementation",
        {"post_hoc_justification": False, "compliance_checklist": False, "retroactive_review": False},
    )
    assert [turn["who"] for turn in shown["waiting_on"]][:3] == ["Ada Example", "Ada Example", "Architecture Team"]
    assert shown["waiting_on"][0]["due"] == shown["obligations"][0]["due_at"]
    missing = as_(ada).post(f"{one}obligations/justification/", {})
    assert missing.status_code == 422

    rfc = RFC.objects.get()
    full = f.content()
    f.edit(rfc, **{name: getattr(full, name) for name in (*f.ABBREVIATED, "packages")})
    shown = as_(ada).post(f"{one}obligations/justification/", {"note": "In full"}).json()
    assert (owed(shown)["post_hoc_justification"], shown["round"]["kind"]) == (True, "retroactive")
    for member in board[:2]:
        said = {"team": "architecture", "position": "approve", "digest": shown["digest"]}
        assert as_(member).post(f"{one}sign-offs/", said).status_code == 201
    account = as_(ada).get(f"{one}obligations/").json()
    assert [(row["kind"], row["met_at"] is not None, row["team"]) for row in account["obligations"]] == [
        ("post_hoc_justification", True, "security"),
        ("compliance_checklist", True, "security"),
        ("retroactive_review", True, "security"),
    ]
    assert (account["acceptances"], account["follow_ups"], account["follows"]) == ([], [], None)


def test_a_risk_is_borne_through_the_api(as_: Client) -> None:
    board = f.board(3)
    rfc = f.reject(f.file_full(f.short_in("implementation")))
    until = (f.today() + timedelta(days=5)).isoformat()

    denied = as_(rfc.owner).post(f"rfcs/{rfc.number}/obligations/risk/", {"reason": "x", "until": until})
    account = as_(board[0]).post(f"rfcs/{rfc.number}/obligations/risk/", {"reason": "Known.", "until": until}).json()

    assert denied.status_code == 403
    assert [(row["by"], row["reason"], row["until"]) for row in account["acceptances"]] == [
        (board[0].username, "Known.", until)
    ]
    assert set(owed(account).values()) == {True}


def test_a_blocked_board_is_asked_again_through_the_api(as_: Client) -> None:
    board = f.board(3)
    rfc = f.file_full(f.short_in("implementation"))
    for member in board:
        f.sign(rfc, member, "recuse")
    f.person(None, "architecture"), f.person(None, "architecture")

    answer = as_(rfc.owner).post(f"rfcs/{rfc.number}/obligations/review-again/", {"note": "They stepped aside."})

    assert (answer.status_code, answer.json()["round"]["kind"]) == (200, "retroactive")


def test_a_hotfix_is_followed_up_and_reviewed_through_the_api(as_: Client) -> None:
    commander = f.person("ida", "incident_command")
    rfc = f.short_in("implementation", "hotfix")
    owner, one = as_(rfc.owner), f"rfcs/{rfc.number}/"

    made = owner.post(f"{one}obligations/follow-up/", {})
    again = owner.post(f"{one}obligations/follow-up/", {})
    review = {
        "timeline": "02:10 seen",
        "cause": "A disk",
        "went_well": "The alert",
        "actions": [{"what": "Watch it", "owner": "ida", "due": "2031-03-03"}],
    }
    filed = owner.post(f"{one}incident-review/", review)
    accepted = as_(commander).post(f"{one}incident-review/accept/", {"version": 1})

    assert (made.status_code, made.json()["track"], again.status_code) == (201, "standard", 409)
    assert (filed.status_code, filed.json()["actions"]) == (200, review["actions"])
    assert (accepted.status_code, accepted.json()["accepted_by"]) == (200, "ida")
    assert [row["version"] for row in owner.get(f"{one}incident-review/").json()] == [1]
    account = owner.get(f"{one}obligations/").json()
    assert (account["follow_ups"], owed(account)) == (
        [made.json()["number"]],
        {"follow_up_rfc": False, "post_incident_review": True},
    )
    assert owner.get(f"rfcs/{made.json()['number']}/obligations/").json()["follows"] == rfc.number


def test_an_outage_is_told_and_corrected_through_the_api(as_: Client) -> None:
    rfc = f.short_in("implementation", "hotfix")
    caller, path = as_(rfc.owner), f"rfcs/{rfc.number}/outages/"
    start = clock.now() - timedelta(hours=2)
    said: dict[str, Any] = {"started_at": start.isoformat(), "note": "Payments failed"}

    first = caller.post(path, said)
    again = caller.post(path, said)
    end = {"ended_at": (start + timedelta(minutes=50)).isoformat(), "corrects": first.json()["id"]}
    second = caller.post(path, said | end)
    shown = caller.get(path).json()

    assert [answer.status_code for answer in (first, again, second)] == [201, 201, 201]
    assert (first.json()["ended_at"], again.json()) == (None, first.json())
    assert shown["minutes"] == 50
    assert [(row["corrects"], row["counts"]) for row in shown["outages"]] == [(None, False), (first.json()["id"], True)]
    gone = caller.post(path, {"corrects": second.json()["id"], "retracted": True, "note": "A test"})
    assert (gone.status_code, caller.get(path).json()["minutes"]) == (201, 0)


def test_an_outage_that_cannot_be_is_refused_by_the_api_in_the_usual_order(as_: Client) -> None:
    rfc, draft, hidden = (
        f.short_in("implementation"),
        f.short("hotfix"),
        f.short_in("implementation", "hotfix", embargoed=True),
    )
    owner, stranger = as_(rfc.owner), as_(f.person())
    said = {"started_at": clock.now().isoformat()}

    answers = [
        stranger.post(f"rfcs/{hidden.number}/outages/", said),
        stranger.get(f"rfcs/{hidden.number}/outages/"),
        stranger.post(f"rfcs/{rfc.number}/outages/", said),
        as_(draft.owner).post(f"rfcs/{draft.number}/outages/", said),
        owner.post(f"rfcs/{rfc.number}/outages/", {"ended_at": said["started_at"]}),
        owner.post(f"rfcs/{rfc.number}/outages/", {"started_at": "two o'clock"}),
        owner.post(f"rfcs/{rfc.number}/outages/", said | {"end": "now"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 403, 409, 422, 400, 400]
    assert [reason["field"] for reason in answers[4].json()["reasons"]] == ["started_at"]


@pytest.mark.parametrize("track", ["emergency", "hotfix"])
def test_the_abbreviated_document_satisfies_the_validator(as_: Client, track: str) -> None:
    rfc = f.short_in("implementation", track)

    text = as_(rfc.owner).get(f"rfcs/{rfc.number}/justification.md").content.decode()

    found = documents.judge(read("BREAKING_CHANGE_JUSTIFICATION.md", text), Config())
    assert "## Testing Strategy" not in text
    assert [finding.message for finding in found] == []
