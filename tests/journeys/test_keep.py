"""What is typed into a form that the server never accepted comes back."""

import re

import pytest
from playwright.sync_api import expect

from approvals.models import SignOff
from governance.models import AccessToken
from rfcs.models import RFC
from rfcs.states import State
from tests.factories import board, edit, person, rfc_in
from tests.journeys.conftest import leaving, log_in

pytestmark = pytest.mark.journey
BROUGHT_BACK = re.compile(r"We brought back what you typed at \d\d:\d\d")


def kept(page) -> str:
    """What this browser holds once the page has compared it with what the server took."""
    page.wait_for_load_state()
    stored: str = page.evaluate("JSON.stringify(Object.entries(localStorage))")
    return stored


def test_position_is_chosen_anew_on_a_revision_that_came_meanwhile(desk):
    members = board(3)
    rfc = rfc_in(State.REVIEW)
    page = desk(members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.get_by_label("Rationale").fill("It is well planned.")
    page.get_by_label("Approve").check()
    edit(rfc, rollback_plan="1. Revert the merge.\n2. Deploy again.")

    with leaving(page):
        page.locator("[data-sign]").click()

    expect(page.get_by_text("then choose your position again")).to_be_visible()
    expect(page.get_by_label("Rationale")).to_have_value("It is well planned.")
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    assert SignOff.objects.count() == 0


def test_rationale_survives_a_session_that_ended(desk):
    members = board(3)
    rfc = rfc_in(State.REVIEW)
    page = desk(members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.get_by_label("Rationale").fill("Typed for an hour.")
    page.get_by_label("Reject").check()

    page.context.clear_cookies()
    with leaving(page):
        page.locator("[data-sign]").click()
    assert SignOff.objects.count() == 0
    log_in(page, members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")

    expect(page.get_by_label("Rationale")).to_have_value("Typed for an hour.")
    expect(page.get_by_text(BROUGHT_BACK)).to_be_visible()
    expect(page.get_by_label("Reject")).not_to_be_checked()
    page.get_by_label("Reject").check()
    page.locator("[data-sign]").click()
    expect(page.get_by_text("Signed: Reject")).to_be_visible()
    assert "Typed for an hour." not in kept(page)


def test_reason_of_a_move_survives_a_session_that_ended(desk):
    rfc = rfc_in(State.ASSESSMENT)
    page = desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/")
    page.get_by_text("Withdraw…").click()
    page.get_by_label("Reason").fill("The platform team found another way.")

    page.context.clear_cookies()
    page.get_by_role("button", name="Withdraw").click()
    with leaving(page):
        page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    log_in(page, rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/")

    expect(page.get_by_label("Reason")).to_have_value("The platform team found another way.")
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("moved on: withdrawn")).to_be_visible()
    assert "another way" not in kept(page)


def test_rows_come_back_each_in_its_place(desk):
    rfc = rfc_in(State.ROLLED_BACK)
    page = desk(rfc.owner)
    page.goto(f"/rfcs/{rfc.number}/")
    actions = page.locator("[name=action_what]")
    actions.nth(0).fill("Give the load test four workers")

    page.reload()

    expect(page.get_by_text(BROUGHT_BACK)).to_be_visible()
    said = actions.evaluate_all("fields => fields.map((field) => field.value)")
    assert said == ["Give the load test four workers", ""]


def test_token_that_was_made_is_not_made_again(desk):
    page = desk(person())
    page.goto("/me/tokens/")
    page.get_by_label("Name").fill("nightly report")
    with leaving(page):
        page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", name="The token “nightly report” is made")).to_be_visible()
    assert "nightly report" not in kept(page)

    page.reload()

    expect(page.get_by_label("Name")).to_have_value("")
    expect(page.locator("#secret")).to_have_count(0)
    assert AccessToken.objects.count() == 1


def test_password_is_never_kept(desk):
    members = board(3)
    rfc = rfc_in(State.REVIEW)
    page = desk(members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.evaluate(
        """() => {
          const field = Object.assign(document.createElement("input"), {type: "password", name: "password"});
          document.querySelector("form[data-keep]").append(field);
        }"""
    )

    page.locator("form[data-keep] [name=password]").fill("very secret")
    page.get_by_label("Rationale").fill("Not secret.")

    assert "Not secret." in kept(page)
    assert "very secret" not in kept(page)


def test_new_rfc_survives_a_reload_with_its_rows_until_it_is_discarded(desk):
    page = desk(person())
    page.goto("/rfcs/new/")
    page.get_by_label("Title").fill("Half a draft")
    page.get_by_role("button", name="Add a package").click()
    page.get_by_label("Path").nth(1).fill("src/core")

    page.reload()

    expect(page.get_by_label("Title")).to_have_value("Half a draft")
    expect(page.get_by_label("Path").nth(1)).to_have_value("src/core")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Title")).to_have_value("")
    page.reload()
    expect(page.get_by_text(BROUGHT_BACK)).to_have_count(0)


def test_accepted_draft_leaves_nothing_behind(desk):
    page = desk(person())
    page.goto("/rfcs/new/")
    page.get_by_label("Title").fill("A whole draft")
    with leaving(page):
        page.get_by_role("button", name="Create the draft").click()
    expect(page.get_by_text("is your draft")).to_be_visible()

    page.goto("/rfcs/new/")

    expect(page.get_by_label("Title")).to_have_value("")
    assert RFC.objects.count() == 1
