"""Somebody without a password: in by the company's login, a signature confirmed there, and every page on the way."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from approvals.models import SignOff
from rfcs.models import Event
from rfcs.states import ARCHITECTURE, State
from tests import provider as stand_in
from tests.factories import board, person, rfc_in
from tests.journeys.conftest import leaving, log_in
from tests.journeys.looks import LOOKS, look, wrong
from tests.journeys.test_passkeys import stale
from tests.provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.journey


@pytest.fixture
def provider(settings: Any, live_server: Any) -> Iterator[Provider]:
    with stand_in.running() as running:
        settings.OIDC_ISSUER, settings.OIDC_NAME, settings.PORTAL_URL = running.url, "Acme", live_server.url
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
        running.shows_page = True
        yield running


def at_provider(page: Page) -> None:
    """The provider's own page, and its button."""
    expect(page.get_by_role("heading", name="Company login")).to_be_visible()
    page.get_by_role("button", name="Log in as Ada").click()


def test_who_has_no_password_comes_in_and_signs_and_loses_no_word(desk, provider):
    board(2)
    reviewer = person("ada", ARCHITECTURE)
    rfc = rfc_in(State.REVIEW)
    reviewer.set_unusable_password()
    reviewer.save()
    page = desk()

    page.goto("/login/?next=" + reverse("rfc-sign-offs", args=[rfc.pk]))
    page.get_by_role("button", name="Continue with Acme").click()
    at_provider(page)
    expect(page.get_by_label("Rationale")).to_be_visible()
    assert Event.objects.filter(kind="logged_in").latest("seq").payload == {"methods": ["single_sign_on"]}

    stale(page)
    page.reload()
    page.get_by_label("No objection").check()
    page.get_by_label("Rationale").fill("Read to the end.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="confirm with Acme").click()
    other = opened.value
    other.get_by_role("button", name="Confirm with Acme").click()
    at_provider(other)
    expect(other.get_by_role("heading", name="Thank you, it is you")).to_be_visible()
    other.close()
    page.get_by_role("button", name="revision 1").click()
    expect(page.get_by_text("Signed: No objection")).to_be_visible()

    signed = SignOff.objects.get(signer=reviewer)
    assert (signed.team, signed.rationale) == (ARCHITECTURE, "Read to the end.")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pages_of_single_sign_on_are_accessible(desk, provider, scheme, width):
    ada, found = person("ada"), []
    page = desk(**look(scheme, width))

    page.goto("/login/")
    found += wrong(page)
    log_in(page, ada)
    page.goto("/me/security/")
    found += wrong(page)
    with leaving(page):
        page.get_by_role("link", name="Link it").click()
    found += wrong(page)
    page.get_by_role("button", name="Go on to Acme").click()
    at_provider(page)
    expect(page.get_by_text("Your account is linked with Acme.")).to_be_visible()
    found += wrong(page)
    with leaving(page):
        page.get_by_role("link", name="Remove the link with Acme").click()
    found += wrong(page)
    page.goto("/me/confirm/?next=/me/confirm/done/")
    found += wrong(page)
    page.get_by_role("button", name="Confirm with Acme").click()
    at_provider(page)
    expect(page.get_by_role("heading", name="Thank you, it is you")).to_be_visible()
    found += wrong(page)
    page.goto("/login/provider/back/")
    found += wrong(page)
    page.get_by_role("link", name="Back to Security").click()
    page.get_by_role("link", name="Remove the link with Acme").click()
    page.get_by_role("button", name="Remove the link").click()
    expect(page.get_by_text("The link is removed.")).to_be_visible()

    assert not found, "\n".join(found)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_page_on_the_way_and_the_page_of_a_refusal_are_accessible(desk, provider, scheme, width):
    provider.answers = {"/authorize": (204, b"")}  # the browser stays on our page
    page = desk(**look(scheme, width))
    page.goto("/login/")
    page.get_by_role("button", name="Continue with Acme").click()
    expect(page.get_by_role("link", name="Go on to Acme")).to_be_visible()
    found = wrong(page)
    provider.answers = {}
    provider.person |= {"email": "a-rather-long-address.of-somebody@example.org"}
    page.get_by_role("link", name="Go on to Acme").click()
    at_provider(page)
    expect(page.get_by_text("Ask a steward to invite you")).to_be_visible()
    found += wrong(page)

    assert not found, "\n".join(found)
