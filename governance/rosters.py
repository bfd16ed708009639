"""Who is in which team, and who leads it: the writer of rosters. Every change is an event.

Stewards only; `by` is None for who has a shell, where the first steward comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, User
from django.urls import reverse

from governance.accounts import sessions
from rfcs import events
from rfcs.delivery import outbox
from rfcs.errors import Kind, Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.limits import unstorable
from rfcs.models import Event, TeamLead
from rfcs.notices import Notice
from rfcs.states import STEWARDS, team_name
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

ROSTER = "roster"
RECORDED = "roster.recorded"
"""All teams as they were found: a beginning for memberships that have no events."""
SLUG = re.compile(r"[a-z][a-z0-9_]{1,39}")


def add(slug: str, person: User, *, by: User | None, keep: str | None = None) -> bool:
    """Put a person into a team; False when they are in it. Their sessions end, but the one with the key `keep`."""
    with _change("roster.add", slug, by=by) as group:
        if not person.is_active:
            message = f"{display_name(person)} is deactivated; reactivate the account first."
            raise Refused(Reason("inactive", message, "username", "you"))
        if group.user_set.filter(pk=person.pk).exists():
            return False
        before = _names(group)
        group.user_set.add(person)
        _record("member.added", group, person, by=by, before=before)
        _forget(person, by=by, keep=keep)
    return True


def remove(slug: str, person: User, *, by: User | None, keep: str | None = None) -> None:
    """Take a person out of a team; they lead it no more. Refused for the last active steward."""
    with _change("roster.remove", slug, by=by) as group:
        if not group.user_set.filter(pk=person.pk).exists():
            return
        if slug == STEWARDS:
            require_another_steward(person)
        before = _names(group)
        group.user_set.remove(person)
        TeamLead.objects.filter(group=group, person=person).delete()
        _record("member.removed", group, person, by=by, before=before)
        _forget(person, by=by, keep=keep)


def set_lead(slug: str, person: User, *, by: User | None, leads: bool) -> None:
    """Make a member a lead, or a lead a member."""
    with _change("roster.lead", slug, by=by) as group:
        if leads and not (person.is_active and group.user_set.filter(pk=person.pk).exists()):
            message = f"{display_name(person)} is no active member of the {team_name(slug)}; add them first."
            raise Refused(Reason("no_member", message, "username", "you"))
        before = sorted(_leads(group))
        if leads:
            TeamLead.objects.get_or_create(group=group, person=person)
        else:
            TeamLead.objects.filter(group=group, person=person).delete()
        after = sorted(_leads(group))
        if before != after:
            payload = {"team": slug, "person": person.get_username(), "before": before, "after": after}
            event = events.record(ROSTER, "lead.set" if leads else "lead.unset", actor=by, payload=payload)
            _tell(person, event, slug)


def create(slug: str, *, by: User | None) -> Group:
    """A new team without members. Its name in lists is the slug with spaces."""
    with attempt("roster.create", actor=by, on=ROSTER):
        require_steward(by)
        if not SLUG.fullmatch(slug):
            message = "Use 2 to 40 of a to z, 0 to 9 and _ for the short name, a letter first."
            raise Refused(not_ready("slug", message, field="slug", who="you"))
        group, is_new = Group.objects.get_or_create(name=slug)
        if not is_new:
            raise Refused(Reason("team_exists", f"There is a team “{slug}” already.", "slug", "you"))
        events.record(ROSTER, "team.created", actor=by, payload={"team": slug})
    return group


def record() -> None:
    """Put all teams on record as they are: what came past the verbs counts from now on, and everybody can see that."""
    with attempt("roster.record", actor=None, on=ROSTER):
        groups = Group.objects.select_for_update().order_by("name")
        members, leads = {}, {}
        for group in groups:
            members[group.name], leads[group.name] = _names(group), sorted(_leads(group))
        events.record(ROSTER, RECORDED, actor=None, payload={"members": members, "leads": leads})


def account(username: str) -> User | None:
    """Who has this user name; None also for what no row can hold."""
    return None if unstorable(username) else User.objects.filter(username=username).first()


def leads() -> frozenset[tuple[int, int]]:
    """Of every team: its key and the key of somebody who leads it."""
    return frozenset(TeamLead.objects.values_list("group_id", "person_id"))


@contextmanager
def _change(what: str, slug: str, *, by: User | None) -> Iterator[Group]:
    """The team's row, locked; the stewards' row too, so that two stewards cannot remove each other at once."""
    with attempt(what, actor=by, on=ROSTER):
        require_steward(by)
        locked = {group.name: group for group in locked_teams(slug, STEWARDS)}
        if slug not in locked:
            raise Refused(Reason("no_team", f"There is no team “{slug[:40]}”.", "team", "you", Kind.HIDDEN))
        yield locked[slug]


def locked_teams(*slugs: str) -> QuerySet[Group]:
    return Group.objects.select_for_update().filter(name__in=slugs).order_by("name")


def require_steward(by: User | None) -> None:
    """Raise Refused, unless this person is a steward at this moment; None is who has a shell."""
    if by is None:
        return
    by.__dict__.pop("_teams", None)
    if STEWARDS not in teams_of(by):
        raise Refused(forbidden("Only stewards change accounts and rosters.", who="a steward", code="not_a_steward"))


def require_another_steward(person: User) -> None:
    """Raise Refused when nobody could look after rosters without this person; the caller holds the stewards' row."""
    others = User.objects.filter(groups__name=STEWARDS, is_active=True).exclude(pk=person.pk)
    if not others.exists():
        message = f"{display_name(person)} is the last steward; make somebody else one first."
        raise Refused(Reason("last_steward", message, "username", "you"))


def _record(kind: str, group: Group, person: User, *, by: User | None, before: list[str]) -> None:
    payload = {"team": group.name, "person": person.get_username(), "before": before, "after": _names(group)}
    _tell(person, events.record(ROSTER, kind, actor=by, payload=payload), group.name)


WORDS = {
    "member.added": "You are now in the {team}",
    "member.removed": "You are no longer in the {team}",
    "lead.set": "You now lead the {team}",
    "lead.unset": "You no longer lead the {team}",
}


def _tell(person: User, event: Event, slug: str) -> None:
    """Whoever changed it: rights that came or went without somebody's knowing are how an account is misused."""
    who = display_name(event.actor) if event.actor else "Whoever runs the portal"
    outbox.queue(
        f"roster:{event.seq}",
        to=person,
        rfc=None,
        subject=WORDS[event.kind].format(team=team_name(slug)),
        text=f"{who} changed it. Ask a steward if you did not expect that.",
        at=event.at,
        kind=Notice.SECURITY,
        path=reverse("team", args=[slug]),
    )


def _names(group: Group) -> list[str]:
    return sorted(group.user_set.values_list("username", flat=True))


def _leads(group: Group) -> list[str]:
    return list(TeamLead.objects.filter(group=group).values_list("person__username", flat=True))


def _forget(person: User, *, by: User | None, keep: str | None) -> None:
    """What a session could do has changed: it ends (test plan, row 32)."""
    person.__dict__.pop("_teams", None)
    sessions.end_all(person, but=keep, by=by)
