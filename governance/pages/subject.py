"""The RFC that a request is about: fetched and authorised together."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from rfcs.models import RFC

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def person(request: HttpRequest) -> User:
    """Who asks; every page but login is for the logged-in."""
    return cast("User", request.user)


def rfc_for(request: HttpRequest, number: int) -> RFC:
    """The RFC, or 404 when it is not there or not visible to this person."""
    rows = RFC.objects.visible_to(request.user).select_related("author", "owner", "revision", "policy", "working_copy")
    return get_object_or_404(rows, pk=number)
