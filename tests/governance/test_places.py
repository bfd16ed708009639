"""What a requirement misses is named, each thing with the field or the item in which it is mended."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from breakwater.justification import Period
from governance.pages.record.places import field_of
from rfcs.errors import Reason
from rfcs.states import State
from tests import factories as f

DAYS = replace(f.content().timeline, testing=Period(date(2026, 3, 1), None))


@pytest.mark.parametrize(
    ("reason", "content", "field"),
    [
        (Reason("title", "", "title"), f.content(), "id_title"),
        (Reason("unanswered", "", "answers.consumers"), f.content(), "id_answers.consumers"),
        (Reason("risk_unanswered", "", "risk.timing"), f.content(), "id_risk.timing"),
        (Reason("JD006", "", "testing_unit"), f.content(), "id_testing_unit"),
        (Reason("JD007", "", "timeline"), f.content(timeline=DAYS), "id_testing_end"),
        (Reason("JD007", "", "timeline"), f.content(), "id_development_start"),
        (Reason("packages", "", "affected_packages"), f.content(packages=()), "id_packages-0-path"),
        (Reason("JD003", "", "affected_packages"), f.content(), ""),
        (
            Reason("JD003", "", "affected_packages"),
            f.content(packages=(f.package("a"), f.package("b", description=""))),
            "id_packages-1-description",
        ),
        (
            Reason("path_invalid", "", "affected_packages", thing="../b"),
            f.content(packages=(f.package("a", description=""), f.package("../b"))),
            "id_packages-1-path",
        ),
        (
            Reason("not_assessed", "", "affected_packages", thing="b"),
            f.content(packages=(f.package("a"), f.package("b", severity=""))),
            "id_packages-1-severity",
        ),
        (
            Reason("not_assessed", "", "affected_packages", thing="b"),
            f.content(packages=(f.package("a"), f.package("b", api=False))),
            "id_packages-1-api",
        ),
        (Reason("unsaved_edits", ""), f.content(), ""),
    ],
)
def test_a_reason_leads_to_the_field_that_mends_it(reason, content, field):
    assert field_of(reason, content) == field


def needed(page: str) -> str:
    """The box of requirements, without the space between words."""
    box = re.search(r'<section class="panel needed" aria-label="Needed.*?</section>', page, re.DOTALL)
    assert box
    return " ".join(box[0].split())


@pytest.mark.django_db
def test_each_open_item_is_a_link_to_itself():
    rfc = f.rfc_in(State.IMPLEMENTATION)

    box = needed(f.client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode())

    address = reverse("rfc-checklist", args=[rfc.number])
    assert "<p>These items are still open:</p>" in box
    assert f'<a href="{address}#documentation_updated">Documentation updated</a>' in box
    assert "Go there" not in box


@pytest.mark.django_db
def test_what_is_listed_ends_and_says_how_many_follow():
    rows = tuple(f.package(f"src/packages/p{n}", severity="") for n in range(7))
    rfc = f.rfc_in(State.ASSESSMENT, packages=rows)

    box = needed(f.client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode())

    edit = reverse("rfc-edit", args=[rfc.number])
    assert f'<a href="{edit}#id_packages-4-severity">src/packages/p4</a>' in box
    assert "src/packages/p5</a>" not in box
    assert "and 2 more" in box


@pytest.mark.django_db
def test_nobody_is_sent_to_a_form_that_they_may_not_open():
    rfc = f.rfc_in(State.ASSESSMENT, rollback_plan="", risk={})

    box = needed(f.client_of(f.person()).get(rfc.get_absolute_url()).content.decode())

    assert "These questions are not answered:" in box
    assert "/edit/" not in box


@pytest.mark.django_db
def test_what_is_met_is_folded_away_beside_what_is_not():
    rfc = f.rfc_in(State.ASSESSMENT, rollback_plan="")

    box = needed(f.client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode())

    shown, folded = box.split('<details class="requirements-met', 1)
    assert 'data-state="met"' not in shown
    met = folded.count('data-state="met"')
    assert f"<summary>{met} met</summary>" in folded


@pytest.mark.parametrize(
    ("who", "message", "is_said"),
    [
        ("the owner", "Only the owner may ask for it.", False),
        ("you", "The title is missing.", False),
        ("a steward", "The catalogue has no such package.", True),
    ],
)
def test_who_can_help_is_said_where_the_sentence_does_not_say_it(who, message, is_said):
    html = render_to_string("components/reason_list.html", {"reasons": [Reason("x", message, who=who)]})

    assert ("can do that" in html) is is_said


@pytest.mark.django_db
def test_the_owner_is_not_told_that_the_owner_can_do_that():
    rfc = f.rfc_in(State.IMPLEMENTATION)

    page = f.client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode()

    assert "Nothing material differs from the approved revision" in page
    assert "The owner can do that" not in page
