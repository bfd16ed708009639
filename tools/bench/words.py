"""Documents to fill the database with: made once in Python, by the shape that the product itself stores. Pure."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

from breakwater.justification import Period, Timeline
from rfcs.content import TEXTS, Content, Package
from rfcs.risk import QUESTIONS
from rfcs.scenarios import LABELS
from rfcs.states import Scenario, Severity

VOCABULARY = (
    "breaking change callers schema field interface release version package service message client server table "
    "column index queue worker consumer producer invoice order customer account payment ledger currency address "
    "region tenant token session login permission role audit history revision policy quorum calendar deadline "
    "migration rollback deploy canary traffic latency throughput memory cache timeout retry batch stream topic "
    "partition replica shard cluster node backup restore snapshot checksum digest signature certificate key secret "
    "library module function argument default required optional nullable enum union contract endpoint route header "
    "payload response request error status code format parser encoder decoder locale timezone currency rounding "
    "decimal integer string boolean array object nested reference identifier prefix suffix pattern filter sort page "
    "cursor limit offset search ranking report export import template layout component button dialog theme icon"
)
WORDS = VOCABULARY.split()
AREAS = ("billing", "shop", "search", "identity", "shipping", "catalogue", "reporting", "platform", "mobile", "web")
PACKAGES = 2_000


def package_paths() -> list[str]:
    """The packages of an invented monorepo."""
    parts = [f"src/packages/{area}/{word}" for area in AREAS for word in dict.fromkeys(WORDS)]
    return [f"{parts[n % len(parts)]}{n // len(parts) or ''}" for n in range(PACKAGES)]


def compounds() -> list[str]:
    """Some 25,000 words of two, as names in code are."""
    words = list(dict.fromkeys(WORDS))
    return [one + other for one in words for other in words]


def contents(count: int, *, seed: int = 1) -> list[Content]:
    """Complete RFCs of about three kilobytes, always the same ones for the same seed."""
    dice, paths = Random(seed), package_paths()  # noqa: S311 - reproducible, nothing secret
    return [content(dice, paths) for _ in range(count)]


def content(dice: Random, paths: Sequence[str]) -> Content:
    texts: dict[str, Any] = {name: paragraph(dice) for name in TEXTS}
    texts |= {"rollback_plan": steps(dice), "api_changes": items(dice)}
    return Content(
        title=sentence(dice, 4),
        scenario=dice.choice(Scenario.values),
        risk={asked.slug: dice.choice(asked.choices)[0] for asked in QUESTIONS},
        answers={slug: f"{label} as in the summary." for slug, label in LABELS.items()},
        issue="PLAT-1",
        packages=tuple(package(dice, path) for path in sorted(dice.sample(paths, dice.randint(1, 5)))),
        timeline=TIMELINE,
        **texts,
    )


TIMELINE = Timeline(
    development=Period(date(2031, 3, 3), date(2031, 3, 14)),
    testing=Period(date(2031, 3, 17), date(2031, 3, 21)),
    deployment=Period(date(2031, 3, 24), date(2031, 3, 28)),
)


def package(dice: Random, path: str) -> Package:
    return Package(path, description=sentence(dice, 7), api=True, severity=dice.choice(Severity.values))


def sentence(dice: Random, words: int) -> str:
    """Common words are more common: the square of the dice prefers the front of the list."""
    chosen = (WORDS[int(dice.random() ** 2 * len(WORDS))] for _ in range(words))
    return " ".join(chosen).capitalize()


def paragraph(dice: Random) -> str:
    return " ".join(f"{sentence(dice, dice.randint(6, 12))}." for _ in range(dice.randint(2, 4)))


def steps(dice: Random) -> str:
    return "\n".join(f"{n}. {sentence(dice, 8)}." for n in range(1, 5))


def items(dice: Random) -> str:
    return "\n".join(f"- `{sentence(dice, 1).lower()}` {sentence(dice, 8).lower()}." for _ in range(4))
