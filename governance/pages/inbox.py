"""The inbox: what Breakwater told this person in the portal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance.pages.subject import person, post_only
from rfcs import clock
from rfcs.models import Message
from rfcs.models.ledger import Channel
from rfcs.models.record import RFC

MOST = 100


def inbox(request: HttpRequest) -> HttpResponse:
    visible = RFC.objects.visible_to(request.user)
    rows = Message.objects.filter(recipient=person(request), channel=Channel.IN_APP, rfc__in=visible)
    context = {"rows": rows.select_related("rfc").order_by("-id")[:MOST]}
    return render(request, "inbox.html", context)


def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it read and go where it leads."""
    message = get_object_or_404(Message, pk=pk, recipient=person(request), channel=Channel.IN_APP)
    Message.objects.filter(pk=pk, read_at=None).update(read_at=clock.now())
    return redirect(message.path)


@post_only
def read_all(request: HttpRequest) -> HttpResponse:
    mine = Message.objects.filter(recipient=person(request), channel=Channel.IN_APP, read_at=None)
    mine.update(read_at=clock.now())
    return redirect("inbox")
