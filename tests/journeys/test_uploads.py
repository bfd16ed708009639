"""Uploads in the browser: how far they are, and what is said against them beside the file."""

import pytest
from playwright.sync_api import expect

from rfcs.models import Attachment, WorkingCopy
from rfcs.states import State
from tests.factories import person, rfc_in
from tests.journeys.looks import faults

pytestmark = pytest.mark.journey


def test_a_file_is_watched_on_its_way_and_what_was_typed_is_kept(desk):
    author = person("author")
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")
    page.locator("[name=justification]").fill("Typed beside the file.")
    page.evaluate(
        """() => new MutationObserver((all) => all.flatMap((one) => [...one.addedNodes]).forEach((node) => {
          const isIt = node.matches?.("dialog.upload-dialog");
          if (isIt) sessionStorage.setItem("watched", node.querySelector("h2").textContent);
        })).observe(document.body, {childList: true})"""
    )

    page.locator("#file").set_input_files({"name": "load.csv", "mimeType": "text/csv", "buffer": b"1;2\n" * 200_000})
    page.get_by_role("button", name="Attach", exact=True).click()

    expect(page.get_by_text("The file is attached")).to_be_visible()
    expect(page.get_by_role("link", name="load.csv")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('watched')") == "Uploading load.csv"
    assert WorkingCopy.objects.get(rfc=rfc).content.justification == "Typed beside the file."


def test_what_the_server_has_against_a_file_stands_beside_it(desk):
    author = person("author")
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")
    page.locator("[name=justification]").fill("Typed beside the file.")

    page.locator("#file").set_input_files(
        {"name": "run.exe", "mimeType": "application/x-exe", "buffer": b"MZ\x00\x01\x02"}
    )
    page.get_by_role("button", name="Attach", exact=True).click()

    expect(page.locator("[data-refused]")).to_be_visible()
    expect(page.locator("[name=justification]")).to_have_value("Typed beside the file.")
    expect(page.locator("dialog.upload-dialog")).to_have_count(0)
    assert Attachment.objects.count() == 0
    assert faults(page) == []


def test_what_stands_against_a_move_is_not_said_against_a_file(desk):
    author = person("author")
    rfc = rfc_in(State.IMPLEMENTATION, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/checklist/")
    form = page.locator("#documentation_updated")
    form.locator("summary").first.click()
    form.get_by_label("Link to the evidence").fill("https://ci.example.org/runs/1")
    form.locator("input[type=file]").set_input_files(
        {"name": "run.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x00\x01\x02"}
    )
    form.get_by_role("button", name="Close the item").click()

    expect(form.locator("[data-refused] li")).to_have_count(1)
    expect(form.locator("[data-refused]")).to_contain_text("run.pdf")


def test_without_script_the_same_form_posts(desk):
    author = person("author")
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author, java_script_enabled=False)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    page.locator("#file").set_input_files({"name": "load.csv", "mimeType": "text/csv", "buffer": b"1;2\n"})
    page.get_by_role("button", name="Attach", exact=True).click()

    expect(page.get_by_text("The file is attached")).to_be_visible()
