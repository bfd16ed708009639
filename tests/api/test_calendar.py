"""GET calendar/: the same as on the page."""

from __future__ import annotations

from datetime import date

import pytest

from tests.api.conftest import Client
from tests.factories import person
from tests.rfcs.impact.test_planning import rfc_of, timeline

pytestmark = pytest.mark.django_db


def test_a_month_as_json(as_: Client) -> None:
    one, other = rfc_of("src/a", timeline=timeline()), rfc_of("src/a", timeline=timeline(date(2031, 3, 5)))

    said = as_(person()).get("calendar/?at=2031-03").json()

    assert (said["at"], said["first"], said["last"], said["has_more"]) == ("2031-03", "2031-03-01", "2031-03-31", False)
    assert [row["rfc"] for row in said["rfcs"]] == [one.number, other.number]
    assert said["rfcs"][0]["phases"]["testing"] == {"start": "2031-03-13", "end": "2031-03-15"}
    assert [(clash["rfc"], clash["settled"]) for clash in said["rfcs"][0]["clashes"]] == [(other.number, False)]


@pytest.mark.parametrize("query", ["at=2031-13", "at=2031-Q9", "month=3", "track=fast", "owner="])
def test_what_is_not_understood_is_400(as_: Client, query: str) -> None:
    assert as_(person()).get(f"calendar/?{query}").status_code == 400
