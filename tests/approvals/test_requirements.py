"""Which teams must sign (process-table, Required teams)."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.requirements import required_teams
from rfcs.policy import Policy
from rfcs.states import Scenario, Track
from tests import factories as f


@pytest.mark.parametrize(
    ("track", "changes", "teams"),
    [
        (Track.STANDARD, {}, ("architecture",)),
        (Track.STANDARD, {"touches_security": True}, ("architecture", "security")),
        (Track.STANDARD, {"scenario": "security"}, ("architecture", "security")),
        (Track.STANDARD, {"scenario": "security", "touches_security": True}, ("architecture", "security")),
        (Track.STANDARD, {"packages": (f.package("src/packages/auth/tokens"),)}, ("architecture", "security")),
        (Track.STANDARD, {"packages": (f.package("src/packages/author/names"),)}, ("architecture",)),
        (Track.EMERGENCY, {}, ("security",)),
        (Track.EMERGENCY, {"touches_security": True}, ("security",)),
        (Track.HOTFIX, {}, ("incident_command",)),
        (Track.HOTFIX, {"touches_security": True}, ("incident_command",)),
    ],
)
def test_required_teams(track: Track, changes: dict[str, Any], teams: tuple[str, ...]) -> None:
    policy = Policy(security_paths=("src/packages/auth/*",))

    assert required_teams(track, f.content(**changes), policy) == teams


@pytest.mark.parametrize("scenario", [scenario for scenario in Scenario if scenario != Scenario.SECURITY])
def test_no_other_scenario_needs_security(scenario: str) -> None:
    assert required_teams(Track.STANDARD, f.content(scenario=scenario), Policy()) == ("architecture",)


def test_patterns_are_matched_with_case() -> None:
    policy = Policy(security_paths=("src/Auth/*",))

    assert required_teams(Track.STANDARD, f.content(packages=(f.package("src/auth/a"),)), policy) == ("architecture",)
