"""Full text of every RFC, kept beside the row."""

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from rfcs.content import TEXTS, Content
from rfcs.models import RFC, SearchText
from rfcs.models.record import RFCQuerySet, number_in

LONGEST = 200_000
"""Characters of a document that search reads; a tsvector holds at most 1 MB."""

MOST_RANKED = 1_000
"""Ranking reads the text of every hit; over a common word of a million RFCs that takes seconds."""


def index(rfc: RFC, content: Content) -> None:
    """What a search for this RFC finds from now on."""
    paths = " ".join(f"{path} {path.replace('/', ' ').replace('_', ' ')}" for path in content.paths)
    body = " ".join([paths, *(getattr(content, name) for name in TEXTS), *content.answered.values()])[:LONGEST]
    SearchText.objects.update_or_create(rfc=rfc, defaults={"title": content.title, "body": body})


def ranked(hits: RFCQuerySet, text: str) -> list[int]:
    """Keys of the newest MOST_RANKED of these hits of a text: the RFC of that number first, then the best match."""
    newest = hits.order_by("-id").values("pk")[:MOST_RANKED]
    rank = SearchRank(F("vector"), SearchQuery(text, search_type="websearch", config="english"))
    found = SearchText.objects.filter(rfc__in=newest).order_by(rank.desc(), "-rfc").values_list("rfc", flat=True)
    number = number_in(text)
    return sorted(found, key=lambda pk: pk != number)
