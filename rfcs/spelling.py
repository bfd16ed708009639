"""Did you mean ...? What was searched for in vain, in the words and paths of RFCs that the reader may see.

The words are read from the texts behind the requests. What is under embargo is left unread until it is lifted, and
before a word is suggested an RFC must hold it now that this reader sees now.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.contrib.postgres.search import SearchQuery, TrigramSimilarity
from django.db import connection, transaction
from django.db.models import BooleanField, Case, Exists, F, Func, IntegerField, OuterRef, QuerySet, Value, When

from rfcs.models import AffectedPackage, SearchText, TextToRead, Word
from rfcs.models.record import RFCQuerySet
from rfcs.paths import normal_path

WORDS = re.compile(r"[^\W\d_]{4,40}")
"""What is a word here: letters alone. Shorter ones are like too many others."""
BATCH = 200
MOST_SEEN = 8
"""RFCs that a word keeps."""
MOST_ASKED = 8
"""Words of one search that are looked up."""
KEEP = """
INSERT INTO rfcs_word (kind, text, seen_in)
SELECT kind, text, string_to_array(seen, ' ')::bigint[]
FROM unnest(%s::text[], %s::text[], %s::text[]) AS said (kind, text, seen) ORDER BY kind, text
ON CONFLICT (text, kind) DO UPDATE SET seen_in = (ARRAY(
  SELECT rfc FROM unnest(excluded.seen_in || rfcs_word.seen_in) WITH ORDINALITY AS each (rfc, place)
  GROUP BY rfc ORDER BY min(place)
))[1:%s]
"""
"""In one order for everybody, so that two readers wait for each other and never in a circle."""

Asked = tuple[str, str]
"""Kind and text of something that was searched for."""


# Reading ------------------------------------------------------------------------------------------------


@transaction.atomic
def read() -> int:
    """Take the words of the next texts that changed; how many texts.

    A text leaves the queue before it is read: what changes from then on queues it again.
    """
    waiting = TextToRead.objects.filter(text__rfc__embargoed=False).order_by("pk")
    keys = list(waiting.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)[:BATCH])
    TextToRead.objects.filter(pk__in=keys).delete()
    texts = list(SearchText.objects.filter(rfc__in=keys).order_by("-rfc"))
    paths = AffectedPackage.objects.filter(rfc__in=keys).order_by("-rfc").values_list("rfc", "path")
    seen: dict[Asked, list[int]] = defaultdict(list)
    for text in texts:
        for word in set(WORDS.findall(f"{text.title} {text.body}".lower())):
            seen[Word.Kind.WORD, word].append(text.pk)
    for rfc, path in paths:
        for folder in _folders(path):
            seen[Word.Kind.PATH, folder].append(rfc)
    _keep(seen)
    return len(keys)


def _folders(path: str) -> Iterator[str]:
    """The path and the folders above it: `a/b/c`, `a/b`, `a`."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _keep(seen: Mapping[Asked, list[int]]) -> None:
    if not seen:
        return
    kinds, texts = zip(*seen, strict=True)
    places = [" ".join(str(rfc) for rfc in dict.fromkeys(rfcs[: MOST_SEEN * 2])) for rfcs in seen.values()]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [list(map(str, kinds)), list(texts), places, MOST_SEEN])


# Suggesting ---------------------------------------------------------------------------------------------


def corrected(rows: RFCQuerySet, *, q: str = "", package: str = "") -> dict[str, str]:
    """`q` and `package` with what is written otherwise in these rows; only those that change. One query at most.

    `rows`: every RFC that the reader may see.
    """
    path = normal_path(package)
    asked = [*_asked(q), *([(Word.Kind.PATH.value, path)] if path else [])]
    found = _nearest(rows, dict.fromkeys(asked[-MOST_ASKED:])) if asked else {}
    said = {"q": _written(q, found), "package": found.get((Word.Kind.PATH, path), package)}
    return {name: text for name, text in said.items() if text != {"q": q, "package": package}[name]}


def _asked(q: str) -> Iterator[Asked]:
    for part in q.split():
        if part.startswith("-"):
            continue
        if "/" in part:
            yield Word.Kind.PATH.value, normal_path(part.strip('"'))
        else:
            yield from ((Word.Kind.WORD.value, word.lower()) for word in WORDS.findall(part))


def _written(q: str, found: Mapping[Asked, str]) -> str:
    """The search anew: its quotes, signs and spaces stay as they were typed."""
    return re.sub(r"\S+", lambda part: _rewritten(part[0], found), q)


def _rewritten(part: str, found: Mapping[Asked, str]) -> str:
    if part.startswith("-"):
        return part
    if "/" in part:
        path = part.strip('"')
        return part.replace(path, found.get((Word.Kind.PATH, normal_path(path)), path))
    return WORDS.sub(lambda word: found.get((Word.Kind.WORD, word[0].lower()), word[0]), part)


def _nearest(rows: RFCQuerySet, asked: Iterable[Asked]) -> dict[Asked, str]:
    """For each word that nobody writes so, the nearest that somebody does."""
    first, *others = [_near(rows, kind, text) for kind, text in asked]
    found = first.union(*others, all=True) if others else first
    return {(kind, said): text for kind, said, text, steps in found if steps}


def _near(rows: RFCQuerySet, kind: str, asked: str) -> QuerySet[Word, tuple[str, str, str, int]]:
    """At most one row: kind, what was asked, what is written, and how many letters lie between; none for one stem."""
    likeness = TrigramSimilarity("text", asked)
    near = Word.objects.filter(kind=kind, text__trigram_similar=asked).filter(_is_seen_in(rows, kind))
    near = near.annotate(asked=Value(asked), steps=_steps(kind, asked)).filter(steps__lte=_most_steps(kind, asked))
    return near.order_by("steps", likeness.desc(), "text").values_list("kind", "asked", "text", "steps")[:1]


def _is_seen_in(rows: RFCQuerySet, kind: str) -> Exists:
    """Whether one of the RFCs that it was seen in is among these, and holds it still."""
    seen = rows.filter(_Among(F("pk"), OuterRef("seen_in")))
    if kind == Word.Kind.WORD:
        return Exists(seen.filter(search__vector=SearchQuery(OuterRef("text"), config="english")))
    below = AffectedPackage.objects.filter(rfc=OuterRef("pk"), path__startswith=OuterRef(OuterRef("text")))
    return Exists(seen.filter(Exists(below)))


def _steps(kind: str, asked: str) -> Any:
    letters = Func(F("text"), Value(asked), function="levenshtein", output_field=IntegerField())
    if kind == Word.Kind.PATH:
        return letters
    return Case(When(_SameStem(F("text"), Value(asked)), then=0), default=letters)


def _most_steps(kind: str, asked: str) -> int:
    """Letters that a typo may have changed; two that changed places count as two."""
    if kind == Word.Kind.PATH:
        return min(4, 1 + len(asked) // 8)
    return 1 if len(asked) == 4 else 2 if len(asked) < 9 else 3


class _Among(Func):
    """Whether a key stands in an array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class _SameStem(Func):
    """Whether a search takes two words for one, as “migrations” and “migration”."""

    template = "(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, one: Any, other: Any) -> None:
        stem = "plainto_tsquery"
        super().__init__(*(Func(Value("english"), word, function=stem) for word in (one, other)), arg_joiner=" = ")
