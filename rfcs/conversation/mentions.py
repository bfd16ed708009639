"""Who hears of a comment: once each, in the words that concern them most, and never of an RFC that they may not see."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.urls import reverse

from rfcs import markup
from rfcs.conversation import watching
from rfcs.delivery import outbox
from rfcs.models import RFC, Comment
from rfcs.notices import Notice
from rfcs.teams import display_name

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

EXCERPT = 500
"""Characters of a comment that a message quotes."""


def named_in(text: str) -> list[User]:
    """Active people whom a comment mentions."""
    people = get_user_model()._default_manager.filter(username__in=markup.mentions(text), is_active=True)
    return list(people.order_by("username"))


def names_in(texts: Collection[str]) -> dict[str, str]:
    """The printed name of every user name that these comments mention; one query."""
    usernames = {name for text in texts for name in markup.mentions(text)}
    if not usernames:
        return {}
    people = get_user_model()._default_manager.filter(username__in=usernames)
    return {person.get_username(): display_name(person) for person in people}


def deaf_to(rfc: RFC, people: Collection[User]) -> list[User]:
    """Those of these people who may not see the RFC, and are therefore not told."""
    seeing = set(rfc.seen_by(_among(people)).values_list("pk", flat=True)) if rfc.embargoed else None
    return [person for person in people if seeing is not None and person.pk not in seeing]


def _among(people: Collection[User]):  # type: ignore[no-untyped-def] # a queryset of the user model
    return get_user_model()._default_manager.filter(pk__in=[person.pk for person in people])


def tell(rfc: RFC, comment: Comment, text: str, named: Collection[User], *, at: datetime, opens: bool) -> None:
    """Tell whom it mentions, the owner, who wrote in the thread, and, of a new thread, who watches."""
    told = {comment.author_id}
    for kind, people in _audiences(rfc, comment, named, opens=opens):
        here = [person for person in people if person.pk not in told]
        _tell(rfc, comment, text, here, kind, at)
        told |= {person.pk for person in here}


def tell_named(rfc: RFC, comment: Comment, text: str, named: Collection[User], *, at: datetime) -> None:
    """An edit mentions people; who was told of this comment already is not told again."""
    seeing = rfc.seen_by(_among(named)).exclude(pk=comment.author_id)
    _tell(rfc, comment, text, list(seeing), Notice.MENTION, at)


def _audiences(rfc: RFC, comment: Comment, named: Collection[User], *, opens: bool) -> list[tuple[Notice, list[User]]]:
    """Kinds of message and who would get them, what concerns a person most first."""
    heard, muted = get_user_model()._default_manager.all(), watching.has_muted(rfc).values("person")
    wrote = heard.filter(pk__in=comment.thread.comments.values("author")).exclude(pk__in=muted)
    owner = heard.filter(pk=rfc.owner_id).exclude(pk__in=muted)
    return [
        (Notice.MENTION, list(rfc.seen_by(_among(named)))),
        (Notice.COMMENT_ON_MINE, list(rfc.seen_by(owner))),
        (Notice.COMMENT_IN_THREAD, list(rfc.seen_by(wrote))),
        (Notice.WATCHED_THREAD, list(watching.watchers(rfc)) if opens else []),
    ]


SUBJECTS = {
    Notice.MENTION: "{who} mentions you in {number}: {title}",
    Notice.COMMENT_ON_MINE: "{who} commented on {number}: {title}",
    Notice.COMMENT_IN_THREAD: "{who} answered in {number}: {title}",
    Notice.WATCHED_THREAD: "{who} began a thread on {number}: {title}",
}


def _tell(rfc: RFC, comment: Comment, text: str, people: list[User], kind: Notice, at: datetime) -> None:
    who = display_name(comment.author)
    subject = SUBJECTS[kind].format(who=who, number=rfc.number, title=rfc.title)
    excerpt = text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()} …"
    path = reverse("rfc-comment", args=[rfc.number, comment.pk])
    said = f"{who} wrote:\n\n{excerpt}"
    outbox.queue_all(f"comment:{comment.pk}", people, rfc=rfc, subject=subject, text=said, at=at, kind=kind, path=path)
