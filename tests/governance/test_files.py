"""Attachments on the pages: beside what is typed, as downloads, and what is too large."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from rfcs.files import attachments
from rfcs.models import RFC
from tests.factories import again, client_of, draft, edit, person, rfc_in
from tests.governance.test_pages import form_of
from tests.rfcs.files.test_filetypes import PNG

pytestmark = pytest.mark.django_db


def upload(client: Client, rfc: RFC, name: str = "load.csv", content: bytes = b"1;2\n", **changes: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("rfc-attach", args=[rfc.number]), {**form_of(rfc, **changes), "file": file})


def test_attaching_saves_what_was_typed_beside_it():
    rfc = draft()

    response = upload(client_of(rfc.owner), rfc, title="Typed and not saved")

    stored = again(rfc).working_copy.content
    assert response["Location"] == f"{reverse('rfc-edit', args=[rfc.number])}#attachments"
    assert (stored.title, [file.name for file in stored.attachments]) == ("Typed and not saved", ["load.csv"])


def test_a_bad_file_is_said_and_what_was_typed_is_shown_again():
    rfc = draft()

    response = upload(client_of(rfc.owner), rfc, "page.html", b"<html>", title="Typed and not saved")

    shown = response.content.decode()
    assert response.status_code == 422
    assert "“page.html” is not a kind of file that can be attached" in shown
    assert "Typed and not saved" in shown
    assert again(rfc).working_copy.content.title != "Typed and not saved"


def test_no_file_is_said():
    rfc = draft()

    response = client_of(rfc.owner).post(reverse("rfc-attach", args=[rfc.number]), form_of(rfc))

    assert (response.status_code, "Choose a file first." in response.content.decode()) == (422, True)


def test_saving_and_autosaving_keep_the_files():
    rfc = draft()
    client = client_of(rfc.owner)
    upload(client, rfc)

    client.post(reverse("rfc-autosave", args=[rfc.number]), form_of(rfc, title="Autosaved"))
    client.post(reverse("rfc-edit", args=[rfc.number]), form_of(rfc, title="Saved"))

    stored = again(rfc)
    assert stored.revision is not None
    assert (stored.title, [file.name for file in stored.revision.content.attachments]) == ("Saved", ["load.csv"])


def test_removing_a_file_takes_it_off_the_working_copy():
    rfc = draft()
    client = client_of(rfc.owner)
    upload(client, rfc)
    digest = again(rfc).working_copy.content.attachments[0].sha256

    client.post(reverse("rfc-detach", args=[rfc.number]), {**form_of(rfc), "detach": digest})

    assert again(rfc).working_copy.content.attachments == ()


def test_a_file_attached_meanwhile_survives_the_conflict_of_another_save():
    rfc = draft()
    form = form_of(rfc, title="Mine")
    attachments.attach(rfc, by=rfc.owner, name="load.csv", chunks=[b"1;2\n"])
    client = client_of(rfc.owner)

    response = client.post(reverse("rfc-edit", args=[rfc.number]), form)
    assert response.status_code == 409
    client.post(reverse("rfc-edit", args=[rfc.number]), form_of(rfc, title="Mine"))

    stored = again(rfc).working_copy.content
    assert (stored.title, [file.name for file in stored.attachments]) == ("Mine", ["load.csv"])


def test_pages_list_the_files_and_the_revision_shows_what_was_added():
    rfc = rfc_in("assessment")
    attachments.attach(rfc, by=rfc.owner, name="<b>load</b>.csv", chunks=[b"1;2\n"])
    edit(rfc)
    client = client_of(person())

    pages = [client.get(reverse("rfc-page", args=[rfc.number])), client.get(f"/rfcs/{rfc.number}/revisions/2/")]

    for page in pages:
        assert "b_.csv" in page.content.decode()
    assert "attachments" in [change.name for change in pages[1].context["changes"]]


def test_a_file_is_only_ever_a_download():
    rfc = draft()
    attachments.attach(rfc, by=rfc.owner, name="shot.png", chunks=[PNG + b"<script>alert(1)</script>"])
    digest = again(rfc).working_copy.content.attachments[0].sha256
    address = reverse("rfc-attachment", args=[rfc.number, digest])

    response: Any = client_of(rfc.owner).get(address)

    assert response.getvalue().startswith(b"\x89PNG")
    assert response["Content-Disposition"].startswith("attachment;")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert Client().get(address)["Location"].startswith("/login/")


def test_an_embargoed_rfcs_file_is_not_there_for_others():
    rfc = draft(embargoed=True)
    attachments.attach(rfc, by=rfc.owner, name="load.csv", chunks=[b"1;2\n"])
    digest = again(rfc).working_copy.content.attachments[0].sha256

    assert client_of(person()).get(reverse("rfc-attachment", args=[rfc.number, digest])).status_code == 404


@override_settings(ATTACHMENT_MEGABYTES=0)
def test_a_body_that_announces_too_much_is_refused_before_it_is_read():
    rfc = draft()

    response = upload(client_of(rfc.owner), rfc, "big.log", b"x" * 6_100_000)

    assert response.status_code == 413
    assert "The file is larger than 0 MB" in response.content.decode()
    assert response.wsgi_request.read() == b""
