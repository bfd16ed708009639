"""Package owners of the sample data: those whom no story mentions acknowledge soon after the RFC was submitted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from governance.demo.people import PACKAGES, PEOPLE
from governance.demo.stories import Step, Story, moment

BETWEEN_ANSWERS = timedelta(minutes=23)
ANSWERS = frozenset({"acknowledge", "object", "more_time"})
"""Steps of a story in which an owner answers; their `title` is the package."""


def acknowledged(story: Story, now: datetime) -> Iterator[tuple[datetime, Story, Step]]:
    """For each package that the story leaves to it, an owner's answer between submitting and asking for the review."""
    moments = {step.do: moment(step.at, now) for step in reversed(story.steps)}
    if "submit" not in moments or "request_review" not in moments:
        return
    at, latest = moments["submit"], moments["request_review"] - timedelta(minutes=1)
    told = {step.title for step in story.steps if step.do in ANSWERS} | set(story.facts.get("silent", ()))
    for row in story.facts.get("package", ()):
        owners = _owners(row["path"])
        if row["path"] not in told and owners and story.author not in owners:
            at = min(at + BETWEEN_ANSWERS, latest)
            yield at, story, Step(at="", by=owners[0], do="acknowledge", title=row["path"])


def _owners(path: str) -> tuple[str, ...]:
    """User names, those named before those through a team."""
    owned = next(row for row in PACKAGES if row.path == path)
    members = (person.username for person in PEOPLE if set(person.teams) & set(owned.teams))
    return (*owned.owners, *members)
