"""The list of RFCs: search, filters and saved views in the URL, pages by key, the same rows as a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render

from governance import listing
from governance.finding import counted, counted_in_words, filtered
from governance.pages import saved_views
from governance.pages.filters import FilterForm
from governance.pages.record.subject import person
from governance.pages.rows import row_of, with_rows
from governance.standing import turns_of
from rfcs import clock, search, spelling
from rfcs.conversation import watching
from rfcs.models import RFC
from rfcs.models.record import RFCQuerySet
from rfcs.paths import normal_path

PAGE = 50
FEW = 3
"""Fewer hits of a search than this, and it may have been mistyped."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, what changes in the address for its neighbours, and how many rows there are in words."""

    rows: list[RFC] = field(default_factory=list)
    older: dict[str, int] | None = None
    newer: dict[str, int] | None = None
    total: str = ""


def rfc_list(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    page = _page(_rows(request, form), form) if form.is_valid() else Page()
    now = clock.now()
    turns = turns_of(page.rows, now=now)
    context = {
        "form": form,
        "rows": [row_of(rfc, turns[rfc.pk], now=now) for rfc in page.rows],
        "total": page.total,
        "next_url": _url(request.GET, page.older),
        "prev_url": _url(request.GET, page.newer),
        "csv_query": _query(request.GET, {}),
        "suggestion": _suggestion(request, form, page),
        **saved_views.shown(person(request), form),
        **_package(request, form),
    }
    return render(request, "rfcs/list.html", context, status=200 if form.is_valid() else 400)


def _package(request: HttpRequest, form: FilterForm) -> dict[str, Any]:
    """The one package that the list is about, and whether this person watches it."""
    path = normal_path(form.cleaned_data.get("package", "")) if form.is_valid() else ""
    return {"package": path, "is_watched": bool(path and watching.watched_packages(person(request), [path]))}


def _suggestion(request: HttpRequest, form: FilterForm, page: Page) -> dict[str, Any] | None:
    """What was probably meant where little was found, and the address that finds it: with all other filters.

    Where these let nothing of it through, without them, which `is_hidden` says.
    """
    if not form.is_valid() or page.older or page.newer:
        return None
    found, seen = len(page.rows), RFC.objects.visible_to(request.user)
    said = {
        "q": form.cleaned_data["q"] if found < FEW else "",
        "package": "" if found else form.cleaned_data["package"],
    }
    instead = spelling.corrected(seen, **said)
    words = {"q": "“{}”", "package": "the package “{}”"}
    named = " in ".join(words[name].format(text) for name, text in instead.items())
    bare = {name: text for name, text in ({"q": form.cleaned_data["q"]} | instead).items() if text}
    ways = [(_query(request.GET, instead), form.cleaned_data | instead, False), (urlencode(bare), bare, True)]
    for query, wanted, is_hidden in ways if instead else ():
        # Newest first: `exists` drops the order, and the plan may then read the table of texts whole.
        newest = filtered(seen, wanted, by=person(request)).order_by("-id").values("pk")
        if newest[:1]:
            return {"words": named, "url": f"?{query}", "is_hidden": is_hidden}
    return None


def spreadsheet(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The filtered list as CSV, newest first; a filter that is not understood is explained on the list's page."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return rfc_list(request)
    return listing.answer(_rows(request, form), reader=person(request), what=request.get_full_path())


def _rows(request: HttpRequest, form: FilterForm) -> RFCQuerySet:
    return filtered(RFC.objects.visible_to(request.user), form.cleaned_data, by=person(request))


def _page(rows: RFCQuerySet, form: FilterForm) -> Page:
    wanted = form.cleaned_data
    return _best(rows, wanted) if form.is_ranked else _newest(rows, wanted)


def _best(hits: RFCQuerySet, wanted: dict[str, Any]) -> Page:
    """The best of the newest hits; these are few enough to be counted through."""
    ids, start = search.ranked(hits, wanted["q"]), wanted["start"] or 0
    wanted_ids = ids[start : start + PAGE]
    found = with_rows(hits).in_bulk(wanted_ids)
    older = {"start": start + PAGE} if len(ids) > start + PAGE else None
    newer = {"start": max(0, start - PAGE)} if start else None
    total = counted_in_words(len(ids), one="match", many="matches")
    if len(ids) == search.MOST_RANKED:
        total = f"The best of the newest {search.MOST_RANKED:,} matches"
    return Page([found[pk] for pk in wanted_ids if pk in found], older, newer, total)


def _newest(rows: RFCQuerySet, wanted: dict[str, Any]) -> Page:
    """Newest first, by key: any depth costs the same."""
    shown, before, after = with_rows(rows), wanted["before"], wanted["after"]
    if after is not None:
        found = list(shown.filter(pk__gt=after).order_by("id")[: PAGE + 1])
        page, has_newer = found[:PAGE][::-1], len(found) > PAGE
        has_older = bool(page)
    else:
        keyed = shown.filter(pk__lt=before) if before is not None else shown
        found = list(keyed.order_by("-id")[: PAGE + 1])
        page, has_older, has_newer = found[:PAGE], len(found) > PAGE, before is not None
    older = {"before": page[-1].pk} if page and has_older else None
    newer = {"after": page[0].pk} if page and has_newer else None
    total = counted_in_words(counted(rows)) if older or newer else counted_in_words(len(page))
    return Page(page, older, newer, total)


def _url(query: QueryDict, key: dict[str, int] | None) -> str | None:
    return None if key is None else f"?{_query(query, key)}"


def _query(query: QueryDict, key: Mapping[str, object]) -> str:
    """The address's filters with another place in the list, or another search."""
    kept = query.copy()
    for name in FilterForm.PLACE:
        kept.pop(name, None)
    for name, value in key.items():
        kept[name] = str(value)
    return kept.urlencode()
