from __future__ import annotations

from typing import Any

import pytest

from governance import documents
from governance.exporting import keys, making
from rfcs.models import RFC
from tests.api.conftest import Client, codes, fields
from tests.factories import again, draft, edit, person, rfc_in


def test_markdown_is_the_file_of_the_portal(as_: Client) -> None:
    rfc = rfc_in("approved")
    answer = as_(person()).get(f"rfcs/{rfc.number}/justification.md", HTTP_ACCEPT="text/markdown")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="BREAKING_CHANGE_JUSTIFICATION.md"'
    assert answer.content.decode() == documents.markdown_of(rfc)


def test_html_holds_nothing_that_runs(as_: Client) -> None:
    rfc = draft(title="<script>alert(1)</script>", change_summary="<img src=x onerror=alert(1)>")
    answer = as_(person()).get(f"rfcs/{rfc.number}/justification.html")
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert "<script" not in answer.content.decode()
    assert "<img" not in answer.content.decode()


def test_commit_message_is_plain_text(as_: Client) -> None:
    rfc = draft()
    answer = as_(person()).get(f"rfcs/{rfc.number}/commit-message")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == documents.commit_message(rfc)


def test_any_accept_header_gets_the_one_format(as_: Client) -> None:
    caller = as_(person())
    for accept in ("text/html", "application/xml", "nonsense", "*/*;q=0"):
        assert caller.call("get", "rfcs/", headers={"Accept": accept})["Content-Type"] == "application/json"


# Import ----------------------------------------------------------------------------------------------------


def put(caller: Any, rfc: RFC, text: str | bytes, query: str = "", **extra: Any) -> Any:
    data = text.encode() if isinstance(text, str) else text
    address = f"rfcs/{rfc.number}/justification.md{query}"
    return caller.call("put", address, data, content_type="text/markdown", **extra)


def edited(rfc: RFC, new: str = "1. Another way back.") -> str:
    return documents.markdown_of(rfc).replace(rfc.working_copy.content.rollback_plan, new)


def test_dry_run_shows_what_an_import_changes_and_stores_nothing(as_: Client) -> None:
    rfc = rfc_in("assessment")
    answer = put(as_(rfc.owner), rfc, edited(rfc), "?dry_run=true")
    said = answer.json()
    assert (answer.status_code, said["rfc"], said["version"]) == (200, None, rfc.working_copy.version)
    assert [(change["field"], change["after"]) for change in said["changes"]] == [
        ("rollback_plan", "1. Another way back.")
    ]
    assert again(rfc).working_copy.version == rfc.working_copy.version


@pytest.mark.parametrize("way", ["query", "header"])
def test_import_names_the_version_that_it_read_and_mints(as_: Client, way: str) -> None:
    rfc = rfc_in("assessment")
    version = rfc.working_copy.version
    said = {"query": f"?version={version}"} if way == "query" else {"HTTP_IF_MATCH": f'"{version}"'}
    answer = put(as_(rfc.owner), rfc, edited(rfc), **said)
    assert (answer.status_code, answer.json()["rfc"]["revision"]) == (200, 2)
    assert answer.json()["rfc"]["rollback_plan"] == "1. Another way back."


def test_import_without_a_version_is_malformed_and_a_stale_one_conflicts(as_: Client) -> None:
    rfc = rfc_in("assessment")
    caller, old = as_(rfc.owner), rfc.working_copy.version
    digest = put(caller, rfc, edited(rfc), "?dry_run=true").json()["digest"]
    edit(rfc, api_changes="Written meanwhile.")
    text = edited(again(rfc))
    assert (put(caller, rfc, text).status_code, codes(put(caller, rfc, text))) == (400, ["invalid"])
    assert codes(put(caller, rfc, text, f"?version={old}")) == ["import_stale"]
    now = again(rfc).working_copy.version
    assert put(caller, rfc, text, f"?version={now}&digest={digest}").status_code == 409
    assert put(caller, rfc, text, f"?version={now}").status_code == 200


def test_import_that_drops_a_section_names_it(as_: Client) -> None:
    rfc = rfc_in("assessment")
    caller, version = as_(rfc.owner), rfc.working_copy.version
    text = edited(rfc, "").replace("## Timeline", "").split("- Development")[0]
    answer = put(caller, rfc, text, f"?version={version}")
    assert (answer.status_code, fields(answer)) == (422, ["rollback_plan", "timeline"])
    answer = put(caller, rfc, text, f"?version={version}&empty=rollback_plan&empty=timeline&note=Begin+anew")
    assert (answer.status_code, answer.json()["emptied"]) == (200, ["rollback_plan", "timeline"])
    assert answer.json()["lacks"] != []


@pytest.mark.parametrize("data", [b"", b"\0\1\2", b"\xff\xfe", "## Überblick".encode("latin-1"), b"x" * 3_000_000])
def test_import_of_no_justification_answers_422(as_: Client, data: bytes) -> None:
    rfc = draft()
    answer = put(as_(rfc.owner), rfc, data, "?version=1")
    assert (answer.status_code, fields(answer)) == (422, ["markdown"])


def test_import_takes_markdown_only_and_strangers_are_refused_first(as_: Client) -> None:
    rfc = draft()
    path = f"rfcs/{rfc.number}/justification.md?version=1"
    assert as_(rfc.owner).call("put", path, {"text": "x"}).status_code == 415
    assert put(as_(person()), rfc, edited(rfc), "?version=1").status_code == 403
    assert put(as_(person()), rfc, b"not a justification", "?version=1").status_code == 403
    assert put(as_(rfc.owner, "read"), rfc, edited(rfc), "?version=1").status_code == 403


@pytest.mark.parametrize("query", ["?version=x", "?version=1&version=2", "?version=1&nonsense=1", "?dry_run=perhaps"])
def test_import_with_odd_parameters_is_malformed(as_: Client, query: str) -> None:
    rfc = draft()
    assert put(as_(rfc.owner), rfc, edited(rfc), query).status_code == 400


# What a worker makes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "media", "name"),
    [("justification.pdf", "application/pdf", "pdf"), ("bundle.zip", "application/zip", "zip")],
)
def test_a_made_file_is_202_until_it_is_ready(as_: Client, monkeypatch: Any, path: str, media: str, name: str) -> None:
    monkeypatch.setattr(making, "_made", lambda _export: (b"the file", ""))
    rfc = rfc_in("assessment")
    caller = as_(person(), "read")
    answer = caller.get(f"rfcs/{rfc.number}/{path}")
    assert (answer.status_code, answer.json()["status"], answer["Retry-After"]) == (202, "waiting", "2")
    assert answer["Location"].endswith(f"/api/v1/rfcs/{rfc.number}/{path}")
    leased = making.claim()
    assert leased
    assert caller.get(f"rfcs/{rfc.number}/{path}").json()["status"] == "working"
    making.make(leased)
    answer = caller.get(f"rfcs/{rfc.number}/{path}")
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, media, b"the file")
    assert answer["Content-Disposition"] == f'attachment; filename="{rfc.number}-revision-1.{name}"'


def test_a_failed_file_says_why_and_is_made_again_when_asked(as_: Client) -> None:
    rfc = draft()
    caller = as_(rfc.owner)
    caller.get(f"rfcs/{rfc.number}/justification.pdf")
    leased = making.claim()
    assert leased
    making.give_up(leased, "No luck.")
    answer = caller.get(f"rfcs/{rfc.number}/justification.pdf")
    assert (answer.status_code, codes(answer)) == (409, ["export_failed"])
    assert answer.json()["reasons"][0]["message"] == "No luck."
    assert caller.get(f"rfcs/{rfc.number}/justification.pdf", again="true").status_code == 202
    assert caller.get(f"rfcs/{rfc.number}/justification.pdf", nonsense="1").status_code == 400


def test_made_files_of_an_embargoed_rfc_do_not_exist_for_others(as_: Client) -> None:
    rfc = draft(embargoed=True)
    for path in ("justification.pdf", "bundle.zip"):
        assert as_(person()).get(f"rfcs/{rfc.number}/{path}").status_code == 404
        assert as_(person(None, "security")).get(f"rfcs/{rfc.number}/{path}").status_code == 202


def test_public_keys_are_open_to_everybody(as_: Client, settings: Any) -> None:
    old = keys.new().public
    settings.SIGNING_KEYS_PAST = [old.text]
    answer = as_().get("signing-keys/")
    assert (answer.status_code, [(row["id"], row["current"]) for row in answer.json()]) == (
        200,
        [(keys.current().public.id, True), (old.id, False)],
    )
    settings.SIGNING_KEYS_PAST = ["nonsense"]
    assert codes(as_().get("signing-keys/")) == ["no_signing_key"]
