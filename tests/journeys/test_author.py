"""An author writes an RFC in the browser, from the empty form to the request for a review."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from rfcs import risk, scenarios
from rfcs.models import RFC, Revision, WorkingCopy
from rfcs.states import State
from tests.factories import board, person, rfc_in
from tests.journeys.conftest import leaving, log_in

pytestmark = pytest.mark.journey

TEXTS = (
    ("API changes", "`DetectionInterface.detect` returns a `DetectionResult`."),
    ("Data changes", "None."),
    ("Behavioral changes", "A detector that fails raises instead of returning an empty list."),
    ("Integration tests", "The pipeline runs over a recorded day of data."),
    ("Unit tests", "Every detector is tested for the new result."),
    ("Performance impact", "The benchmark of the pipeline stays within 3 %."),
)
DAYS = ("2031-03-03", "2031-03-14", "2031-03-17", "2031-03-21", "2031-03-24", "2031-03-28")


def revision_of(rfc: RFC) -> Revision:
    """Its current revision, as stored."""
    return Revision.objects.filter(rfc=rfc).latest("number")


def new_draft(page: Page, title: str) -> None:
    page.goto("/rfcs/new/")
    page.get_by_label("Title").fill(title)
    with leaving(page):
        page.get_by_role("button", name="Create the draft").click()
    expect(page.get_by_text("is your draft")).to_be_visible()


def saved(page: Page) -> None:
    """The server has all that was typed: an earlier save says so too, but leaves the browser's own copy."""
    expect(page.locator("[data-saved]").first).to_have_attribute("data-saved", "saved")
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('breakwater:unsaved:'))")


def fill_package(page: Page, row: int, path: str, description: str) -> None:
    rows = page.locator("[data-formset-row]")
    while rows.count() <= row:
        page.get_by_role("button", name="Add a package").click()
    here = rows.nth(row)
    here.get_by_label("Path").fill(path)
    here.get_by_label("What changes in it").fill(description)
    here.get_by_label("API").check()
    here.get_by_label("Severity").select_option("medium")


def fill_everything(page: Page) -> None:
    page.get_by_label("Scenario").select_option("api_contract")
    for question in scenarios.QUESTIONS["api_contract"]:
        page.locator(f"[name='answers.{question.slug}']").fill("Said in the design page.")
    for asked in risk.QUESTIONS:
        page.locator(f"[name='risk.{asked.slug}']").select_option(asked.choices[0][0])
    page.get_by_label("Issue").fill("123")
    page.locator("[name=change_summary]").fill("Every detector returns the same result type.")
    fill_package(page, 0, "src/packages/software/interfaces", "Declares the result type")
    fill_package(page, 1, "src/packages/data/anomaly_detection", "Implements it")
    for label, text in TEXTS:
        page.get_by_label(label, exact=True).fill(text)
    page.locator("[name=justification]").fill("Interface and implementations only compile together.")
    page.locator("[name=rollback_plan]").fill("1. Revert the commit.\n2. Deploy both packages.")
    phases = [f"{phase}_{edge}" for phase in ("development", "testing", "deployment") for edge in ("start", "end")]
    for name, day in zip(phases, DAYS, strict=True):
        page.locator(f"[name={name}]").fill(day)


def test_author_takes_an_empty_form_to_review(desk):
    author = person("ines")
    board(2)
    page = desk(author)
    new_draft(page, "Return results from every detector")
    expect(page.get_by_text("No package is named")).to_be_visible()

    fill_everything(page)
    saved(page)
    expect(page.locator(".preview")).to_contain_text("Interface and implementations only compile together.")
    page.get_by_role("button", name="Save as a revision").click()
    page.get_by_role("button", name="Submit for assessment").click()
    expect(page.get_by_text("moved on: impact assessment")).to_be_visible()
    page.get_by_role("button", name="Request architecture review").click()
    expect(page.get_by_text("moved on: architecture review")).to_be_visible()

    rfc = RFC.objects.get()
    assert rfc.state == State.REVIEW
    assert rfc.revision is not None
    assert rfc.revision.content.paths == ("src/packages/software/interfaces", "src/packages/data/anomaly_detection")


def test_each_scenario_shows_its_own_questions_and_forgets_none(desk):
    page = desk(person())
    new_draft(page, "Split a table")
    page.get_by_label("Scenario").select_option("shared_schema")
    page.get_by_label("Way back of the data").fill("A trigger writes both.")
    page.get_by_label("Scenario").select_option("dependency")
    expect(page.get_by_label("Way back of the data")).to_be_hidden()
    page.get_by_label("Version to").fill("3.0")
    saved(page)

    page.goto(f"/rfcs/{RFC.objects.get().number}/")
    expect(page.get_by_text("These are not answered:")).to_be_visible()
    expect(page.get_by_role("link", name="Version from")).to_be_visible()
    expect(page.get_by_text("Version To: 3.0")).to_be_visible()
    page.goto(f"/rfcs/{RFC.objects.get().number}/edit/")
    page.get_by_label("Scenario").select_option("shared_schema")
    expect(page.get_by_label("Way back of the data")).to_have_value("A trigger writes both.")


def test_preview_is_the_export(desk):
    author = person()
    rfc = rfc_in(State.ASSESSMENT, author=author)
    page = desk(author)

    page.goto(f"/rfcs/{rfc.number}/edit/")
    preview = page.locator(".preview .document").inner_html()
    page.goto(f"/rfcs/{rfc.number}/justification.html")

    assert page.locator(".document").inner_html() == preview


def test_every_missing_thing_is_named_at_once_with_a_link(desk):
    page = desk(person())
    new_draft(page, "Half an idea")

    page.goto(f"/rfcs/{RFC.objects.get().number}/")

    needed = page.get_by_role("region", name=re.compile("Needed to submit"))
    expect(needed.get_by_text("No scenario is chosen")).to_be_visible()
    expect(needed.get_by_text("The change summary is empty")).to_be_visible()
    needed.get_by_role("link", name=re.compile("Go there.*affected package", re.I)).click()
    expect(page).to_have_url(re.compile("/edit/#id_packages-0-path$"))
    expect(page.get_by_label("Path").first).to_be_focused()


def test_stale_save_shows_both_versions_and_loses_neither(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    first, second = desk(author), desk(author)
    for page in (first, second):
        page.goto(f"/rfcs/{rfc.number}/edit/")

    first.locator("[name=justification]").fill("What the first window says.")
    first.get_by_role("button", name="Save as a revision").click()
    expect(first.get_by_text("Saved as revision")).to_be_visible()
    second.locator("[name=justification]").fill("What the second window says.")
    second.get_by_role("button", name="Save as a revision").click()

    expect(second.get_by_role("heading", name=re.compile("Two versions"))).to_be_visible()
    expect(second.get_by_text("What the first window says.")).to_be_visible()
    expect(second.locator("pre", has_text="What the second window says.")).to_be_visible()
    second.get_by_role("button", name="Save what I chose").click()
    expect(second.get_by_text("Saved as revision")).to_be_visible()
    assert revision_of(rfc).content.justification == "What the second window says."


def test_session_that_ends_in_the_form_loses_nothing(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    page.context.clear_cookies()
    page.locator("[name=justification]").fill("Typed after the session ended.")
    expect(page.locator("[data-saved]").first).to_have_attribute("data-saved", "expired")
    log_in(page, author)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    expect(page.locator("[name=justification]")).to_have_value("Typed after the session ended.")
    saved(page)
    assert WorkingCopy.objects.get(rfc=rfc).content.justification == "Typed after the session ended."


def test_five_hundred_packages_are_pasted_saved_and_shown(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")
    lines = "\n".join(f"src/packages/bulk/p{number:03d} - changes" for number in range(500))

    page.get_by_label("Path").first.evaluate(
        """(field, text) => {
          const data = new DataTransfer();
          data.setData("text", text);
          field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        lines,
    )
    page.get_by_role("button", name="Save as a revision").click()

    expect(page.get_by_text("Saved as revision")).to_be_visible(timeout=30_000)
    assert len(revision_of(rfc).content.packages) >= 500


def test_form_that_was_wrong_keeps_what_was_typed(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    page.get_by_label("Path").first.fill("../outside")
    page.locator("[name=justification]").fill("Still here.")
    page.get_by_role("button", name="Save as a revision").click()

    expect(page.get_by_text("leaves the repository").first).to_be_visible()
    expect(page.locator("[name=justification]")).to_have_value("Still here.")
    expect(page.get_by_label("Path").first).to_have_value("../outside")


def test_autosave_answers_a_refusal_in_words(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    answer = page.evaluate(
        """async (url) => {
          const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
          const rows = {"packages-TOTAL_FORMS": "0", "packages-INITIAL_FORMS": "0"};
          const body = new URLSearchParams({"version": "999", ...rows});
          const response = await fetch(url, {method: "POST", body, headers: {"X-CSRFToken": token}});
          return [response.status, await response.text()];
        }""",
        f"/rfcs/{rfc.number}/autosave/",
    )

    assert answer[0] == 409
    assert "compare both" in json.loads(answer[1])["message"]


def test_what_only_the_other_window_changed_is_taken_without_asking(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    first, second = desk(author), desk(author)
    for page in (first, second):
        page.goto(f"/rfcs/{rfc.number}/edit/")

    first.locator("[name=rollback_plan]").fill("1. The plan of the first window.")
    first.get_by_role("button", name="Save as a revision").click()
    expect(first.get_by_text("Saved as revision")).to_be_visible()
    second.locator("[name=testing_unit]").fill("The tests of the second window.")
    second.get_by_role("button", name="Save as a revision").click()
    expect(second.get_by_text("What you left alone is taken")).to_be_visible()
    second.get_by_role("button", name="Save what I chose").click()
    expect(second.get_by_text("Saved as revision")).to_be_visible()

    content = revision_of(rfc).content
    assert content.rollback_plan == "1. The plan of the first window."
    assert content.testing_unit == "The tests of the second window."


def test_enter_in_a_field_saves(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    page.locator("[name=packages-0-description]").fill("Sent by Enter")
    page.locator("[name=packages-0-description]").press("Enter")

    expect(page.get_by_text("Saved as revision")).to_be_visible()
    assert revision_of(rfc).content.packages[0].description == "Sent by Enter"


def test_a_bad_path_does_not_stop_the_autosave_of_the_rest(desk):
    author = person()
    rfc = rfc_in(State.DRAFT, author=author)
    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")

    page.get_by_label("Path").first.fill("../outside")
    page.locator("[name=justification]").fill("Kept although the path is wrong.")
    saved(page)

    assert WorkingCopy.objects.get(rfc=rfc).content.justification == "Kept although the path is wrong."
