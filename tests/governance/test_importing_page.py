"""The page for an edited document: shown before it is taken, nothing typed is lost."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from governance import documents
from rfcs.models import Event, WorkingCopy
from tests.factories import again, draft, edit, person, revision, rfc_in, team

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(rfc) -> str:
    return reverse("rfc-import", args=[rfc.number])


def hidden(response) -> dict[str, list[str]]:
    """What the confirmation would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', response.content.decode()):
        found.setdefault(name, []).append(html.unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def typed(response) -> str:
    (area,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", response.content.decode(), re.DOTALL)
    return html.unescape(area)


def edited(rfc, new: str = "1. Another way back.") -> str:
    return documents.markdown_of(rfc).replace(rfc.working_copy.content.rollback_plan, new)


def test_the_diff_is_shown_before_anything_is_stored_and_then_taken():
    rfc = rfc_in("assessment")
    client, text = client_of(rfc.owner), edited(rfc)

    shown = client.post(page_of(rfc), {"text": text, "compare": "1"})

    assert shown.status_code == 200
    assert again(rfc).working_copy.content == rfc.working_copy.content
    assert "Another way back" in shown.content.decode()
    assert "What the import changes" in shown.content.decode()

    taken = client.post(page_of(rfc), {"text": text, "take": "1", "note": "From the branch", **hidden(shown)})

    after = again(rfc)
    assert (taken.status_code, taken["Location"]) == (302, after.get_absolute_url())
    assert revision(rfc).content.rollback_plan == "1. Another way back."
    assert (revision(rfc).number, revision(rfc).note) == (2, "From the branch")
    event = Event.objects.filter(stream=rfc.stream, kind="document.imported").get()
    assert (event.payload["changed"], event.payload["emptied"]) == (["rollback_plan"], [])


def test_a_file_wins_over_the_text():
    rfc = draft()
    upload = SimpleUploadedFile("BREAKING_CHANGE_JUSTIFICATION.md", edited(rfc).encode())

    shown = client_of(rfc.owner).post(page_of(rfc), {"text": "nonsense", "file": upload})

    assert shown.status_code == 200
    assert typed(shown).strip() == edited(rfc).strip()


def test_a_change_in_between_is_shown_again_instead_of_overwritten():
    rfc = rfc_in("assessment")
    client, text = client_of(rfc.owner), edited(rfc)
    said = hidden(client.post(page_of(rfc), {"text": text}))
    edit(rfc, api_changes="Written meanwhile.")

    answer = client.post(page_of(rfc), {"text": text, "take": "1", **said})

    assert answer.status_code == 409
    assert "changed after the differences were shown" in answer.content.decode()
    assert hidden(answer)["version"] == [str(WorkingCopy.objects.get(rfc=rfc).version)]
    assert again(rfc).working_copy.content.api_changes == "Written meanwhile."


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_taking_without_the_digest_that_was_shown_is_refused(digest):
    rfc = rfc_in("assessment")
    said = {"text": edited(rfc), "take": "1", "version": str(rfc.working_copy.version), "digest": digest}

    assert client_of(rfc.owner).post(page_of(rfc), said).status_code == 409
    assert revision(rfc).number == 1


def test_another_text_than_the_one_shown_is_refused():
    rfc = rfc_in("assessment")
    client = client_of(rfc.owner)
    said = hidden(client.post(page_of(rfc), {"text": edited(rfc)}))

    assert client.post(page_of(rfc), {"text": edited(rfc, "1. Slipped in."), "take": "1", **said}).status_code == 409
    assert revision(rfc).number == 1


def test_a_dropped_section_must_be_ticked_by_name():
    rfc = rfc_in("assessment")
    client = client_of(rfc.owner)
    text = re.sub(r"## Rollback Plan\n.*?(?=\n## )", "", documents.markdown_of(rfc), flags=re.DOTALL)

    refused = client.post(page_of(rfc), {"text": text})
    assert refused.status_code == 422
    assert 'value="rollback_plan"' in refused.content.decode()
    assert typed(refused).strip() == text.strip()

    shown = client.post(page_of(rfc), {"text": text, "empty": ["rollback_plan"]})
    assert (shown.status_code, hidden(shown)["empty"]) == (200, ["rollback_plan"])
    assert "The rollback plan is empty" in shown.content.decode()
    client.post(page_of(rfc), {"text": text, "take": "1", **hidden(shown)})
    assert again(rfc).working_copy.content.rollback_plan == ""


@pytest.mark.parametrize(
    "data", [b"\x89PNG\0\0", "Ü".encode("latin-1"), b"x" * (5 * 1024 * 1024)], ids=["binary", "latin-1", "5 MB"]
)
def test_bad_files_are_refused_and_the_text_is_kept(data):
    rfc = draft()
    upload = SimpleUploadedFile("x.md", data)

    answer = client_of(rfc.owner).post(page_of(rfc), {"text": "What I typed", "file": upload})

    assert answer.status_code == 422
    assert typed(answer).strip() == "What I typed"


def test_hostile_text_is_shown_as_text():
    rfc = draft()
    text = edited(rfc, "1. <script>alert(1)</script> </textarea><b>x")

    shown = client_of(rfc.owner).post(page_of(rfc), {"text": text}).content.decode()

    assert "<script>alert" not in shown
    assert "</textarea><b>" not in shown


def test_only_writers_import_and_the_refusal_is_recorded():
    rfc = rfc_in("assessment")
    stranger, auditor = person(), person()
    team("auditors", auditor)

    for user in (stranger, auditor):
        assert client_of(user).get(page_of(rfc)).status_code == 403
        assert client_of(user).post(page_of(rfc), {"text": edited(rfc)}).status_code == 403
        taken = {"text": edited(rfc), "take": "1", "version": "1", "digest": "x"}
        assert client_of(user).post(page_of(rfc), taken).status_code == 403
    refused = Event.objects.filter(stream="access", kind="refused", payload__what="import")
    assert set(refused.values_list("actor", flat=True)) == {stranger.pk, auditor.pk}
    assert client_of(rfc.owner).get(page_of(rfc)).status_code == 200


def test_an_embargoed_rfc_has_no_import_page_for_others():
    rfc = draft(embargoed=True)

    assert client_of(person()).post(page_of(rfc), {"text": "x"}).status_code == 404


def test_after_the_approval_the_import_waits_in_the_working_copy():
    rfc = rfc_in("approved")
    client = client_of(rfc.owner)
    shown = client.post(page_of(rfc), {"text": edited(rfc)})
    assert "Import into the working copy" in shown.content.decode()

    client.post(page_of(rfc), {"text": edited(rfc), "take": "1", **hidden(shown)})

    after = again(rfc)
    assert after.working_copy.content.rollback_plan == "1. Another way back."
    assert revision(rfc).number == 1
    assert after.approved_digest == after.material_digest


def test_a_final_text_is_not_imported_into():
    rfc = rfc_in("closed")

    assert client_of(rfc.owner).get(page_of(rfc)).status_code == 409


@pytest.mark.parametrize(
    ("megabytes", "said"),
    [(5, "The file has 5.00 MB; a justification has at most 2."), (0, "The file “x.md” is empty")],
)
def test_a_file_of_no_fit_size_is_told_its_own_size(megabytes, said):
    rfc = draft()
    upload = SimpleUploadedFile("x.md", b"x" * (megabytes * 1024 * 1024))

    shown = html.unescape(client_of(rfc.owner).post(page_of(rfc), {"file": upload, "compare": "1"}).content.decode())

    assert (said in shown, "your text is still here" in shown) == (True, False)
