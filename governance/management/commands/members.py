"""`manage.py members add architecture ada`: who is in which team, from a shell; every change an event."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError

from governance import rosters
from rfcs.errors import Refused
from rfcs.states import TEAMS

VERBS: dict[str, tuple[Callable[[str, User], object], str]] = {
    "add": (lambda team, who: rosters.add(team, who, by=None), "is in"),
    "remove": (lambda team, who: rosters.remove(team, who, by=None), "is not in"),
    "lead": (lambda team, who: rosters.set_lead(team, who, by=None, leads=True), "leads"),
    "unlead": (lambda team, who: rosters.set_lead(team, who, by=None, leads=False), "does not lead"),
}


class Command(BaseCommand):
    help = (
        "Add people to a team, remove them, make them leads or not; each change is an event. `record` puts all teams "
        "on record as they are, where memberships from before have no events and somebody has looked at them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=[*VERBS, "record"])
        parser.add_argument("team", nargs="?", default="", help="short name, for example architecture")
        parser.add_argument("people", nargs="*", metavar="username")

    def handle(self, *args: Any, what: str, team: str, people: list[str], **options: Any) -> None:
        try:
            if what == "record":
                rosters.record()
                self.stdout.write("All teams are on record as they are now.")
            else:
                self._each(what, team, people)
        except Refused as refusal:
            raise CommandError(" ".join(reason.message for reason in refusal.reasons)) from refusal

    def _each(self, what: str, team: str, people: list[str]) -> None:
        if not people:
            raise CommandError(f"Name a team and people: manage.py members {what} architecture ada")
        found = {name: rosters.account(name) for name in people}
        if unknown := [name for name, who in found.items() if who is None]:
            raise CommandError(f"Nobody has the user name {', '.join(unknown)}.")
        if team in TEAMS and not Group.objects.filter(name=team).exists():
            rosters.create(team, by=None)
        verb, said = VERBS[what]
        for name, who in found.items():
            assert who is not None
            verb(team, who)
            self.stdout.write(f"{name} {said} {team}.")
