"""Revisions: each has its address for ever, and any two can be compared so that a person can read it."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import board, draft, edit, move, package, person, rfc_in, sign

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response) -> str:
    """What the page says, without tags."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode().replace("<wbr>", ""))
    return " ".join(html.unescape(words).split())


def three_revisions():
    rfc = rfc_in("assessment", packages=(package("src/a"),))
    edit(rfc, rollback_plan="1. Revert the commit of the day.\n2. Deploy both packages.\n3. Drop the column.")
    return edit(rfc, packages=(package("src/a", severity="high"), package("src/b")), title="Another title")


def test_the_list_names_author_note_and_what_changed():
    rfc = three_revisions()

    said = text_of(client_of(rfc.owner).get(reverse("rfc-revisions", args=[rfc.number])))

    assert "Revision 3 current" in said
    assert "Title, affected packages" in said
    assert "Rollback plan" in said
    assert "The first revision" in said


def test_any_two_revisions_are_compared_field_by_field():
    rfc = three_revisions()

    page = client_of(person()).get(f"/rfcs/{rfc.number}/revisions/1..3/")

    said = text_of(page)
    assert page.status_code == 200
    assert "Revision 1 to 3" in said
    for words in ("Title", "Affected packages", "Rollback plan", "src/b", "Before: medium After: high"):
        assert words in said
    assert "<mark>day</mark>" in page.content.decode()
    assert "Data changes" not in said


def test_the_other_way_round_and_the_form_lead_to_the_permanent_address():
    rfc = three_revisions()
    client = client_of(rfc.owner)

    assert client.get(f"/rfcs/{rfc.number}/revisions/3..1/")["Location"] == f"/rfcs/{rfc.number}/revisions/1..3/"
    chosen = client.get(reverse("rfc-revisions", args=[rfc.number]), {"from": "2", "to": "1"})
    assert chosen["Location"] == f"/rfcs/{rfc.number}/revisions/1..2/"
    for query in ({"from": "x", "to": "1"}, {"from": "٣", "to": "1"}, {"from": "9" * 40, "to": "1"}):
        assert client.get(reverse("rfc-revisions", args=[rfc.number]), query).status_code == 404


@pytest.mark.parametrize("address", ["0..1", "1..9", "7..9", "99999999999999999999..1"])
def test_revisions_that_are_not_there_are_404(address):
    rfc = rfc_in("assessment")

    answer = client_of(rfc.owner).get(f"/rfcs/{rfc.number}/revisions/{address}/", follow=True)

    assert answer.status_code == 404


def test_an_embargoed_rfc_shows_no_revision_to_others():
    rfc = rfc_in("assessment", embargoed=True)

    for address in ("", "1/", "1..1/"):
        assert client_of(person()).get(f"/rfcs/{rfc.number}/revisions/{address}").status_code == 404


def test_a_revision_compared_with_itself_says_so():
    rfc = rfc_in("assessment")

    assert "Both say the same" in text_of(client_of(rfc.owner).get(f"/rfcs/{rfc.number}/revisions/1..1/"))


def test_whose_sign_off_is_void_is_led_to_what_changed_since():
    members = board(3)
    rfc = rfc_in("review")
    sign(rfc, members[0])
    edit(rfc, rollback_plan="1. Another way back.")
    link = reverse("rfc-comparison", args=[rfc.number, 1, 2])

    page = client_of(members[0]).get(rfc.get_absolute_url())
    assert "Your sign-off on revision 1 no longer counts." in text_of(page)
    assert link in page.content.decode()
    assert "no longer counts" not in text_of(client_of(members[1]).get(rfc.get_absolute_url()))
    assert link in client_of(members[1]).get(reverse("rfc-sign-offs", args=[rfc.number])).content.decode()
    assert "Since you signed" in text_of(client_of(members[0]).get(link))


def test_an_approval_of_an_earlier_revision_links_to_what_changed():
    rfc = rfc_in("approved")
    edit(rfc, rollback_plan="1. Another way back.")
    move(rfc, "amend")

    page = client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode()

    assert reverse("rfc-comparison", args=[rfc.number, 1, 2]) in page


def test_hostile_text_in_a_comparison_stays_text():
    rfc = rfc_in("assessment")
    edit(rfc, rollback_plan="1. <img src=x onerror=alert(1)>", packages=(package("src/<b>x"),))

    page = client_of(rfc.owner).get(f"/rfcs/{rfc.number}/revisions/1..2/").content.decode()

    assert "<img src=x" not in page
    assert "<b>x" not in page


def test_queries_do_not_grow_with_the_revisions(django_assert_max_num_queries):
    rfc, client = three_revisions(), None
    client = client_of(rfc.owner)
    page = reverse("rfc-revisions", args=[rfc.number])
    with django_assert_max_num_queries(100) as few:
        client.get(page)
    for n in range(5):
        edit(rfc, rollback_plan=f"1. Way {n}.")

    with django_assert_max_num_queries(len(few)):
        client.get(page)


def test_a_draft_without_revision_teaches_how_one_is_made():
    rfc = draft()

    assert "No revision yet" in text_of(client_of(rfc.owner).get(reverse("rfc-revisions", args=[rfc.number])))
