"""Help: the process in its own words, the table of moves and the diagram made from it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rfcs import authority
from rfcs.policy import CHECKLIST
from rfcs.states import Phase, State
from rfcs.table import TABLE


def help_page(request: HttpRequest) -> HttpResponse:
    moves = [
        {
            "label": move.label,
            "from": ", ".join(State(source).label for source in move.sources),
            "to": move.target.label,
            "by": authority.spelled(move.asked_by) if move.asked_by else "the round of sign-offs",
            "needs": [guard.title for guard in move.needs] + [f"{wanted.label} (written)" for wanted in move.inputs],
        }
        for move in TABLE.values()
    ]
    phases = [(phase.label, [item for item in CHECKLIST if item.phase == phase]) for phase in Phase]
    return render(request, "help.html", {"moves": moves, "phases": phases})
