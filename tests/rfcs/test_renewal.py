"""An upgrade binds signatures to new fields where nobody decided otherwise, and touches no policy of a board."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from rfcs import clock, renewal
from rfcs.models import Event, PolicyVersion
from rfcs.policy import MATERIAL_FIELDS, SECURITY_SCOPE, Policy
from rfcs.states import SECURITY
from tests.factories import again, board, rfc_in, sign

pytestmark = pytest.mark.django_db


def stored(version: int = 1, **changes) -> PolicyVersion:
    body = Policy().json() | changes
    return PolicyVersion.objects.create(version=version, body=body, in_force_from=clock.now())


def before(*later: str) -> dict[str, Any]:
    """What a release wrote that did not know these fields."""
    fields, scope = ([name for name in names if name not in later] for names in (MATERIAL_FIELDS, SECURITY_SCOPE))
    return {"material_fields": fields, "scopes": {SECURITY: scope}}


@pytest.mark.parametrize("later", [("risk",), ("attachments", "risk"), ("answers", "attachments", "risk")])
def test_a_first_version_of_an_earlier_release_gets_a_next_one(later):
    stored(**before(*later))

    renewed = renewal.renew()

    assert renewed is not None
    assert (renewed.version, PolicyVersion.current().version) == (2, 2)
    assert renewed.policy.material_fields == MATERIAL_FIELDS
    assert renewed.policy.scopes == {SECURITY: SECURITY_SCOPE}
    event = Event.objects.get(stream="policy")
    assert event.payload == {"version": 2, "added": sorted(later)}


def test_all_else_of_the_policy_stays():
    stored(**before("risk"), signing_minutes=7)

    renewed = renewal.renew()

    assert renewed is not None
    assert renewed.policy.signing_minutes == 7


def test_a_second_time_changes_nothing():
    stored(**before("risk"))

    assert renewal.renew() is not None
    assert renewal.renew() is None
    assert PolicyVersion.objects.count() == 2


@pytest.mark.parametrize(
    "decided",
    [
        {},
        {"material_fields": ["packages", "rollback_plan"]},
        before("risk") | {"scopes": {SECURITY: ["packages"]}},
        before("risk") | {"scopes": {}},
        before("risk", "rollback_plan"),
    ],
)
def test_today_s_defaults_and_what_somebody_decided_stay(decided):
    stored(**decided)

    assert renewal.renew() is None
    assert PolicyVersion.objects.count() == 1


def test_a_policy_that_a_board_changed_later_stays():
    stored(**before("risk"))
    stored(2, **before("risk"), decision_days=5)

    assert renewal.renew() is None


def test_a_new_portal_has_nothing_to_renew():
    assert renewal.renew() is None
    assert not PolicyVersion.objects.exists()


def test_sign_offs_under_way_keep_counting():
    stored(**before("risk"))
    member = board(3)[0]
    rfc = rfc_in("review")
    sign(rfc, member)
    digest = rfc.material_digest

    renewal.renew()

    assert (again(rfc).pinned.version, again(rfc).material_digest) == (1, digest)


def test_the_command_says_what_it_did():
    stored(**before("risk"))
    first, second = StringIO(), StringIO()

    call_command("renew_policy", stdout=first)
    call_command("renew_policy", stdout=second)

    assert first.getvalue() == "Policy 2 is in force: signatures now bind to risk as well.\n"
    assert second.getvalue() == "Nothing to renew.\n"
