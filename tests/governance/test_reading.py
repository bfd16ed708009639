"""What auditors read is on record; what others read is nobody's business."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rfcs import audit
from rfcs.models import Event
from rfcs.states import AUDITORS
from tests.factories import client_of, draft, person

pytestmark = pytest.mark.django_db


def reads() -> list[tuple[str, str]]:
    found = Event.objects.filter(stream="access", kind="read").order_by("seq")
    return [(event.payload["on"], event.payload["what"]) for event in found]


def test_every_page_file_and_list_that_an_auditor_reads_is_recorded() -> None:
    rfc, reader = draft(), client_of(person(None, AUDITORS))
    pages = [reverse(name, args=[rfc.number]) for name in ("rfc-page", "rfc-history", "rfc-markdown")]
    for page in pages:
        assert reader.get(page).status_code == 200
    assert reader.get(reverse("rfc-list-csv"), {"state": "draft"}).status_code == 200

    assert reads() == [*((rfc.stream, page) for page in pages), ("rfcs", "/rfcs/list.csv?state=draft")]
    assert list(audit.verify()) == []


def test_what_others_read_is_not_recorded() -> None:
    rfc = draft()
    for reader in (rfc.owner, person(None, "architecture"), person(None, "stewards")):
        client_of(reader).get(reverse("rfc-page", args=[rfc.number]))
    assert reads() == []


def test_what_an_auditor_may_not_find_is_no_reading() -> None:
    reader = client_of(person(None, AUDITORS))
    assert reader.get(reverse("rfc-page", args=["RFC-9999"])).status_code == 404
    assert reads() == []
