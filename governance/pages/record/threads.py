"""Threads and comments as plain values for the templates, in a constant number of queries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from breakwater.justification import template
from rfcs import markup
from rfcs.case import Case
from rfcs.conversation import discussion, mentions
from rfcs.models import RFC, Comment, CommentVersion, Thread
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LAST = 10
"""Comments of a thread that the list shows, beside its first one."""
HEADINGS = {title.casefold(): anchor for anchor, title in discussion.TITLES.items() if anchor}


def listed(threads: Sequence[Thread], rfc: RFC, person: User) -> list[dict[str, Any]]:
    """Each thread with its first and its last comments."""
    numbered = Comment.objects.filter(thread__in=[thread.pk for thread in threads]).annotate(
        first=Window(RowNumber(), partition_by=F("thread"), order_by="id"),
        last=Window(RowNumber(), partition_by=F("thread"), order_by="-id"),
    )
    comments = numbered.filter(Q(first=1) | Q(last__lte=LAST)).order_by("thread_id", "id")
    rows = _comments(comments, rfc, person)
    return [_thread(thread, [row for row in rows if row["thread"] == thread.pk], rfc, person) for thread in threads]


def whole(thread: Thread, comments: Iterable[Comment], rfc: RFC, person: User) -> dict[str, Any]:
    """One thread with these of its comments."""
    return _thread(thread, _comments(comments, rfc, person), rfc, person)


def with_counts(rows: QuerySet[Thread]) -> QuerySet[Thread]:
    return rows.select_related("opened_by", "resolved_by", "revision").annotate(size=Count("comments"))


def _thread(thread: Thread, comments: list[dict[str, Any]], rfc: RFC, person: User) -> dict[str, Any]:
    return {
        "pk": thread.pk,
        "url": reverse("rfc-thread", args=[rfc.number, thread.pk]),
        "section": thread.section,
        "title": discussion.TITLES.get(thread.section, thread.section),
        "comments": comments,
        "left_out": max(getattr(thread, "size", 0) - len(comments), 0),
        "opened_by": display_name(thread.opened_by),
        "opened_at": thread.opened_at,
        "revision": _older(thread, rfc),
        "is_resolved": thread.is_resolved,
        "resolved_by": display_name(thread.resolved_by) if thread.resolved_by else "",
        "resolved_at": thread.resolved_at,
        "may_settle": discussion.may_settle(thread, rfc, person),
        "may_speak": discussion.may_speak(person),
    }


def _older(thread: Thread, rfc: RFC) -> int | None:
    """The revision that a thread speaks of, when the RFC says something else by now."""
    is_older = thread.revision is not None and thread.revision_id != rfc.revision_id
    return thread.revision.number if thread.revision and is_older else None


def _comments(comments: Iterable[Comment], rfc: RFC, person: User) -> list[dict[str, Any]]:
    rows = list(comments.select_related("author") if isinstance(comments, QuerySet) else comments)
    last = {version.comment_id: version for version in _last_versions(rows)}
    names = mentions.names_in([version.text for version in last.values()])
    return [_comment(row, last.get(row.pk), names, rfc, person) for row in rows]


def _last_versions(comments: Iterable[Comment]) -> QuerySet[CommentVersion]:
    shown = [comment.pk for comment in comments if not comment.is_retracted]
    newest = CommentVersion.objects.filter(comment__in=shown).order_by("comment_id", "-number")
    return newest.distinct("comment_id")


def _comment(
    comment: Comment, version: CommentVersion | None, names: dict[str, str], rfc: RFC, person: User
) -> dict[str, Any]:
    name = display_name(comment.author)
    return {
        "pk": comment.pk,
        "thread": comment.thread_id,
        "who": name,
        "is_owner": comment.author_id == rfc.owner_id,
        "at": comment.at,
        "url": reverse("rfc-comment", args=[rfc.number, comment.pk]),
        "is_retracted": comment.is_retracted,
        "html": markup.comment_html(version.text, names) if version else "",
        "edited_at": version.at if version and version.number > 1 else None,
        "may_edit": discussion.may_edit(comment, person),
        "may_read_versions": discussion.may_read_versions(comment, person),
    }


def rendered(text: str) -> SafeString:
    """A text that is being written, as it would be shown."""
    text = text[: discussion.LONGEST]
    return markup.comment_html(text, mentions.names_in([text]))


def grouped(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Threads under their sections, in the order of the document; what has no section comes first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["section"], []).append(row)
    order = [*discussion.TITLES, *(section for section in found if section not in discussion.TITLES)]
    return [
        {"anchor": section, "title": found[section][0]["title"], "threads": found[section]}
        for section in order
        if section in found
    ]


def with_links(document: str, case: Case) -> SafeString:
    """The document's HTML with a link to the discussion of each section, and how many threads are open there."""
    for heading in template.SECTIONS:
        anchor = HEADINGS.get(heading.casefold())
        if anchor:
            linked = _linked_heading(heading, anchor, case.open_threads.get(anchor, 0), case.rfc)
            document = re.sub(f"<h2>{re.escape(heading)}</h2>", lambda _, new=linked: new, document, count=1)  # type: ignore[misc]
    return mark_safe(document)  # noqa: S308 - markup sanitised it, and the links are ours


def _linked_heading(heading: str, anchor: str, open_threads: int, rfc: RFC) -> str:
    address = f"{reverse('rfc-discussion', args=[rfc.number])}?section={anchor}"
    threads = "1 open thread" if open_threads == 1 else f"{open_threads} open threads"
    count = format_html('<span class="count">{}</span>', threads) if open_threads else ""
    return format_html(
        '<div class="section-head"><h2 id="{}">{}</h2><a class="discuss" href="{}">'
        '{}Discuss<span class="visually-hidden"> {}</span></a></div>',
        f"section-{anchor}",
        heading,
        address,
        format_html("{} ", count) if count else "",
        heading,
    )
