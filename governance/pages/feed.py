"""/me/calendar/: the address of one's own calendar feed. And the feed itself, for programs that know the address."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from governance import reading, showing
from governance.accounts import limits
from governance.calendar import feeds, ical
from governance.calendar.agenda import agenda
from governance.pages.calendar import today_in_office
from governance.pages.record.subject import person
from rfcs.teams import display_name


@never_cache
def own(request: HttpRequest) -> HttpResponse:
    """Whether there is an address; a POST makes one, shown once on the page that it leads to, or ends it."""
    user = person(request)
    if request.method == "POST" and "end" in request.POST:
        feeds.end(user)
        messages.success(request, "The address is ended; calendar programs that use it show nothing new.")
        return redirect("calendar-feed")
    if request.method == "POST":
        showing.hand_on(request, "feed", secret=feeds.make(user))
        return redirect("calendar-feed")
    secret = showing.take(request, "feed").get("secret")
    address = f"{settings.PORTAL_URL}{reverse('calendar-ics', args=[secret])}" if secret else ""
    return render(request, "me/calendar.html", {"feed": feeds.feed_of(user), "address": address})


@login_not_required
@require_safe
def ics(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The feed, without a log-in: the address is the key. 304 while nothing changed, 404 for what is none."""
    feed = feeds.reader_of(secret)
    if limits.is_calendar_too_many(request, feed.digest if feed else ""):
        return HttpResponse("Too many requests; look again in an hour.", status=429, content_type="text/plain")
    if feed is None:
        raise Http404
    reading.note(feed.person, what="calendar feed", on="rfcs")
    body = ical.rendered(agenda(feed.person, today_in_office()), name=f"Breakwater: {display_name(feed.person)}")
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="breakwater.ics"'
    response["Cache-Control"], response["ETag"] = "private, no-cache", etag
    answer: HttpResponseBase = get_conditional_response(request, etag=etag, response=response) or response
    return answer
