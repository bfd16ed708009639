"""The pages for what went wrong; each names the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from governance.accounts import limits


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a session that ended in another tab: nothing is lost, go back and send again."""
    return render(request, "403.html", {"is_csrf": True}, status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """An attempt too many; recorded once for a row of them."""
    limits.tell(request)
    page = render(request, "429.html", {"minutes": limits.PAUSE // 60}, status=429)
    page.headers["Retry-After"] = str(limits.PAUSE)
    return page
