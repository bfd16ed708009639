"""The checklist tab: each person gets the forms that the verbs would take, and reads why not the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rfcs import clock
from rfcs.compliance import evidence, waivers
from rfcs.compliance.evidence import Proof
from rfcs.models import RFC, Evidence, Waiver
from tests.factories import board, client_of, person, rfc_in
from tests.rfcs.files.test_filetypes import PNG

pytestmark = pytest.mark.django_db
LINK = "https://ci.example.org/1"


def item_of(rfc: RFC, user, slug: str):
    response = client_of(user).get(reverse("rfc-checklist", args=[rfc.number]))
    return next(item for phase in response.context["phases"] for item in phase["items"] if item["slug"] == slug)


def post(rfc: RFC, user, slug: str, **said):
    return client_of(user).post(reverse("rfc-checklist-item", args=[rfc.number, slug]), said)


def test_forms_stand_for_who_may_and_a_sentence_for_who_may_not():
    rfc = rfc_in("implementation")
    people = {"owner": rfc.owner, "engineer": person(), "board": board(1)[0], "auditor": person(None, "auditors")}

    shown = {name: item_of(rfc, user, "unit_tests_pass") for name, user in people.items()}

    assert [name for name, item in shown.items() if item["may_close"]] == ["engineer", "board"]
    assert [name for name, item in shown.items() if item["may_waive"]] == ["board"]
    assert shown["owner"]["why_not"].startswith("This result is confirmed by a second person")
    assert shown["auditor"]["why_not"] == "Auditors read everything and change nothing."


def test_a_second_person_uploads_evidence():
    rfc, second = rfc_in("implementation"), person()

    response = post(rfc, second, "unit_tests_pass", link=LINK, file=SimpleUploadedFile("run.png", PNG))

    assert response["Location"].endswith("/checklist/#unit_tests_pass")
    (piece,) = item_of(rfc, person(), "unit_tests_pass")["pieces"]
    assert (piece["file"].name, piece["who"]) == ("run.png", second.get_full_name())


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"link": LINK}, LINK),
        ({"link": LINK, "text": "Third run"}, LINK),
        ({"link": LINK, "file": ("run.png", PNG)}, LINK),
        ({"file": ("run.png", PNG)}, "run.png"),
        ({"text": "Seen by eye"}, "the remark"),
    ],
    ids=["link", "link and remark", "link and file", "file", "remark"],
)
def test_whoever_gave_evidence_reads_the_page_and_may_set_it_aside(said: dict[str, Any], named: str):
    rfc = rfc_in("implementation")
    files = {"file": SimpleUploadedFile(*said["file"])} if "file" in said else {}

    post(rfc, rfc.owner, "documentation_updated", add="1", **said | files)

    page = client_of(rfc.owner).get(reverse("rfc-checklist", args=[rfc.number]))
    assert page.status_code == 200
    assert f'Set aside<span class="visually-hidden">: {named}</span>' in page.content.decode()


def test_a_refused_waiver_keeps_what_was_typed():
    rfc, steward = rfc_in("implementation"), person(None, "stewards")

    response = post(rfc, steward, "unit_tests_pass", waive="waived", reason="Typed at length", expires="2001-02-30")

    assert (response.status_code, "Typed at length" in response.content.decode()) == (422, True)
    assert Waiver.objects.count() == 0


def test_an_expired_waiver_has_its_own_word_and_the_item_is_not_counted(clock_shift):
    rfc, steward = rfc_in("implementation"), person(None, "stewards")
    today = clock.now().date()
    waivers.grant(rfc, "unit_tests_pass", by=steward, reason="No tests there", expires_on=today)
    clock_shift(days=2)

    response = client_of(rfc.owner).get(reverse("rfc-checklist", args=[rfc.number]))

    (phase,) = (phase for phase in response.context["phases"] if phase["slug"] == "implementation")
    item = next(item for item in phase["items"] if item["slug"] == "unit_tests_pass")
    assert (item["state"], item["state_label"], phase["waived"]) == ("expired", "Waiver expired", 0)
    assert phase["done"] == sum(item["state"] == "done" for item in phase["items"])
    assert "#item-expired" in response.content.decode()


def test_a_waiver_is_shown_with_name_reason_and_end_and_can_be_revoked():
    rfc, steward = rfc_in("implementation"), person(None, "stewards")
    until = (clock.now() + timedelta(days=9)).date()

    post(rfc, steward, "unit_tests_pass", waive="not_applicable", reason="No tests there", expires=until.isoformat())

    item = item_of(rfc, rfc.owner, "unit_tests_pass")
    assert (item["state"], item["state_label"], item["reason"], item["expires"], item["granted_by"]) == (
        "not_applicable",
        "Not applicable",
        "No tests there",
        until,
        steward.get_full_name(),
    )
    post(rfc, steward, "unit_tests_pass", revoke="1", reason="There are")
    assert item_of(rfc, rfc.owner, "unit_tests_pass")["state"] == "open"


@pytest.mark.parametrize("pk", ["", "x", "-1", "9" * 40, "²"])
def test_a_piece_that_is_none_is_not_there(pk: str):
    rfc = rfc_in("implementation")

    assert post(rfc, person(), "unit_tests_pass", remove=pk, reason="Wrong").status_code == 404


def test_the_tab_asks_as_many_questions_however_much_evidence_there_is():
    rfc, second, steward = rfc_in("implementation"), person(), person(None, "stewards")
    client, address = client_of(second), reverse("rfc-checklist", args=[rfc.number])
    evidence.add(rfc, "unit_tests_pass", by=second, proof=Proof(name="run.png", chunks=[PNG]))
    waivers.grant(rfc, "changes_minimal", by=steward, reason="One", expires_on=clock.now().date())

    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        return len(asked)

    questions()
    few = questions()
    for slug in ("packages_compile", "integration_tests_pass", "unit_tests_pass"):
        evidence.add(rfc, slug, by=person(), proof=Proof(LINK, name="more.png", chunks=[PNG]))
        waivers.grant(rfc, slug, by=steward, reason="Another", expires_on=clock.now().date())

    assert questions() == few
    assert Evidence.objects.count() == 4
