"""The RFC that a request is about: fetched and authorised together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from governance import reading
from governance.finding import found
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
    user = person(request)
    rfc = found(number, by=user)
    if rfc is None:
        raise Http404(f"RFC {number} is not there, or not visible to this person.")
    reading.note(user, what=request.path, on=rfc.stream)
    return rfc
