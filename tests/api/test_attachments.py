"""Files over the API: attach, list, download, take off; and what is never taken."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import override_settings

from rfcs.files import storage
from tests.api.conftest import Caller, Client, codes, openapi
from tests.factories import again, draft, edit, person, rfc_in
from tests.rfcs.files.test_filetypes import PNG

POLYGLOT = PNG + b"<script>alert(document.cookie)</script>"
NO_SCRIPT = "sandbox; default-src 'none'"


def upload(caller: Caller, number: str, name: str = "shot.png", content: bytes = POLYGLOT, **fields: Any) -> Any:
    file = BytesIO(content)
    file.name = name
    return caller.post(f"rfcs/{number}/attachments/", {"file": file, **fields}, format="multipart")


def test_attaching_is_an_edit_and_the_file_comes_back_as_a_download(as_: Client) -> None:
    rfc = rfc_in("assessment")
    owner = as_(rfc.owner)

    answer = upload(owner, rfc.number, version=rfc.working_copy.version)

    shown = answer.json()
    assert (answer.status_code, shown["revision"], shown["digest"] == rfc.material_digest) == (201, 2, False)
    (file,) = shown["attachments"]
    assert (file["name"], file["size"]) == ("shot.png", len(POLYGLOT))
    assert owner.get(f"rfcs/{rfc.number}/attachments/").json() == [file]
    sent = as_(person()).get(f"rfcs/{rfc.number}/attachments/{file['sha256']}")
    assert b"".join(sent.streaming_content) == POLYGLOT
    assert sent["Content-Disposition"] == 'attachment; filename="shot.png"'
    assert (sent["Content-Type"], sent["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert (sent["Content-Security-Policy"], sent["Cache-Control"]) == (NO_SCRIPT, "private, no-store")


def test_a_name_beyond_ascii_is_sent_as_the_standard_says(as_: Client) -> None:
    rfc = draft()
    (file,) = upload(as_(rfc.owner), rfc.number, 'Prüf"bild.png').json()["attachments"]

    sent = as_(rfc.owner).get(f"rfcs/{rfc.number}/attachments/{file['sha256']}")

    assert sent["Content-Disposition"] == "attachment; filename*=utf-8''Pr%C3%BCf_bild.png"
    sent.close()


def test_a_file_is_seen_by_who_sees_its_rfc(as_: Client) -> None:
    rfc, other = draft(embargoed=True), draft()
    (file,) = upload(as_(rfc.owner), rfc.number).json()["attachments"]
    stranger = as_(other.owner)

    addresses = [f"rfcs/{rfc.number}/attachments/{file['sha256']}", f"rfcs/{other.number}/attachments/{file['sha256']}"]

    assert [stranger.get(address).status_code for address in addresses] == [404, 404]
    assert as_().get(addresses[0]).status_code == 401


@pytest.mark.parametrize("digest", ["0" * 64, "x", "..", "%00", "A" * 64])
def test_a_file_that_is_not_there_answers_404(as_: Client, digest: str) -> None:
    rfc = draft()
    assert as_(rfc.owner).get(f"rfcs/{rfc.number}/attachments/{digest}").status_code == 404


def test_taking_a_file_off_is_an_edit_and_the_revision_keeps_it(as_: Client) -> None:
    rfc = rfc_in("assessment")
    owner = as_(rfc.owner)
    (file,) = upload(owner, rfc.number).json()["attachments"]
    address = f"rfcs/{rfc.number}/attachments/{file['sha256']}"

    answer = owner.call("delete", address)

    assert (answer.status_code, answer.json()["attachments"], answer.json()["revision"]) == (200, [], 3)
    sent = owner.get(address)
    assert (sent.status_code, sent.getvalue()) == (200, POLYGLOT)
    assert owner.call("delete", address).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("empty.png", b"", "file_empty"), ("page.html", b"<html>", "file_type"), ("a.png", b"GIF89a", "file_type")],
)
def test_a_bad_file_answers_422(as_: Client, name: str, content: bytes, code: str) -> None:
    rfc = draft()
    answer = upload(as_(rfc.owner), rfc.number, name, content)
    assert (answer.status_code, codes(answer)) == (422, [code])


def test_a_stranger_answers_403_and_a_stale_version_409_with_what_is_stored(as_: Client) -> None:
    rfc = draft()
    assert upload(as_(person()), rfc.number).status_code == 403
    edit(rfc, title="Newer")
    answer = upload(as_(rfc.owner), rfc.number, version=1)
    assert (answer.status_code, answer.json()["stored"]["title"]) == (409, "Newer")
    assert again(rfc).working_copy.content.attachments == ()


def test_malformed_uploads_answer_400_or_415(as_: Client) -> None:
    rfc = draft()
    owner, address = as_(rfc.owner), f"rfcs/{rfc.number}/attachments/"
    assert owner.post(address, {"version": 1}, format="multipart").status_code == 400
    assert owner.post(address, {"file": "no file", "more": "x"}, format="multipart").status_code == 400
    assert owner.post(address, {"file": "x"}).status_code == 415


@override_settings(ATTACHMENT_MEGABYTES=0)
def test_a_body_that_announces_too_much_answers_413_before_it_is_read_but_after_who_may(as_: Client) -> None:
    rfc = draft()
    large = PNG + b"\0" * 6_100_000
    answer = upload(as_(rfc.owner), rfc.number, content=large)
    assert (answer.status_code, codes(answer)) == (413, ["too_large"])
    assert upload(as_(), rfc.number, content=large).status_code == 401
    assert list(storage.abandoned()) == []


def test_the_schema_names_the_upload() -> None:
    post = openapi()["paths"]["/api/v1/rfcs/{number}/attachments/"]["post"]
    assert list(post["requestBody"]["content"]) == ["multipart/form-data"]
