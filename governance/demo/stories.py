"""The stories as they are written down: one file for each RFC in story/, read into frozen values. Pure.

A file begins with TOML between two lines of `+++`: title, scenario with its answers, author, timeline, packages, and
the steps of its life. The document's texts follow, each under its heading. Days are working days before (-) or after
the day on which the demo is seeded; a moment is `-12 14:30` (twelve working days ago, local time of the office) or
`-45m` (minutes ago). `[[name]]` anywhere stands for the number of the RFC that the file `NN-name.md` tells of.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from breakwater.justification import Period, Timeline
from rfcs.content import LABELS, TEXTS, Content, Package

FOLDER = Path(__file__).with_name("story")
OFFICE = ZoneInfo("Europe/Berlin")
FENCE = "+++\n"
HEADINGS = {LABELS[name]: name for name in TEXTS}
_own_line = re.compile(r"$|```|\||[-*] |\d+\. ")
"""What a line begins with that does not go on from the line before."""
_reference = re.compile(r"\[\[([a-z0-9-]+)\]\]")


@dataclass(frozen=True, slots=True)
class Edit:
    """Words of one field that a later revision replaces."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody did: `do` is a verb of the telling, a move or a position."""

    at: str
    by: str
    do: str
    text: str = ""
    title: str = ""
    team: str = "architecture"
    with_: str = ""
    revert: str = ""
    days: int = 30
    """How long a waiver or a delegation lasts, in days; until which working day a hold asks for time."""
    edits: tuple[Edit, ...] = ()
    items: tuple[tuple[str, str, str], ...] = ()
    """Checklist items closed in one go: slug, link, text."""


@dataclass(frozen=True, slots=True)
class Story:
    """One RFC: what it says at first, and what happened to it."""

    slug: str
    author: str
    facts: Mapping[str, Any]
    texts: Mapping[str, str]
    steps: tuple[Step, ...] = field(default=())

    def content(self, today: date, numbers: Mapping[str, str]) -> Content:
        """The first wording, with the timeline around `today` and references as RFC numbers."""
        rows = self.facts.get("package", ())
        return Content(
            title=self.facts["title"],
            scenario=self.facts.get("scenario", ""),
            touches_security=self.facts.get("touches_security", False),
            embargoed=self.facts.get("embargoed", False),
            answers={slug: resolved(text, numbers) for slug, text in self.facts.get("answers", {}).items()},
            risk=self.facts.get("risk", {}),
            issue=self.facts.get("issue", ""),
            packages=tuple(_package(row) for row in rows),
            timeline=_timeline(self.facts.get("timeline", {}), today),
        ).with_(**{name: resolved(text, numbers) for name, text in self.texts.items()})


def stories() -> tuple[Story, ...]:
    """All stories in the order of their files, which is the order of their RFC numbers."""
    return tuple(read(path) for path in sorted(FOLDER.glob("*.md")))


def read(path: Path) -> Story:
    _, head, body = path.read_text(encoding="utf-8").split(FENCE, 2)
    facts = tomllib.loads(head)
    steps = tuple(_step(row) for row in facts["step"])
    return Story(path.stem.split("-", 1)[1], facts["author"], facts, dict(_texts(body)), steps)


def resolved(text: str, numbers: Mapping[str, str]) -> str:
    """The text with `[[name]]` as RFC numbers; KeyError for a story that is not told yet."""
    return _reference.sub(lambda match: numbers[match[1]], text)


def moment(at: str, now: datetime) -> datetime:
    """The instant that a step names, seen from `now`."""
    if at.endswith("m"):
        return now + timedelta(minutes=int(at[:-1]))
    days, clock = at.split()
    day = working_day(now.astimezone(OFFICE).date(), int(days))
    return datetime.combine(day, time.fromisoformat(clock), OFFICE)


def working_day(today: date, days: int) -> date:
    """The day that many working days after (or before) today; for 0 today, or the Monday after a weekend."""
    day, left = today, abs(days)
    step = timedelta(days=1 if days >= 0 else -1)
    while left or day.weekday() > 4:
        day += step
        left -= left > 0 and day.weekday() < 5
    return day


def _texts(body: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^## ", body, flags=re.MULTILINE)[1:]:
        heading, text = part.split("\n", 1)
        yield HEADINGS[heading.strip()], unwrapped(text.strip())


def unwrapped(text: str) -> str:
    """One line for each paragraph and list item, as people type into a form; the files are wrapped to be read."""
    lines: list[str] = []
    in_code = False
    for line in text.split("\n"):
        is_fence = line.startswith("```")
        joins = bool(lines and lines[-1]) and not (in_code or is_fence or _own_line.match(line))
        if joins and not _own_line.fullmatch(lines[-1]):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
        in_code ^= is_fence
    return "\n".join(lines)


def _step(row: dict[str, Any]) -> Step:
    edits = tuple(Edit(**edit) for edit in row.pop("edits", ()))
    items = tuple((slug, link, text) for slug, link, text in row.pop("items", ()))
    return Step(with_=row.pop("with", ""), edits=edits, items=items, **row)


def _package(row: Mapping[str, str]) -> Package:
    kinds = row.get("kinds", "").split()
    return Package(
        row["path"],
        row.get("description", ""),
        api="api" in kinds,
        data="data" in kinds,
        behavior="behavior" in kinds,
        severity=row.get("severity", ""),
    )


def _timeline(row: Mapping[str, list[int]], today: date) -> Timeline:
    return Timeline(**{phase: Period(*(working_day(today, day) for day in days)) for phase, days in row.items()})
