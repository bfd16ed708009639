"""The inbox: what Breakwater told this person in the portal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from governance.pages.record.subject import person, post_only
from rfcs.delivery import outbox
from rfcs.models import Message
from rfcs.notices import FACTS, Notice

PAGE = 50


def inbox(request: HttpRequest) -> HttpResponse:
    """Unread messages, or all, or those of one kind; pages by key."""
    rows = outbox.inbox_of(person(request))
    shown, kind = request.GET.get("show", ""), request.GET.get("kind", "")
    if shown not in ("unread", "all"):
        shown = "unread" if rows.filter(read_at=None).exists() else "all"
    wanted = rows.filter(read_at=None) if shown == "unread" else rows
    wanted = wanted.filter(kind=kind) if kind in set(Notice) else wanted
    page, older = _page(wanted, request.GET.get("before", ""))
    context = {
        "rows": [_row(message) for message in page],
        "shown": shown,
        "kind": kind,
        "kinds": [(each.value, FACTS[each].label) for each in Notice],
        "is_filtered": bool(kind) or shown == "unread",
        "prev_url": _url(request, shown) if request.GET.get("before") else None,
        "next_url": _url(request, shown, before=str(older)) if older else None,
    }
    return render(request, "inbox.html", context)


def _page(rows: Any, before: str) -> tuple[list[Message], int | None]:
    if before.isascii() and before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("rfc").order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def _row(message: Message) -> dict[str, Any]:
    label = FACTS[Notice(message.kind)].label if message.kind in set(Notice) else ""
    return {"message": message, "label": label}


def _url(request: HttpRequest, shown: str, **query: str) -> str:
    kept = request.GET.copy()
    kept.pop("before", None)
    kept["show"] = shown
    for name, value in query.items():
        kept[name] = value
    return f"{reverse('inbox')}?{kept.urlencode()}"


def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it read and go where it leads."""
    message = get_object_or_404(outbox.inbox_of(person(request)), pk=pk)
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
