"""The RFC that a request is about: fetched and authorised together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect

from governance import reading
from rfcs.models import RFC

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def post_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An address that takes forms: whoever comes by a link, or from the login page, is led to the RFC."""

    @wraps(view)
    def led(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        number = kwargs.get("number")
        return redirect("rfc-page", f"RFC-{number:04d}") if number else redirect("queue")

    return led


def led_on(request: HttpRequest, to: str) -> HttpResponse:
    """Where to go on after a form was taken; an upload that is watched is told the address instead of being led."""
    return JsonResponse({"url": to}) if request.headers.get("X-Upload") else redirect(to)


def person(request: HttpRequest) -> User:
    """Who asks; every page but login is for the logged-in."""
    return cast("User", request.user)


def rfc_for(request: HttpRequest, number: int) -> RFC:
    """The RFC, or 404 when it is not there or not visible to this person."""
    rows = RFC.objects.visible_to(request.user).select_related("author", "owner", "revision", "working_copy", "follows")
    rfc = get_object_or_404(rows, pk=number)
    reading.note(person(request), what=request.path, on=rfc.stream)
    return rfc
