"""Threads, comments, messages, preferences and watching on the wire: the shapes, and the rows as JSON."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.urls import reverse
from rest_framework import serializers

from governance.api.fields import Exact, Flag, Text, Whole
from governance.api.serializers import PageQuery, Shown, page_of
from rfcs.conversation.discussion import TITLES
from rfcs.delivery.preferences import Choice
from rfcs.delivery.quiet import EIGHT
from rfcs.models import RFC, Comment, CommentVersion, Message, Thread, Watch, Watched
from rfcs.notices import FACTS, Notice
from rfcs.teams import display_name

JSON = dict[str, Any]
SECTIONS = [(anchor, title) for anchor, title in TITLES.items() if anchor]
KINDS = [(kind.value, facts.label) for kind, facts in FACTS.items()]
TOKEN = "Any text of yours; the same comment sent again with it answers 200 with the one that is there."  # noqa: S105


class ThreadSerializer(Shown):
    id = serializers.IntegerField()
    rfc = serializers.CharField()
    section = serializers.ChoiceField(SECTIONS, allow_blank=True, help_text="Empty: the RFC as a whole.")
    revision = serializers.IntegerField(allow_null=True, help_text="That it speaks of; null in a first draft.")
    opened_by = serializers.CharField()
    opened_at = serializers.DateTimeField()
    resolved_by = serializers.CharField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    comments = serializers.IntegerField(help_text="How many.")
    url = serializers.URLField(help_text="Its page in the portal.")


class CommentSerializer(Shown):
    id = serializers.IntegerField()
    thread = serializers.IntegerField()
    author = serializers.CharField()
    author_name = serializers.CharField()
    at = serializers.DateTimeField()
    text = serializers.CharField(help_text="Markdown; empty when it is retracted.")
    version = serializers.IntegerField(help_text="Above 1 when it was edited.")
    edited_at = serializers.DateTimeField(allow_null=True)
    retracted_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField(help_text="Its permanent address in the portal.")


class PostedSerializer(CommentSerializer):
    """The comment, and whom it mentions who cannot see the RFC."""

    not_told = serializers.ListField(child=serializers.CharField())


class NewThreadSerializer(Exact):
    text = Text(help_text="Markdown, up to 20,000 characters; `@username` tells that person.")
    section = serializers.ChoiceField(
        SECTIONS, required=False, allow_blank=True, default="", help_text="Left out: the RFC as a whole."
    )
    token = Text(required=False, default="", max_length=100, help_text=TOKEN)


class NewCommentSerializer(Exact):
    text = Text()
    token = Text(required=False, default="", max_length=100, help_text=TOKEN)


class NewWordingSerializer(Exact):
    text = Text()


class ResolveSerializer(Exact):
    resolved = Flag(required=False, default=True, help_text="false opens the thread again.")


class RetractSerializer(Exact):
    """Nothing has to be said."""


class ThreadQuery(PageQuery):
    section = serializers.ChoiceField(SECTIONS, required=False)
    resolved = serializers.BooleanField(required=False)


class MessageSerializer(Shown):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    rfc = serializers.CharField(allow_null=True)
    subject = serializers.CharField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField()


class MessageQuery(PageQuery):
    unread = serializers.BooleanField(required=False)
    kind = serializers.ChoiceField(KINDS, required=False)


class ReadSerializer(Exact):
    """Some of the messages, or all."""

    ids = serializers.ListField(child=Whole(min_value=1, max_value=2**63 - 1), required=False, max_length=1_000)
    all = Flag(required=False, default=False)


class ReadCountSerializer(Shown):
    read = serializers.IntegerField(help_text="How many were unread until now.")


class ChoiceSerializer(Exact):
    kind = serializers.ChoiceField(KINDS)
    in_app = Flag()
    mail = Flag()
    daily = Flag(required=False, default=False, help_text="Mail of this kind waits for the one mail of the day.")


class HoursSerializer(Exact):
    """When mail comes, in local times of the zone. Emergencies and escalations come at any hour."""

    zone = Text(max_length=64, allow_blank=False, help_text="`Europe/Berlin`.")
    quiet_from = serializers.TimeField(required=False, allow_null=True, default=None)
    quiet_until = serializers.TimeField(required=False, allow_null=True, default=None)
    daily_at = serializers.TimeField(required=False, default=EIGHT)


class ChoicesSerializer(Exact):
    """Kinds that are left out stay as they are."""

    preferences = ChoiceSerializer(many=True)


class PreferenceSerializer(Shown):
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    sentence = serializers.CharField()
    in_app = serializers.BooleanField()
    mail = serializers.BooleanField()
    daily = serializers.BooleanField(help_text="Mail of this kind waits for the one mail of the day.")
    keeps_in_app = serializers.BooleanField(help_text="Always in the inbox, whatever is chosen.")
    keeps_mail = serializers.BooleanField()


class WatchSerializer(Shown):
    kind = serializers.CharField(help_text="`rfc`, `package` or `team`.")
    key = serializers.CharField()
    watching = serializers.BooleanField(help_text="false: this person hears nothing of it.")
    since = serializers.DateTimeField()


class WatchingSerializer(Exact):
    kind = serializers.ChoiceField(Watched.choices)
    key = Text(max_length=255, allow_blank=False, help_text="Number of an RFC, path of a package, slug of a team.")
    watching = Flag(required=False, default=True)


ThreadPage, CommentPage, MessagePage = (
    page_of(row) for row in (ThreadSerializer, CommentSerializer, MessageSerializer)
)


def threads(rfc: RFC) -> QuerySet[Thread]:
    rows = Thread.objects.filter(rfc=rfc).select_related("rfc", "opened_by", "resolved_by", "revision")
    return rows.annotate(size=Count("comments"))


def comments(**where: Any) -> QuerySet[Comment]:
    """With what each says now."""
    last = CommentVersion.objects.filter(comment=OuterRef("pk")).order_by("-number")
    shown = {name: Subquery(last.values(name)[:1]) for name in ("text", "number")}
    edited = Subquery(last.filter(number__gt=1).values("at")[:1])
    return Comment.objects.filter(**where).select_related("author", "thread").annotate(**shown, edited_at=edited)


def thread(row: Thread) -> JSON:
    return {
        "id": row.pk,
        "rfc": row.rfc.number,
        "section": row.section,
        "revision": row.revision.number if row.revision else None,
        "opened_by": row.opened_by.get_username(),
        "opened_at": row.opened_at,
        "resolved_by": row.resolved_by.get_username() if row.resolved_by else None,
        "resolved_at": row.resolved_at,
        "comments": getattr(row, "size", 0),
        "url": _page("rfc-thread", row.rfc_id, row.pk),
    }


def comment(row: Any) -> JSON:
    """One of `comments`."""
    return {
        "id": row.pk,
        "thread": row.thread_id,
        "author": row.author.get_username(),
        "author_name": display_name(row.author),
        "at": row.at,
        "text": "" if row.is_retracted else row.text,
        "version": row.number,
        "edited_at": row.edited_at,
        "retracted_at": row.retracted_at,
        "url": _page("rfc-comment", row.thread.rfc_id, row.pk),
    }


def _page(name: str, rfc: int, pk: int) -> str:
    return f"{settings.PORTAL_URL}{reverse(name, args=[f'RFC-{rfc:04d}', pk])}"


def message(row: Message) -> JSON:
    return {
        "id": row.pk,
        "kind": row.kind,
        "rfc": f"RFC-{row.rfc_id:04d}" if row.rfc_id else None,
        "subject": row.subject,
        "text": row.text,
        "created_at": row.created_at,
        "read_at": row.read_at,
        "url": f"{settings.PORTAL_URL}{row.path}",
    }


def preferences(choices: dict[Notice, Choice]) -> list[JSON]:
    return [
        {
            "kind": kind.value,
            "label": FACTS[kind].label,
            "sentence": FACTS[kind].sentence,
            "in_app": choice.in_app,
            "mail": choice.mail,
            "daily": choice.daily,
            "keeps_in_app": FACTS[kind].keeps_in_app,
            "keeps_mail": FACTS[kind].keeps_mail,
        }
        for kind, choice in choices.items()
    ]


def watch(row: Watch) -> JSON:
    key = f"RFC-{int(row.key):04d}" if row.kind == Watched.RFC else row.key
    return {"kind": row.kind, "key": key, "watching": not row.muted, "since": row.since}
