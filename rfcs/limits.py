"""How much a field may hold, and what no field may hold. Pure."""

from collections.abc import Iterator

from rfcs import scenarios
from rfcs.content import LABELS, PHASES, TEXTS, Content
from rfcs.errors import UNSTORABLE, Reason, not_ready
from rfcs.paths import LONGEST, MOST_PACKAGES

TITLE = 200
TEXT = 50_000
ANSWER = 20_000
DESCRIPTION = 2_000
ISSUE = 40
NOTE = 20_000
YEARS = range(2000, 2101)


def excesses(content: Content) -> tuple[Reason, ...]:
    """Every field that cannot be stored, each with what to do about it."""
    return (*_texts(content), *_answers(content), *_packages(content), *_dates(content))


def _texts(content: Content) -> Iterator[Reason]:
    limits = {"title": TITLE, "issue": ISSUE, **dict.fromkeys(TEXTS, TEXT)}
    for name, limit in limits.items():
        value = getattr(content, name)
        if len(value) > limit:
            yield too_long(name, len(value), limit)
        if unstorable(value):
            yield not_ready("unstorable", f"{LABELS[name]} holds a character that is not text; remove it.", field=name)


def _answers(content: Content) -> Iterator[Reason]:
    for slug, text in content.answers.items():
        label, name = scenarios.LABELS.get(slug, slug), f"answers.{slug}"
        if len(text) > ANSWER:
            message = (
                f"{label} has {len(text):,} characters; {ANSWER:,} are possible. Shorten it or link to a document."
            )
            yield not_ready("too_long", message, field=name)
        if unstorable(slug + text):
            yield not_ready("unstorable", f"{label!a} holds a character that is not text; remove it.", field=name)


def _packages(content: Content) -> Iterator[Reason]:
    if len(content.packages) > MOST_PACKAGES:
        message = f"{len(content.packages)} packages are more than the {MOST_PACKAGES} that one RFC can name."
        yield not_ready("too_many_packages", message, field="affected_packages")
    for package in content.packages:
        if len(package.path) > LONGEST or len(package.description) > DESCRIPTION:
            message = f"The row {package.path[:60]}… is too long: path {LONGEST}, description {DESCRIPTION} characters."
            yield not_ready("too_long", message, field="affected_packages")
        if unstorable(package.path + package.description):
            message = f"The row {package.path[:60]!a} holds a character that is not text; remove it."
            yield not_ready("unstorable", message, field="affected_packages")


def _dates(content: Content) -> Iterator[Reason]:
    for phase in PHASES:
        period = getattr(content.timeline, phase)
        for day in (period.start, period.end):
            if day and day.year not in YEARS:
                yield not_ready(
                    "date_absurd", f"{phase.title()}: the year {day.year} is not plausible.", field="timeline"
                )


def too_long(name: str, length: int, limit: int) -> Reason:
    message = f"{LABELS[name]} has {length:,} characters; {limit:,} are possible. Shorten it or link to a document."
    return not_ready("too_long", message, field=name)


def unstorable(text: str) -> bool:
    """NUL and lone surrogates: PostgreSQL and UTF-8 hold neither."""
    return UNSTORABLE.search(text) is not None
