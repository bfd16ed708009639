"""A Refused that no view turned into form errors becomes a page with its reasons and its status."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rfcs.errors import Refused


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        context = {"reasons": exception.reasons, "status": exception.status}
        template = "403.html" if exception.status == HTTPStatus.FORBIDDEN else "refused.html"
        return render(request, template, context, status=exception.status)
