"""Bodies of requests: an upload that is too large is refused before it is read, and the client hears it.

A server that closes a connection with unread bytes resets it, and the browser shows its own error instead of ours.
So what nobody read is read and thrown away, within limits.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

from rfcs.errors import Reason
from rfcs.files import uploads

ROOM_FOR_FIELDS = 6_000_000
"""Bytes beside the file: the texts of a form, at most DATA_UPLOAD_MAX_MEMORY_SIZE, and what separates the parts."""
MOST_TO_SWALLOW = 1_000_000_000
PATIENCE = 30.0
"""Seconds."""
CHUNK = 1_000_000


class BodyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_page = not request.path.startswith("/api/")  # the API says first whether the caller may (views)
        response = refusal(request) if is_page and is_too_large(request) else self.get_response(request)
        swallow(request)
        return response


def is_too_large(request: HttpRequest) -> bool:
    """Whether a form with a file announces more bytes than any file may have."""
    length = request.META.get("CONTENT_LENGTH") or ""
    is_form = str(request.META.get("CONTENT_TYPE", "")).startswith("multipart/")
    return is_form and length.isdecimal() and int(length) > uploads.largest() + ROOM_FOR_FIELDS


def refusal(request: HttpRequest) -> HttpResponse:
    reasons = [Reason("too_large", uploads.too_large(), field="file", who="you")]
    return render(request, "refused.html", {"reasons": reasons, "status": 413}, status=413)


def swallow(request: HttpRequest) -> None:
    """Read what is left of the body, at most so much and so long."""
    until, left = time.monotonic() + PATIENCE, MOST_TO_SWALLOW
    try:
        while left > 0 and time.monotonic() < until:
            chunk = request.read(CHUNK)
            if not chunk:
                return
            left -= len(chunk)
    except UnreadablePostError:  # the client has gone: nobody is left to hear
        return
