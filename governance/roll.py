"""The roll: who is in which team and who leads it, as the events of the rosters tell it. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import Group

from governance.rosters import RECORDED, ROSTER
from rfcs.audit import BATCH, Finding
from rfcs.models import Event, TeamLead

KINDS = ("member.added", "member.removed", "lead.set", "lead.unset", RECORDED)


@dataclass(slots=True)
class Roll:
    """User names by team."""

    members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    leads: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def verify() -> Iterator[Finding]:
    """Every membership and every lead has its event, and no event tells of one that is not there."""
    told, stored = as_told(), as_stored()
    yield from _differing("member", told.members, stored.members)
    yield from _differing("lead", told.leads, stored.leads)


def as_told() -> Roll:
    """One pass over the chain of the rosters, each event by the person that it names."""
    roll = Roll()
    events = Event.objects.filter(stream=ROSTER, kind__in=KINDS).order_by("seq").values_list("kind", "payload")
    for kind, said in events.iterator(chunk_size=BATCH):
        if kind == RECORDED:
            roll = _recorded(said)
        elif kind == "member.added":
            roll.members[said["team"]].add(said["person"])
        elif kind == "lead.set":
            roll.leads[said["team"]].add(said["person"])
        else:
            roll.leads[said["team"]].discard(said["person"])
            if kind == "member.removed":
                roll.members[said["team"]].discard(said["person"])
    return roll


def _recorded(said: Mapping[str, Mapping[str, Iterable[str]]]) -> Roll:
    roll = Roll()
    for name, teams in (("members", roll.members), ("leads", roll.leads)):
        teams.update({slug: set(people) for slug, people in said[name].items()})
    return roll


def as_stored() -> Roll:
    roll = Roll()
    members = Group.objects.filter(user__isnull=False).values_list("name", "user__username")
    for teams, rows in (
        (roll.members, members),
        (roll.leads, TeamLead.objects.values_list("group__name", "person__username")),
    ):
        for slug, username in rows.iterator(chunk_size=BATCH):
            teams[slug].add(username)
    return roll


def _differing(what: str, told: Mapping[str, set[str]], stored: Mapping[str, set[str]]) -> Iterator[Finding]:
    for slug in sorted({*told, *stored}):
        said, there = told.get(slug, set()), stored.get(slug, set())
        for name in sorted(there - said):
            yield Finding(f"team {slug}", what, f"{name} is a {what}, and no event tells of it.")
        for name in sorted(said - there):
            yield Finding(f"team {slug}", what, f"{name} is no {what}, and no event tells of the end.")
