"""Help: the process in its own words; every table on it is made from the tables that the code obeys."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from approvals.positions import Position
from rfcs import authority
from rfcs.models import PolicyVersion
from rfcs.obligations import due
from rfcs.policy import Policy
from rfcs.states import ARCHITECTURE, SECURITY, ObligationKind, Phase, Scenario, State, Track, team_name
from rfcs.table import TABLE, Move

SCENARIOS = {
    Scenario.API_CONTRACT: "Interface definitions that affect multiple packages.",
    Scenario.SHARED_SCHEMA: "Database or data structure changes.",
    Scenario.SECURITY: "Critical security patches requiring coordinated updates.",
    Scenario.MAJOR_RELEASE: "Planned breaking changes across the ecosystem.",
    Scenario.DEPENDENCY: "Major version updates of shared dependencies.",
}
POSITIONS = {
    Position.APPROVE: ("You agree.", "Counts towards the quorum."),
    Position.NO_OBJECTION: ("You leave the decision to the others.", "Counts neither way."),
    Position.DISCUSS: (
        "You have a concern, with a title.",
        "Blocks until you take another position, or a lead of the team overrides it.",
    ),
    Position.HOLD: ("You need time until a day that you name.", "Blocks until that day has ended."),
    Position.ABSTAIN: ("You do not approve and stay in the quorum.", "Counts neither way; the quorum stays as it is."),
    Position.RECUSE: ("You step aside, for example for a conflict of interest.", "Makes the quorum smaller."),
    Position.REJECT: ("You are against it.", "Enough of them end the RFC."),
}
KEYS = (
    ("?", "shows the shortcuts"),
    ("/", "goes to the search"),
    ("n", "begins an RFC"),
    ("g q", "opens your queue"),
    ("g r", "opens the RFCs"),
    ("g c", "opens the calendar"),
    ("j k", "go down and up a list"),
    ("Enter", "opens the row"),
)


def help_page(request: HttpRequest) -> HttpResponse:
    """The process under the policy in force: moves, positions, checklist, times, keys."""
    policy = PolicyVersion.current().policy
    phases = [(phase.label, [item for item in policy.checklist if item.phase == phase]) for phase in Phase]
    context = {
        "scenarios": [(Scenario(scenario).label, text) for scenario, text in SCENARIOS.items()],
        "moves": [_move(move) for move in TABLE.values()],
        "positions": [(position.label, *POSITIONS[position]) for position in Position],
        "phases": phases,
        "owed": [_owed(kind, policy) for kind in ObligationKind],
        "policy": policy,
        "board": policy.quorum(ARCHITECTURE),
        "security": policy.quorum(SECURITY),
        "keys": [(keys.split(), does) for keys, does in KEYS],
    }
    return render(request, "help.html", context)


def _owed(kind: ObligationKind, policy: Policy) -> dict[str, str]:
    """One row of what emergencies and hotfixes owe, from the tables that start its clock."""
    tracks = [track.label for track, kinds in due.OWED.items() if kind in kinds]
    who = due.OWED_BY.get(kind, "")
    return {
        "title": kind.label,
        "begins": f"{tracks[0]}, with its authorisation" if tracks else "Emergency, when the board denies it",
        "who": team_name(who) if who else "The owner",
        "due": due.spelled(kind, policy),
        "what": due.TO_DO[kind],
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "label": move.label,
        "from": ", ".join(State(source).label for source in move.way.sources),
        "to": move.way.target.label
        + (f" ({move.way.short_target.label}, emergency or hotfix)" if move.way.short_target else ""),
        "tracks": ", ".join(track.label for track in Track if track in move.way.tracks)
        if len(move.way.tracks) < len(Track)
        else "Every track",
        "by": authority.spelled(move.asked_by) if move.asked_by else "the round of sign-offs",
        "needs": [guard.title for guard in move.needs] + [f"{wanted.label} (written)" for wanted in move.inputs],
    }
