"""What a round meets on its way: a concern, a recusal, a delegate, a team that joins late, an amendment, a rollback."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from approvals import delegations
from approvals.models import SignOff
from rfcs.models import LessonVersion
from rfcs.states import SECURITY, State
from tests.factories import again, board, package, person, rfc_in, sign
from tests.journeys.conftest import leaving
from tests.journeys.looks import faults, overflow
from tests.journeys.test_author import revision_of
from tests.journeys.test_board import take_position

pytestmark = pytest.mark.journey
DARK_PHONE = {"viewport": {"width": 320, "height": 900}, "color_scheme": "dark"}


def looks_right(page: Page) -> None:
    assert (faults(page), overflow(page)) == ([], 0)


def lend(page: Page, to: str) -> None:
    """Lend the seat in the board, on the page."""
    page.goto("/me/away/")
    form = page.locator("form", has=page.get_by_role("button", name="Lend the seat"))
    day = delegations.today()
    form.get_by_label("Who signs for you").fill(to)
    form.get_by_label("First day").fill(str(day))
    form.get_by_label("Last day").fill(str(day + timedelta(5)))
    form.get_by_label("Reason").fill("Holiday by the sea")
    with leaving(page):
        form.get_by_role("button", name="Lend the seat").click()
    expect(page.get_by_text("signs for you").first).to_be_visible()


def test_a_board_with_a_concern_a_recusal_and_a_delegate(desk):
    author, friend = person("author"), person("friend")
    raiser, recused, lender, last = board(4)
    rfc = rfc_in(State.REVIEW, author=author)
    lend(desk(lender), friend.username)

    page = desk(raiser)
    take_position(page, rfc, "Discuss", title="Old callers", rationale="Who tells the callers outside?")
    expect(page.get_by_text("Old callers").first).to_be_visible()
    take_position(desk(recused), rfc, "Recuse", rationale="My partner wrote half of it.")

    owner = desk(author)
    owner.goto(f"/rfcs/{rfc.number}/sign-offs/")
    owner.get_by_label("Your answer").fill("They are told by mail, two weeks before.")
    owner.get_by_role("button", name="Answer", exact=True).click()
    expect(owner.get_by_text("Answered; whoever raised the concern is told")).to_be_visible()
    looks_right(owner)

    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    expect(page.get_by_text("They are told by mail, two weeks before.").first).to_be_visible()
    take_position(page, rfc, "Approve", rationale="Answered.")

    theirs = desk(friend, **DARK_PHONE)
    expect(theirs.get_by_text(rfc.number).first).to_be_visible()
    theirs.goto(f"/rfcs/{rfc.number}/sign-offs/")
    expect(theirs.get_by_text(f"You sign for {lender.get_full_name()}")).to_be_visible()
    theirs.get_by_role("radio", name="Approve", exact=True).check()
    expect(theirs.locator("[data-sign]")).to_have_text("Approve revision 1 → Approved")
    looks_right(theirs)
    with leaving(theirs):
        theirs.locator("[data-sign]").click()
    expect(theirs.get_by_text(f"on behalf of {lender.get_full_name()}")).to_be_visible()

    signature = SignOff.objects.get(signer=friend)
    assert (signature.on_behalf_of, again(rfc).state) == (lender, State.APPROVED)
    theirs.goto(f"/rfcs/{rfc.number}/justification.html")
    expect(theirs.locator(".document")).to_contain_text(f"{friend.get_full_name()} for {lender.get_full_name()}")
    assert not SignOff.objects.filter(signer=last).exists()


def test_security_joins_when_the_flag_is_set_late(desk):
    author, guard = person("author"), person("guard", SECURITY)
    one, two, _ = board(3)
    rfc = rfc_in(State.REVIEW, author=author)
    sign(rfc, one)

    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")
    page.get_by_label("Touches security").check()
    page.get_by_role("button", name="Save as a revision").click()
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    expect(page.locator(".requirements").get_by_text("Security Team")).to_be_visible()
    expect(page.get_by_text("Void: revision 2 changed what this team signs")).to_be_visible()
    looks_right(page)

    members = desk(two)
    take_position(members, rfc, "Approve")
    take_position(desk(one), rfc, "Approve")
    assert again(rfc).state == State.REVIEW
    security = desk(guard)
    expect(security.get_by_text(rfc.number).first).to_be_visible()
    security.goto(f"/rfcs/{rfc.number}/sign-offs/")
    security.get_by_role("radio", name="Approve", exact=True).check()
    expect(security.locator("[data-sign]")).to_have_text("Approve revision 2 → Approved")
    security.locator("[data-sign]").click()
    expect(security.get_by_text("Signed: Approve")).to_be_visible()
    assert again(rfc).state == State.APPROVED


def test_an_amendment_keeps_one_teams_sign_off_and_voids_anothers(desk):
    author, guard = person("author"), person("guard", SECURITY)
    one, two = board(2)
    rfc = rfc_in(State.IMPLEMENTATION, author=author, touches_security=True)
    was = revision_of(rfc).number

    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/edit/")
    page.locator("[name=justification]").fill("Both sides deploy together, one region after the other.")
    page.get_by_label("What you changed").fill("We deploy region by region.")
    page.get_by_role("button", name="Save the working copy").click()
    expect(page.get_by_text("It counts once you ask for an amendment")).to_be_visible()
    page.get_by_role("link", name="Amend, so that they count").click()
    expect(page.get_by_label("Note")).to_have_value("We deploy region by region.")
    page.get_by_role("button", name="Amend and review again").click()
    expect(page.get_by_text("moved on: architecture review")).to_be_visible()

    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    rows = page.locator(".sign-offs tbody tr")
    assert rows.filter(has_text=guard.get_full_name()).get_by_text("Void").count() == 0
    void = rows.filter(has_text=one.get_full_name())
    expect(void.get_by_text(f"Void: revision {was + 1} changed what this team signs")).to_be_visible()
    looks_right(page)

    members = desk(one, **DARK_PHONE)
    members.goto(f"/rfcs/{rfc.number}/")
    with leaving(members):
        members.get_by_role("link", name="See what changed since you signed").click()
    expect(members.get_by_text("one region after the other").first).to_be_visible()
    looks_right(members)
    take_position(members, rfc, "Approve")
    take_position(desk(two), rfc, "Approve")
    assert again(rfc).state == State.APPROVED
    assert SignOff.objects.filter(signer=guard).count() == 1


def test_a_rollback_after_closing_leaves_a_lesson(desk):
    author = person("author")
    board(2)
    rfc = rfc_in(State.CLOSED, author=author, packages=(package("src/a"),))

    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/")
    page.get_by_text("Roll back…").click()
    page.get_by_label("Reason").fill("Sums were booked twice.")
    page.get_by_label("Revert commit").fill("9d1f04c7ab")
    page.get_by_role("button", name="Roll back", exact=True).click()
    page.locator("dialog[open] [data-confirm-action]").click()
    expect(page.get_by_text("moved on: rolled back")).to_be_visible()
    expect(page.get_by_role("heading", name="The lesson")).to_be_visible()
    looks_right(page)

    page.goto("/")
    expect(page.get_by_text("Write the lesson of the rollback").first).to_be_visible()
    page.goto(f"/rfcs/{rfc.number}/")
    page.get_by_label("What happened").fill("Two workers booked the same invoice.")
    page.get_by_role("button", name="Keep the lesson").click()
    expect(page.get_by_text("Say why the process did not catch it")).to_be_visible()
    expect(page.get_by_label("What happened")).to_have_value("Two workers booked the same invoice.")
    page.get_by_label("Why the process did not catch it").fill("The load test had one worker.")
    page.get_by_label("What changes from now on").fill("Load tests run with four workers.")
    page.get_by_label("Action 1", exact=True).fill("Give the load test four workers")
    page.locator("#action-owner-1").fill("author")
    page.locator("#action-due-1").fill("2031-03-03")
    page.get_by_role("button", name="Keep the lesson").click()
    expect(page.get_by_text("The lesson is kept")).to_be_visible()
    expect(page.get_by_role("cell", name="3 March 2031")).to_be_visible()
    looks_right(page)

    assert LessonVersion.objects.get().changes == "Load tests run with four workers."
    later = rfc_in(State.ASSESSMENT, packages=(package("src/a"),))
    reader = desk(person("reader"), **DARK_PHONE)
    reader.goto(f"/rfcs/{later.number}/impact/")
    expect(reader.get_by_text("Load tests run with four workers.")).to_be_visible()
    looks_right(reader)
