"""Full text of every RFC, kept beside the row."""

from rfcs.content import TEXTS, Content
from rfcs.models import RFC, SearchText

LONGEST = 200_000
"""Characters of a document that search reads; a tsvector holds at most 1 MB."""


def index(rfc: RFC, content: Content) -> None:
    """What a search for this RFC finds from now on."""
    paths = " ".join(f"{path} {path.replace('/', ' ').replace('_', ' ')}" for path in content.paths)
    body = " ".join([paths, *(getattr(content, name) for name in TEXTS)])[:LONGEST]
    SearchText.objects.update_or_create(rfc=rfc, defaults={"title": content.title, "body": body})
