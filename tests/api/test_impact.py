"""Clashes, freeze windows and overrides through the API: who may, when not, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from rfcs import clock
from rfcs.freezes import Freeze
from rfcs.models import RFC, ClashResolution, FreezeOverride, PolicyVersion
from rfcs.policy import Policy
from rfcs.states import STEWARDS
from tests.api.conftest import Client, codes
from tests.factories import owned, package, person, rfc_in, today

pytestmark = pytest.mark.django_db


def rfc_of(path: str, state: str = "approved", **changes: Any) -> RFC:
    return rfc_in(state, packages=(package(path),), **changes)


def test_a_clash_is_settled_by_either_owner_and_stands_on_both(as_: Client) -> None:
    one, other, apart = rfc_of("src/a"), rfc_of("src/a", "assessment"), rfc_of("src/b")
    address, body = f"rfcs/{one.number}/clashes/", {"rfc": other.number, "note": "Theirs goes first."}
    caller = as_(other.owner)
    assert as_(one.owner).move(one.number, "start").status_code == 409

    stranger = as_(person()).post(address, body)
    empty = caller.post(address, {"rfc": other.number, "note": "  "})
    nowhere = caller.post(address, {"rfc": apart.number, "note": "Agreed."})
    unknown = caller.post(address, {"rfc": "RFC-9999", "note": "Agreed."})
    malformed = caller.post(address, {"rfc": other.number})
    settled = caller.post(address, body)
    again = caller.post(address, body)

    assert (stranger.status_code, codes(stranger)) == (403, ["forbidden"])
    assert (empty.status_code, codes(empty)) == (422, ["note_missing"])
    assert (nowhere.status_code, codes(nowhere)) == (404, ["no_clash"])
    assert (unknown.status_code, malformed.status_code) == (404, 400)
    assert (settled.status_code, again.status_code, codes(again)) == (200, 409, ["settled"])
    assert ClashResolution.objects.count() == 1
    seen = as_(person()).get(f"rfcs/{other.number}/clashes/").json()
    assert [(row["rfc"], row["packages"], row["settled"], row["note"]) for row in seen] == [
        (one.number, ["src/a"], True, "Theirs goes first.")
    ]
    assert as_(one.owner).move(one.number, "start").status_code == 200


def test_a_freeze_is_overridden_by_a_steward_with_a_reason(as_: Client) -> None:
    rfc, steward = rfc_of("src/a"), person(None, STEWARDS)
    day = str(today())
    window = Freeze("Flood season", day, day, ("src/*",))
    PolicyVersion.objects.create(version=99, body=Policy(freezes=(window,)).json(), in_force_from=clock.now())
    address, body = f"rfcs/{rfc.number}/freezes/", {"freeze": window.key, "reason": "The warning depends on it."}
    held = as_(rfc.owner).move(rfc.number, "start")

    owner = as_(rfc.owner).post(address, body)
    empty = as_(steward).post(address, {"freeze": window.key, "reason": " "})
    unknown = as_(steward).post(address, {"freeze": "Flood season", "reason": "Please."})
    reader = as_(steward, "read").post(address, body)
    granted = as_(steward).post(address, body)

    assert (held.status_code, codes(held)) == (409, ["freeze"])
    assert (owner.status_code, codes(owner), reader.status_code) == (403, ["forbidden"], 403)
    assert (empty.status_code, codes(empty)) == (422, ["reason_missing"])
    assert (unknown.status_code, codes(unknown)) == (404, ["no_freeze"])
    assert [(row["key"], row["is_on"], row["overridden"]) for row in granted.json()] == [(window.key, True, True)]
    assert FreezeOverride.objects.count() == 1
    assert as_(rfc.owner).move(rfc.number, "start").status_code == 200


@pytest.mark.parametrize("what", ["acknowledgements", "clashes", "freezes"])
def test_what_meets_an_rfc_is_not_there_without_the_rfc(as_: Client, what: str) -> None:
    hidden = rfc_of("src/a", "assessment", embargoed=True)

    assert as_().get(f"rfcs/{hidden.number}/{what}/").status_code == 401
    assert as_(person()).get(f"rfcs/{hidden.number}/{what}/").status_code == 404
    assert as_(hidden.owner).get(f"rfcs/{hidden.number}/{what}/").status_code == 200


def test_a_steward_names_an_owner_where_nobody_is_left(as_: Client) -> None:
    row, steward, otto = owned("src/a", person()), person(None, STEWARDS), person("otto")
    rfc = rfc_of("src/a", "assessment")
    row.owners.clear()
    address, body = f"rfcs/{rfc.number}/owners/", {"package": "src/a", "username": "otto", "reason": "Leads the team."}

    stranger = as_(person()).post(address, body)
    missing = as_(steward).post(address, {"package": "src/a"})
    named = as_(steward).post(address, body)

    assert (stranger.status_code, codes(stranger)) == (403, ["forbidden"])
    assert missing.status_code == 400
    assert (named.status_code, named.json()["owners"]) == (200, [otto.username])
