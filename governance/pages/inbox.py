"""The inbox: what Breakwater told this person in the portal."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import Truncator

from governance.pages.record.subject import person, post_only
from rfcs.delivery import outbox
from rfcs.models import Message
from rfcs.notices import FACTS, Notice

PAGE = 50
EXCERPT, MOST_ITEMS = 200, 3
"""Characters and items of a list that a row shows of a message."""


def inbox(request: HttpRequest) -> HttpResponse:
    """Unread messages, or all, or those of one kind; pages by key."""
    rows = outbox.inbox_of(person(request))
    shown, kind = request.GET.get("show", ""), request.GET.get("kind", "")
    if shown not in ("unread", "all"):
        shown = "unread" if rows.filter(read_at=None).exists() else "all"
    wanted = rows.filter(read_at=None) if shown == "unread" else rows
    wanted = wanted.filter(kind=kind) if kind in set(Notice) else wanted
    page, older = _page(wanted, request.GET.get("before", ""))
    counts = {"unread": outbox.unread_count(person(request)) or None}
    context = {
        "rows": [_row(message) for message in page],
        "shown": shown,
        "kind": kind,
        "kinds": [(each.value, FACTS[each].label) for each in Notice],
        "views": [
            {"name": name, "url": _url(request, value), "active": shown == value, "count": counts.get(value)}
            for value, name in SHOWN.items()
        ],
        "nothing": _nothing(shown, kind),
        "prev_url": _url(request, shown) if request.GET.get("before") else None,
        "next_url": _url(request, shown, before=str(older)) if older else None,
    }
    return render(request, "inbox.html", context)


SHOWN = {"unread": "Unread", "all": "All"}


def _nothing(shown: str, kind: str) -> dict[str, str]:
    """What an empty page says: which messages there are none of, and where others are."""
    label = FACTS[Notice(kind)].label if kind in set(Notice) else ""
    if shown == "unread":
        about = f" about “{label}”" if label else ""
        return {"title": "Nothing new", "text": f"No message{about} is unread. What you have read stays under “All”."}
    if label:
        return {
            "title": "None of this kind",
            "text": f"You never got a message about “{label}”. Choose another kind, or all.",
        }
    return {}


def _page(rows: Any, before: str) -> tuple[list[Message], int | None]:
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("rfc").order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _row(message: Message) -> dict[str, Any]:
    label = FACTS[Notice(message.kind)].label if message.kind in set(Notice) else ""
    return {"message": message, "label": label, **_excerpt(message.text)}


def _excerpt(text: str) -> dict[str, Any]:
    """How a message begins: its first sentences, and the first items of its first list."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    start = next((at for at, line in enumerate(lines) if line.startswith("- ")), len(lines))
    listed = list(takewhile(lambda line: line.startswith("- "), lines[start:]))
    lead = Truncator(" ".join(lines[:start])).chars(EXCERPT)
    items = [Truncator(line[2:]).chars(EXCERPT // 2) for line in listed[:MOST_ITEMS]]
    return {"lead": lead, "items": items, "rest": max(0, len(listed) - MOST_ITEMS)}


def _url(request: HttpRequest, shown: str, **query: str) -> str:
    kept = request.GET.copy()
    kept.pop("before", None)
    kept["show"] = shown
    for name, value in query.items():
        kept[name] = value
    return f"{reverse('inbox')}?{kept.urlencode()}"


def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where it leads; a POST marks it read as well. Following a link changes nothing, whoever prefetches it."""
    message = get_object_or_404(outbox.inbox_of(person(request)), pk=pk)
    if request.method == "POST":
        outbox.mark_read(person(request), [pk])
    return redirect(message.path)


@post_only
def read_one(request: HttpRequest, pk: int) -> HttpResponse:
    outbox.mark_read(person(request), [pk])
    return redirect("inbox")


@post_only
def read_all(request: HttpRequest) -> HttpResponse:
    outbox.mark_read(person(request))
    return redirect("inbox")
