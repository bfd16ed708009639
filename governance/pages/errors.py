"""The pages for what went wrong; each names the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a session that ended in another tab: nothing is lost, go back and send again."""
    return render(request, "403.html", {"is_csrf": True}, status=403)
