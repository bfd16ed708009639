"""Emergencies and a hotfix from the phone at night to their end by daylight, with the clock moved."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from rfcs import clock
from rfcs.models import RFC, Message
from rfcs.states import Phase
from tests import factories as f
from tests.journeys.conftest import leaving
from tests.journeys.looks import look, wrong

pytestmark = pytest.mark.journey

PHONE = look("dark", 320)


def call(page: Page, track: str) -> RFC:
    """From “New RFC” to “authorisation requested”, on a phone."""
    page.goto("/rfcs/new/")
    with leaving(page):
        page.get_by_role("link", name=track).click()
    page.get_by_label("Title").fill("Refuse replayed tokens")
    page.get_by_label("What changes", exact=True).fill("A token is bound to its connection.")
    page.get_by_label("Path of package 1").fill("src/packages/software/auth")
    page.get_by_label("What changes in package 1").fill("Tokens are bound")
    page.get_by_label("Why it cannot wait").fill("Replays are in the logs.")
    page.get_by_label("Way back, in steps").fill("1. Revert the commit.\n2. Deploy.")
    assert wrong(page) == []
    page.get_by_role("button", name="Request authorisation").click()
    expect(page.get_by_text("It waits to be authorised.")).to_be_visible()
    return RFC.objects.get(track=track.lower())


def sign(page: Page, rfc: RFC, position: str, button: str, rationale: str = "") -> None:
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.get_by_role("radio", name=position, exact=True).check()
    page.get_by_label("Rationale").fill(rationale)
    page.get_by_role("button", name=re.compile(button)).click()
    expect(page.get_by_text(re.compile("Signed:"))).to_be_visible()


def file(page: Page, rfc: RFC) -> None:
    """The full justification, written and filed."""
    full = f.content()
    f.edit(rfc, **{name: getattr(full, name) for name in (*f.ABBREVIATED, "packages")})
    page.goto(f"/rfcs/{rfc.number}/")
    page.get_by_role("button", name="File the full justification").click()
    expect(page.get_by_text("Filed; the board is asked to ratify it.")).to_be_visible()


def test_an_emergency_from_the_phone_to_its_ratified_end(desk, later):
    ada, grace, board = f.person("ada"), f.person("grace", "security"), f.board(3)
    phone, night = desk(ada, **PHONE), desk(grace, **PHONE)

    rfc = call(phone, "Emergency")
    night.goto(f"/rfcs/{rfc.number}/sign-offs/")
    expect(night.get_by_text("Authorising opens the implementation now.")).to_be_visible()
    sign(night, rfc, "Approve", "Authorise revision 1 → Implementation")
    phone.goto(f"/rfcs/{rfc.number}/")
    expect(phone.locator("[data-left]")).to_have_text(re.compile(r"^(23 h 59|24 h 0) min left$"))
    expect(phone.get_by_text("Authorised by Grace Example")).to_be_visible()
    assert wrong(phone) == []

    later(hours=25)
    phone.goto(f"/rfcs/{rfc.number}/")
    expect(phone.locator("[data-left]")).to_have_text(re.compile(r"^Overdue for 1 h \d min"))
    file(phone, rfc)
    members = [desk(member) for member in board[:2]]
    for member in members:
        sign(member, rfc, "Approve", "Ratify revision 2", "Read.")
    phone.goto(f"/rfcs/{rfc.number}/")
    expect(phone.get_by_text("Everything owed is met")).to_be_visible()

    f.tick(rfc, Phase.IMPLEMENTATION)
    f.known_owner(rfc)
    phone.goto(f"/rfcs/{rfc.number}/")
    phone.get_by_role("button", name="Finish implementation").click()
    expect(phone.get_by_text("moved on: post-implementation")).to_be_visible()
    f.tick(rfc, Phase.POST)
    Message.objects.filter(rfc=rfc, sent_at=None).update(sent_at=rfc.created_at)
    phone.goto(f"/rfcs/{rfc.number}/")
    phone.get_by_role("button", name="Close", exact=True).click()
    expect(phone.get_by_text("moved on: closed")).to_be_visible()


def test_an_emergency_that_the_board_denies_is_rolled_back(desk):
    ada, board = f.person("ada"), f.board(3)
    rfc = f.short_in("implementation", author=ada)
    page = desk(ada)
    file(page, rfc)
    for member in [desk(member) for member in board[:2]]:
        sign(member, rfc, "Reject", "Deny|Reject", "The way back was open all the time.")

    page.goto(f"/rfcs/{rfc.number}/")
    expect(page.get_by_role("heading", name="The board denied it")).to_be_visible()
    assert wrong(page) == []
    page.get_by_role("link", name="Roll back…").click()
    form = page.locator("#move-roll_back")
    form.locator("summary").first.click()
    form.get_by_label("Reason").fill("The board denied it.")
    form.get_by_label("Nothing was merged").check()
    form.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("moved on: rolled back")).to_be_visible()
    assert not rfc.obligations.filter(met_at=None).exists()


def test_a_hotfix_is_followed_up_and_its_incident_reviewed(desk):
    ada, ida, other = f.person("ada"), f.person("ida", "incident_command"), f.person("otto", "incident_command")
    page, command = desk(ada), desk(ida, **PHONE)
    rfc = call(page, "Hotfix")
    sign(command, rfc, "Approve", "Authorise revision 1 → Implementation")

    page.goto(f"/rfcs/{rfc.number}/")
    page.get_by_role("button", name="Open the follow-up RFC").click()
    expect(page.get_by_text(f"carries on {rfc.number}")).to_be_visible()
    made = RFC.objects.get(track="standard")
    f.move(f.edit(made, scenario="api_contract", answers=f.ANSWERS), "submit")

    page.goto(f"/rfcs/{rfc.number}/")
    expect(page.get_by_text("Carried on by")).to_be_visible()
    with leaving(page):
        page.get_by_role("link", name="Write the review").click()
    page.get_by_label("Timeline").fill("02:10 seen, 02:40 mended.")
    page.get_by_label("Cause").fill("A full disk.")
    page.get_by_label("What went well").fill("The alert came at once.")
    page.get_by_label("Action 1", exact=True).fill("Watch the disk")
    page.get_by_label("User name of who does action 1").fill("ada")
    page.get_by_label("By which day action 1 is done").fill("2031-03-03")
    assert wrong(page) == []
    page.get_by_role("button", name="File the review").click()
    expect(page.get_by_text("Version 1 is filed")).to_be_visible()

    commander = desk(other)
    expect(commander.get_by_text(rfc.number)).to_be_visible()
    commander.goto(f"/rfcs/{rfc.number}/incident-review/")
    commander.get_by_role("button", name="Accept version 1").click()
    commander.get_by_role("dialog").get_by_role("button", name=re.compile("Accept|Continue")).click()
    expect(commander.get_by_text("Accepted; the review is final.")).to_be_visible()
    assert not rfc.obligations.filter(met_at=None).exists()


def test_an_outage_is_told_at_night_in_the_zone_of_the_phone_and_corrected_by_daylight(desk):
    ada, ida = f.person("ada"), f.person("ida", "incident_command")
    rfc = f.short_in("implementation", "hotfix", author=ada)
    began = (clock.now() - timedelta(days=2)).replace(hour=17, minute=10, second=0, microsecond=0)
    in_tokyo, in_berlin = (began.astimezone(ZoneInfo(zone)) for zone in ("Asia/Tokyo", "Europe/Berlin"))
    phone = desk(ida, **PHONE, timezone_id="Asia/Tokyo")

    phone.goto(f"/rfcs/{rfc.number}/")
    phone.get_by_text("Outage: none recorded").click()
    section = phone.locator("#outages")
    expect(section.get_by_label("Time zone of these times")).to_have_value("Asia/Tokyo")
    section.get_by_label("Start").fill(f"{in_tokyo:%Y-%m-%dT02:10}")
    section.get_by_label("What users saw").fill("Payments failed")
    assert wrong(phone) == []
    section.get_by_role("button", name="Record the outage").click()
    expect(section.get_by_text(re.compile(rf"{in_tokyo.day} \w+ {in_tokyo.year}, 02:10"))).to_be_visible()
    assert rfc.outages.get().started_at == began
    section.get_by_role("button", name="It is over now").click()
    expect(phone.get_by_text("It is on record.")).to_be_visible()
    expect(section.locator("summary").first).not_to_contain_text("still lasts")

    page = desk(ada, timezone_id="Europe/Berlin")
    page.goto(f"/rfcs/{rfc.number}/")
    page.locator("#outages > summary").click()
    page.get_by_text("Correct it").click()
    correction = page.locator("#outages li form")
    expect(correction.get_by_label("Start")).to_have_value(f"{in_berlin:%Y-%m-%dT%H:%M}")
    correction.get_by_label("End").fill(f"{in_berlin - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    correction.get_by_role("button", name="Keep the correction").click()
    expect(page.get_by_text("The outage ends before it starts")).to_be_visible()
    expect(correction.get_by_label("Start")).to_have_value(f"{in_berlin:%Y-%m-%dT%H:%M}")
    correction.get_by_label("End").fill(f"{in_berlin + timedelta(minutes=50):%Y-%m-%dT%H:%M}")
    correction.get_by_role("button", name="Keep the correction").click()
    expect(page.get_by_text("Outage: 50 min")).to_be_visible()
    assert wrong(page) == []
    page.goto(f"/rfcs/{rfc.number}/incident-review/")
    expect(page.get_by_role("heading", name="Outage: 50 min")).to_be_visible()
    assert wrong(page) == []
