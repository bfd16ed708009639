"""The pages for what went wrong; each names the next step."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from governance.accounts import limits
from rfcs.errors import Reason


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a session that ended in another tab: nothing is lost, go back and send again."""
    return render(request, "403.html", {"is_csrf": True}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A form with more text than any takes hears how much that is; whatever else was malformed gets the plain page."""
    if isinstance(exception, RequestDataTooBig):
        megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000
        reason = Reason("too_large", TOO_LARGE.format(megabytes), field="text", who="you")
        return render(request, "refused.html", {"reasons": [reason], "status": 413}, status=413)
    return defaults.bad_request(request, exception)


TOO_LARGE = (
    "The text is larger than {} MB, the most that a form takes. Go back, where it still stands, and shorten it,"
    " or attach it as a file."
)


def too_many(request: HttpRequest) -> HttpResponse:
    """An attempt too many; recorded once for a row of them."""
    limits.tell(request)
    page = render(request, "429.html", {"minutes": limits.PAUSE // 60}, status=429)
    page.headers["Retry-After"] = str(limits.PAUSE)
    return page
