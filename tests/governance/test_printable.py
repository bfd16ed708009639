"""The printable page: the document alone, or with the parts of the record that somebody asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from rfcs import clock
from rfcs.compliance import waivers
from rfcs.impact import answering
from rfcs.models import RFC
from rfcs.states import AUDITORS, STEWARDS
from tests import factories as f

pytestmark = pytest.mark.django_db

PATH = "src/packages/billing/invoices"


def printed(rfc: RFC, by: User, *parts: str) -> Any:
    return f.client_of(by).get(reverse("rfc-html", args=[rfc.number]), {"with": parts})


def record(rfc: RFC, by: User, *parts: str) -> str:
    """What follows the document."""
    text: str = printed(rfc, by, *parts).content.decode().partition("</article>")[2]
    return text


@pytest.fixture
def signed() -> RFC:
    """Approved by two of the board, acknowledged by an owner, one item waived."""
    f.board(2)
    f.owned(PATH, olga := f.person("olga"))
    rfc = f.rfc_in("assessment", packages=(f.package(PATH),))
    answering.answer(rfc, PATH, by=olga, answer="acknowledge", reason="Ready on our side.")
    rfc = f.approve(f.move(rfc, "request_review"))
    until = clock.now().date() + timedelta(days=30)
    waivers.grant(rfc, "unit_tests_pass", by=f.person("stew", STEWARDS), reason="No tests there yet.", expires_on=until)
    return rfc


def test_an_auditor_prints_the_record_with_the_document(signed: RFC) -> None:
    said = record(signed, f.person(None, AUDITORS), "record")

    for text in (
        "Architecture Team",
        "Approve, revision 1",
        "Olga Example acknowledged on revision 1",
        "Ready on our side.",
        "No tests there yet.",
        "Stew Example",
        "Nothing was owed",
        "made the move “Submit for assessment”",
    ):
        assert text in said


def test_an_emergency_prints_what_it_owes() -> None:
    rfc = f.short_in("implementation")

    said = record(rfc, rfc.owner, "owed")

    assert "Owed after the authorisation" in said
    assert rfc.obligations.count() == said.count('data-label="Due (UTC)"') == 3


def test_only_the_parts_that_were_chosen_follow_the_document(signed: RFC) -> None:
    page = printed(signed, signed.owner)
    said = record(signed, signed.owner, "owners", "history")

    assert 'class="record"' not in page.content.decode()
    assert page.content.decode().partition("</article>")[0].count("checked") == 0
    assert "Olga Example acknowledged" in said
    assert "<h2>History</h2>" in said
    assert "<h2>Checklist</h2>" not in said
    assert "<h2>Signatures</h2>" not in said


def test_a_part_that_is_not_there_is_said_with_the_choice(signed: RFC) -> None:
    page = printed(signed, signed.owner, "sign-offs", "everything")

    assert page.status_code == 400
    assert "There is no such part to print." in page.content.decode()
    assert 'value="history"' in page.content.decode()
