"""The facts of an export: what was decided against a rule is among them."""

import pytest

from approvals import concerns
from approvals.positions import Position
from governance.exporting.record import facts
from rfcs import clock
from rfcs.freezes import Freeze
from rfcs.impact import planning
from rfcs.models import PolicyVersion
from rfcs.policy import Policy
from tests.factories import again, approve, lead, person, rfc_in, sign, signers

pytestmark = pytest.mark.django_db


def test_what_was_overridden_is_printed_with_who_why_and_when() -> None:
    rfc = rfc_in("review")
    critic, head = (user for user, _ in signers(rfc)[:2])
    concern = sign(rfc, critic, Position.DISCUSS, title="Old callers")
    concerns.override(
        concern, by=lead("architecture", head), reason="They are gone since May.", authenticated_at=clock.now()
    )
    rfc = approve(rfc)
    today = str(clock.now().date())
    freeze = Freeze("Audit", today, today)
    PolicyVersion.objects.create(version=99, body=Policy(freezes=(freeze,)).json(), in_force_from=clock.now())
    planning.override(rfc, freeze.key, by=person("stella", "stewards"), reason="A flood warning depends on it.")

    said = facts(again(rfc))["overrides"]

    assert [(row["kind"], row["what"], row["name"], row["reason"]) for row in said] == [
        (
            "concern",
            f"“Old callers” of {critic.get_full_name()} for the Architecture Team",
            head.get_full_name(),
            "They are gone since May.",
        ),
        ("freeze", freeze.key, "Stella Example", "A flood warning depends on it."),
    ]
