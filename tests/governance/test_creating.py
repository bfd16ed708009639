"""Beginning an RFC on its page: what is refused, and when."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rfcs import lifecycle
from rfcs.models import RFC
from rfcs.table import TABLE
from tests import factories as f
from tests.governance.test_pages import form_of

pytestmark = pytest.mark.django_db


def test_nothing_is_numbered_without_a_title() -> None:
    ada = f.person()
    sent = form_of(f.draft()) | {"title": " ", "change_summary": "Typed at length"}
    before = RFC.objects.count()

    answer = f.client_of(ada).post(reverse("rfc-create"), sent)

    html = answer.content.decode()
    assert (answer.status_code, RFC.objects.count()) == (422, before)
    assert "Give it a title: its number is given once and for all." in html
    assert "Typed at length" in html
    assert f.client_of(ada).post(reverse("rfc-create"), sent | {"title": "A title"}).status_code == 302


def test_auditor_reads_at_once_that_auditors_write_none() -> None:
    answer = f.client_of(f.person(None, "auditors")).get(reverse("rfc-create"))

    assert (answer.status_code, 'name="title"' in answer.content.decode()) == (403, False)
    assert "Auditors read everything and change nothing." in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "said"),
    [("closed", "is closed;"), ("approved", "is approved;"), ("review", "is in architecture review;")],
)
def test_where_an_rfc_stands_is_said_in_english(state: str, said: str) -> None:
    rfc = f.rfc_in(state)

    prospects = {prospect.move.name: prospect for prospect in lifecycle.outlook(rfc, rfc.owner)}

    assert f"{rfc.number} {said}" in prospects["submit"].reasons[0].message
    assert set(prospects) == set(TABLE)
