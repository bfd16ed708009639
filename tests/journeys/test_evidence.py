"""A second person uploads evidence, a steward waives an item, an author attaches a file: each in an own browser."""

import re

import pytest
from playwright.sync_api import expect

from rfcs.models import Evidence
from rfcs.states import STEWARDS, State
from tests.factories import again, draft, person, rfc_in
from tests.journeys.conftest import leaving
from tests.rfcs.files.test_filetypes import PNG

pytestmark = pytest.mark.journey


def test_second_person_confirms_with_a_file_and_a_steward_waives_another_item(desk):
    rfc = rfc_in(State.IMPLEMENTATION)
    page = desk(person("second"))
    page.goto(f"/rfcs/{rfc.number}/checklist/")

    page.get_by_text("Confirm with evidence : Unit tests pass").click()
    page.locator("#link-unit_tests_pass").fill("https://ci.example.org/runs/1")
    page.locator("#file-unit_tests_pass").set_input_files({"name": "run.png", "mimeType": "image/png", "buffer": PNG})
    page.locator("form", has=page.locator("#file-unit_tests_pass")).get_by_role("button", name="Close the item").click()

    expect(page).to_have_url(re.compile("#unit_tests_pass$"))
    evidence = page.get_by_role("list", name="Evidence for Unit tests pass")
    expect(evidence.get_by_role("link", name="run.png")).to_be_visible()
    with page.expect_download() as download:
        evidence.get_by_role("link", name="run.png").click()
    assert download.value.path().read_bytes() == PNG
    assert Evidence.objects.get().given_by.username == "second"

    steward = desk(person("steward", STEWARDS))
    steward.goto(f"/rfcs/{rfc.number}/checklist/")
    steward.get_by_text("Waive : All affected packages compile").click()
    steward.locator("#waive-reason-packages_compile").fill("The build farm is down until Friday.")
    last = steward.locator("#expires-packages_compile").get_attribute("max")
    steward.locator("#expires-packages_compile").fill(last)
    form = steward.locator("form", has=steward.locator("#expires-packages_compile"))
    form.get_by_role("button", name="Waive the item").click()
    steward.locator("#confirm").get_by_role("button", name="Waive the item").click()

    item = steward.locator(".check", has_text="All affected packages compile")
    expect(item).to_contain_text("The build farm is down until Friday.")
    expect(item).to_have_attribute("data-state", "waived")


def test_owner_reads_who_confirms_a_result(desk):
    rfc = rfc_in(State.IMPLEMENTATION)
    page = desk(rfc.owner)

    page.goto(f"/rfcs/{rfc.number}/checklist/")

    expect(page.get_by_text("This result is confirmed by a second person").first).to_be_visible()
    expect(page.locator("#link-unit_tests_pass")).to_have_count(0)


def test_author_attaches_and_removes_a_file_and_keeps_what_was_typed(desk):
    rfc = draft()
    page = desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    page.get_by_label("Title", exact=True).fill("Typed a moment ago")
    page.locator("#file").set_input_files({"name": "load.csv", "mimeType": "text/csv", "buffer": b"1;2\n"})
    page.get_by_role("button", name="Attach", exact=True).click()

    expect(page.get_by_role("link", name="load.csv")).to_be_visible()
    page.wait_for_load_state()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Typed a moment ago")
    page.get_by_role("button", name="Remove load.csv").click()
    with leaving(page):
        page.locator("#confirm").get_by_role("button", name="Remove load.csv").click()
    expect(page.get_by_role("link", name="load.csv")).to_have_count(0)
    assert again(rfc).working_copy.content.title == "Typed a moment ago"
