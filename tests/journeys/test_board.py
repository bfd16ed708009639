"""Three board members sign in their own browsers, and the change goes on to its end."""

import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, Route, expect

from approvals.models import SignOff
from rfcs.models import RFC, Event
from rfcs.states import ARCHITECTURE, State
from tests.factories import PASSWORD, board, edit, known_owner, person, rfc_in, sign
from tests.journeys.conftest import leaving

pytestmark = pytest.mark.journey


def take_position(page: Page, rfc: RFC, label: str, *, title: str = "", rationale: str = "") -> None:
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.get_by_role("radio", name=label, exact=True).check()
    if title:
        page.get_by_label("Title of a concern").fill(title)
    if rationale:
        page.get_by_label("Rationale").fill(rationale)
    with leaving(page):
        page.locator("[data-sign]").click()


def test_field_is_there_for_the_position_that_needs_it_and_keeps_what_was_typed(desk):
    member, *_ = board(3)
    rfc, page = rfc_in(State.REVIEW), desk(member)
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    title, until = page.get_by_label("Title of a concern"), page.get_by_label("Hold until")
    choose = lambda label: page.get_by_role("radio", name=label, exact=True).check()  # noqa: E731
    expect(title).to_be_hidden()
    expect(until).to_be_hidden()

    choose("Hold")
    until.fill("2099-01-01")
    choose("Discuss")
    expect(until).to_be_hidden()
    title.fill("Old callers")
    choose("Approve")
    expect(title).to_be_hidden()
    choose("Discuss")
    expect(title).to_have_value("Old callers")

    page.get_by_label("Rationale").fill("Who tells them?")
    with leaving(page):
        page.locator("[data-sign]").click()
    assert (SignOff.objects.get().title, SignOff.objects.get().until) == ("Old callers", None)


def test_three_members_sign_and_the_rfc_closes(desk):
    author, members = person("author"), board(3)
    rfc = rfc_in(State.REVIEW, author=author)
    desks = [desk(member) for member in members]

    expect(desks[0].get_by_text(rfc.number)).to_be_visible()
    take_position(desks[0], rfc, "Discuss", title="Old callers", rationale="Who tells the callers outside?")
    take_position(desks[1], rfc, "Approve")
    take_position(desks[2], rfc, "Approve")
    expect(desks[2].get_by_text("Blocked by 1 open concern")).to_be_visible()
    take_position(desks[0], rfc, "Approve", rationale="Answered: the callers are told by mail.")
    expect(desks[0].get_by_text("Passed: 3 of 2 needed approvals")).to_be_visible()

    page = desk(author)
    page.goto(f"/rfcs/{rfc.number}/")
    expect(page.locator(".document")).to_contain_text("Architecture Team: " + members[1].get_full_name())
    move(page, rfc, "Start implementation")
    tick(desks[2], rfc, ("changes_minimal", "packages_compile", "unit_tests_pass", "integration_tests_pass"))
    tick(page, rfc, ("documentation_updated",))
    known_owner(rfc)
    move(page, rfc, "Finish implementation")
    tick(desks[2], rfc, ("validation_tools_pass", "performance_assessed"))
    tick(page, rfc, ("monitoring_in_place",))
    move(page, rfc, "Close")
    expect(page.get_by_text("moved on: closed")).to_be_visible()
    assert RFC.objects.get().state == State.CLOSED


def move(page: Page, rfc: RFC, label: str) -> None:
    page.goto(f"/rfcs/{rfc.number}/")
    with leaving(page):
        page.get_by_role("button", name=label, exact=True).click()


def tick(page: Page, rfc: RFC, slugs: tuple[str, ...]) -> None:
    for slug in slugs:
        page.goto(f"/rfcs/{rfc.number}/checklist/")
        form = page.locator(f"#{slug}")
        form.locator("summary").first.click()
        form.get_by_label("Link to the evidence").fill("https://ci.example.org/runs/1")
        form.get_by_role("button", name="Close the item").click()
        expect(page).to_have_url(re.compile(f"checklist/#{slug}$"))


def test_the_button_follows_the_position_and_no_key_approves(desk):
    members = board(3)
    rfc = rfc_in(State.REVIEW)
    page = desk(members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    button = page.locator("[data-sign]")

    expect(button).to_have_text("Sign revision 1")
    page.get_by_role("radio", name="Approve", exact=True).check()
    expect(button).to_have_text("Approve revision 1 (1 of 2 for architecture)")
    page.get_by_role("radio", name="Reject", exact=True).check()
    expect(button).to_have_text("Reject revision 1")
    page.get_by_role("radio", name="Approve", exact=True).check()
    sign(rfc, members[1])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.get_by_role("radio", name="Approve", exact=True).check()
    expect(button).to_have_text("Approve revision 1 → Approved")
    page.route("**/*", stay)
    for key in "abcdefghijklmnopqrstuvwxyz":
        page.keyboard.press(key)
    expect(button).to_have_text("Approve revision 1 → Approved")
    assert SignOff.objects.count() == 1


def stay(route: Route) -> None:
    """Shortcuts lead elsewhere: keys would meet another page, and a press amid a change of pages may never return."""
    route.fulfill(status=204) if route.request.is_navigation_request() else route.continue_()


def test_author_cannot_sign_and_is_told_why(desk):
    author = person("author", ARCHITECTURE)
    rfc = rfc_in(State.REVIEW, author=author)
    page = desk(author)

    page.goto(f"/rfcs/{rfc.number}/sign-offs/")

    expect(page.get_by_text("nobody signs their own RFC")).to_be_visible()
    expect(page.locator("[data-sign]")).to_have_count(0)


def test_old_authentication_asks_for_the_password_and_keeps_what_was_written(desk):
    members = board(3)
    rfc = rfc_in(State.REVIEW)
    page = desk(members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    forget_authentication(members[0])

    page.get_by_role("radio", name="Reject", exact=True).check()
    page.get_by_label("Rationale").fill("Written before the password was asked.")
    page.locator("[data-sign]").click()

    expect(page.get_by_text("Show again who you are, to sign")).to_be_visible()
    expect(page.get_by_label("Rationale")).to_have_value("Written before the password was asked.")
    page.get_by_label("Your password").fill("not the password")
    page.locator("[data-sign]").click()
    expect(page.get_by_text("That password is not right")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.locator("[data-sign]").click()
    expect(page.get_by_text("Signed: Reject")).to_be_visible()
    assert SignOff.objects.get().rationale == "Written before the password was asked."


def forget_authentication(user: User) -> None:
    """As after a long coffee: the session is alive, the password was given too long ago."""
    for session in Session.objects.all():
        store = SessionStore(session.session_key)
        if store.get("_auth_user_id") == str(user.pk):
            del store["authenticated_at"]
            store.save()


def test_double_click_on_sign_is_one_signature(desk):
    members = board(3)
    rfc = rfc_in(State.REVIEW)
    page = desk(members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.get_by_role("radio", name="Approve", exact=True).check()

    page.locator("[data-sign]").dblclick()

    expect(page.get_by_text("Signed: Approve")).to_be_visible()
    assert SignOff.objects.filter(signer=members[0]).count() == 1
    assert Event.objects.filter(kind="sign_off.approve", actor=members[0]).count() == 1


def test_edit_under_the_signer_is_refused_and_shown(desk):
    author, members = person("author"), board(3)
    rfc = rfc_in(State.REVIEW, author=author)
    page = desk(members[0])
    page.goto(f"/rfcs/{rfc.number}/sign-offs/")
    page.get_by_role("radio", name="Approve", exact=True).check()
    edit(rfc, by=author, rollback_plan="1. Another plan.\n2. Deploy.")

    page.locator("[data-sign]").click()

    expect(page.get_by_text("changed while you were reading")).to_be_visible()
    assert SignOff.objects.count() == 0
