"""Owners object and agree, clashes are settled on both RFCs, a steward overrides a freeze: in the browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from rfcs import clock, scenarios
from rfcs.freezes import Freeze
from rfcs.models import RFC, PolicyVersion
from rfcs.policy import Policy
from rfcs.states import STEWARDS, State
from tests.factories import board, owned, package, person, rfc_in, today
from tests.journeys.conftest import leaving
from tests.journeys.looks import faults, overflow
from tests.journeys.test_author import fill_everything, new_draft, saved

pytestmark = pytest.mark.journey
WHY = "The export of the archive reads the old column."


def submit(page: Page) -> None:
    page.get_by_role("button", name="Save as a revision").click()
    page.get_by_role("button", name="Submit for assessment").click()
    expect(page.get_by_text("moved on: impact assessment")).to_be_visible()


def needs(page: Page, rfc: RFC, what: str) -> None:
    """The page of the RFC names this obstacle."""
    page.goto(f"/rfcs/{rfc.number}/")
    expect(page.get_by_text(what).first).to_be_visible()


def test_an_owner_objects_the_author_revises_and_the_owner_agrees(desk):
    author, owner = person("ines"), person("omar")
    board(2)
    owned("src/packages/data", owner)
    page = desk(author)
    new_draft(page, "Split the table of readings")
    fill_everything(page)
    page.get_by_label("Scenario").select_option("shared_schema")
    for question in scenarios.QUESTIONS["shared_schema"]:
        page.locator(f"[name='answers.{question.slug}']").fill("Said in the design page.")
    saved(page)
    submit(page)
    rfc = RFC.objects.get()
    needs(page, rfc, "waits for an answer of its owners, Omar Example")

    desk_of_owner = desk(owner)
    with leaving(desk_of_owner):
        desk_of_owner.get_by_role("link", name=re.compile("Split the table of readings")).first.click()
    desk_of_owner.goto(f"/rfcs/{rfc.number}/impact/")
    desk_of_owner.get_by_role("button", name=re.compile("^Object")).click()
    expect(desk_of_owner.get_by_text("Say why you object")).to_be_visible()
    desk_of_owner.get_by_label("Reason").fill(WHY)
    desk_of_owner.get_by_role("button", name=re.compile("^Object")).click()
    expect(desk_of_owner.get_by_text(WHY, exact=True)).to_be_visible()
    assert faults(desk_of_owner) == []

    needs(page, rfc, f"Omar Example, an owner of src/packages/data, objects: “{WHY}”")
    expect(page.get_by_role("button", name="Request architecture review")).to_be_disabled()
    page.goto(f"/rfcs/{rfc.number}/edit/")
    page.locator("[name=rollback_plan]").fill("1. Revert the commit.\n2. Keep the old column for a month.")
    page.get_by_role("button", name="Save as a revision").click()
    expect(page.get_by_text("Saved as revision")).to_be_visible()

    desk_of_owner.goto("/inbox/")
    with leaving(desk_of_owner):
        desk_of_owner.get_by_role("link", name="has a new revision since you objected").click()
    expect(desk_of_owner.get_by_role("link", name="discussion", exact=True)).to_be_visible()
    desk_of_owner.get_by_text("Answer as an owner").click()
    desk_of_owner.get_by_role("button", name=re.compile("^Acknowledge")).click()
    expect(desk_of_owner.get_by_text("on revision 2")).to_be_visible()

    page.goto(f"/rfcs/{rfc.number}/")
    page.get_by_role("button", name="Request architecture review").click()
    expect(page.get_by_text("moved on: architecture review")).to_be_visible()


def test_a_clash_is_settled_on_both_and_a_steward_overrides_a_freeze(desk):
    ada, bela, steward = person("ada"), person("bela"), person("stella", STEWARDS)
    one = rfc_in(State.APPROVED, author=ada, packages=(package("src/a"),))
    other = rfc_in(State.ASSESSMENT, author=bela, packages=(package("src/a"),))
    page, beside = desk(ada), desk(bela, viewport={"width": 320, "height": 900}, color_scheme="dark")
    needs(page, one, f"{other.number} changes src/a too")
    expect(page.get_by_role("button", name="Start implementation")).to_be_disabled()

    beside.goto(f"/rfcs/{other.number}/impact/")
    expect(beside.get_by_role("rowheader", name=re.compile(f"Clash with {one.number}"))).to_contain_text("not settled")
    assert (faults(beside), overflow(beside)) == ([], 0)
    beside.get_by_label("What you agreed").fill("Ada deploys on Monday, I follow on Thursday.")
    beside.get_by_role("button", name="Record it on both RFCs").click()
    expect(beside.get_by_text("Ada deploys on Monday")).to_be_visible()
    page.goto(f"/rfcs/{one.number}/impact/")
    expect(page.get_by_text("Ada deploys on Monday")).to_be_visible()

    day = str(today())
    body = Policy(freezes=(Freeze("Flood season", day, day),)).json()
    PolicyVersion.objects.create(version=99, body=body, in_force_from=clock.now())
    needs(page, one, "“Flood season” lets nothing start")
    desk_of_steward = desk(steward)
    desk_of_steward.goto(f"/rfcs/{one.number}/impact/")
    desk_of_steward.get_by_text("Let this RFC start in spite of it").click()
    desk_of_steward.locator("textarea[name=reason]").fill("The warning system depends on it.")
    assert faults(desk_of_steward) == []
    desk_of_steward.get_by_role("button", name="Override on record").click()
    expect(desk_of_steward.get_by_text("Stella Example: The warning system depends on it.")).to_be_visible()

    page.goto(f"/rfcs/{one.number}/")
    page.get_by_role("button", name="Start implementation").click()
    expect(page.get_by_text("moved on: implementation")).to_be_visible()
