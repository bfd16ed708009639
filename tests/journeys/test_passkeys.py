"""A person's passkey from the first click to a signature, with Chromium's virtual authenticator."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from playwright.sync_api import Page, expect

from approvals import freshness
from approvals.models import SignOff
from governance.accounts import factors
from rfcs.models import Event
from rfcs.states import ARCHITECTURE, State
from tests.factories import PASSWORD, board, person, rfc_in
from tests.journeys.conftest import leaving, log_in
from tests.journeys.looks import LOOKS, look, wrong

pytestmark = pytest.mark.journey
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_device(page: Page) -> None:
    """A device that answers for its owner, as after a fingerprint."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def add_passkey(page: Page, name: str) -> None:
    page.goto("/me/security/")
    with leaving(page):
        page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()


def log_out(page: Page) -> None:
    page.goto("/logout/")
    with leaving(page):
        page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_passkey_is_registered_logs_in_alone_and_signs(desk):
    reviewer = board(2)[0]
    rfc = rfc_in(State.REVIEW)
    page = desk()
    with_device(page)
    log_in(page, reviewer)

    add_passkey(page, "Laptop")
    expect(page.locator(".code-list li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Passkey “Laptop”")).to_be_visible()
    log_out(page)

    page.goto("/login/?next=" + reverse("rfc-sign-offs", args=[rfc.pk]))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_label("Rationale")).to_be_visible()
    assert Event.objects.filter(kind="logged_in").latest("seq").payload == {"methods": ["webauthn"]}

    stale(page)
    page.reload()
    page.get_by_label("No objection").check()
    page.get_by_label("Rationale").fill("Read to the end.")
    with leaving(page):
        page.get_by_role("button", name="revision 1").click()
    expect(page.get_by_label("Rationale")).to_have_value("Read to the end.")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Signed: No objection")).to_be_visible()

    signed = SignOff.objects.get(signer=reviewer)
    assert (signed.team, signed.rationale) == (ARCHITECTURE, "Read to the end.")


def test_passkey_is_the_second_step_after_the_password_and_is_renamed_and_removed(desk):
    reviewer = board(1)[0]
    page = desk()
    with_device(page)
    log_in(page, reviewer)
    page.goto("/me/security/passkeys/")
    page.get_by_label("Name").fill("Key at home")
    page.get_by_label("Log in with it alone").uncheck()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    log_out(page)

    page.get_by_label("Username").fill(reviewer.username)
    page.get_by_label("Password").fill(PASSWORD)
    with leaving(page):
        page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="My queue")).to_be_visible()

    page.goto("/me/security/")
    page.get_by_role("link", name="Rename Key at home").click()
    page.get_by_role("textbox", name="Name").fill("Old key")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Remove Old key").click()
    expect(page.get_by_text("the password alone opens your account")).to_be_visible()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey “Old key” is removed.")).to_be_visible()
    assert not factors.of(reviewer).are_there


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pages_of_a_device_are_accessible(desk, settings, scheme, width):
    user, found = person(None, ARCHITECTURE), []
    page = desk(**look(scheme, width))
    with_device(page)
    log_in(page, user)
    settings.SECOND_FACTOR_TEAMS = [ARCHITECTURE]
    page.goto("/")
    expect(page.get_by_role("heading", name="One thing first")).to_be_visible()
    found += wrong(page)
    add_passkey(page, "A key with a name that is rather long for a phone")
    found += wrong(page)
    key = factors.of(user).passkeys[0].pk
    for name in ("passkey-rename", "passkey-remove"):
        page.goto(reverse(name, args=[key]))
        found += wrong(page)
    page.goto("/me/security/")
    found += wrong(page)
    log_out(page)
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    with leaving(page):
        page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    found += wrong(page)
    page.get_by_label("Code").fill("wrong")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("That was not right")).to_be_visible()
    found += wrong(page)

    assert not found, "\n".join(found)


def stale(page: Page) -> None:
    """As after an hour: the session no longer remembers a proof."""
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
    session = SessionStore(session_key=key)
    del session[freshness.KEY]
    session.save()
