"""The risk of a change: six questions and two facts, each with points, weighed by the policy. Pure.

What is not answered, or not known, counts as the worst: silence never lowers a score.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices

from rfcs.states import Severity

WORST = 3
"""Points of the worst choice; the best one has none."""
UNKNOWN = "unknown"


class Level(TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its choices: wire value, label, points."""

    slug: str
    label: str
    help: str
    choices: tuple[tuple[str, str, int], ...]

    def choice(self, value: str) -> tuple[str, int]:
        """Label and points of an answer; of none, the worst."""
        return next(((label, points) for slug, label, points in self.options if slug == value), ("Not answered", WORST))

    @property
    def options(self) -> tuple[tuple[str, str, int], ...]:
        return (*self.choices, (UNKNOWN, "Not known: counts as the worst", WORST))


QUESTIONS = (
    Question(
        "reversibility",
        "Reversibility",
        "How hard it is to take the change back once it is deployed.",
        (
            ("revert", "A revert and a deployment", 0),
            ("steps", "Several steps in order", 1),
            ("window", "Only for a limited time", 2),
            ("never", "Not at all, or only with loss", 3),
        ),
    ),
    Question(
        "data_at_risk",
        "Data at risk",
        "What happens to stored data if the change is wrong.",
        (
            ("none", "No stored data is touched", 0),
            ("derived", "Only what can be computed again", 1),
            ("restorable", "It can be restored from a backup", 2),
            ("lost", "It can be lost or disclosed", 3),
        ),
    ),
    Question(
        "outside_consumers",
        "Consumers outside the repository",
        "Who has to change and is not in this change.",
        (
            ("none", "Nobody", 0),
            ("ready", "A few, and they are ready", 1),
            ("told", "Some, and they were told", 2),
            ("many", "Many, or we do not know them", 3),
        ),
    ),
    Question(
        "test_coverage",
        "Test coverage",
        "How much of the change a test would find broken.",
        (
            ("all", "Every changed path, the roll-out too", 0),
            ("most", "Most of it", 1),
            ("some", "The main path", 2),
            ("little", "Little of it", 3),
        ),
    ),
    Question(
        "timing",
        "Timing",
        "What else happens in the days of the deployment.",
        (
            ("quiet", "A quiet week", 0),
            ("usual", "The usual traffic", 1),
            ("busy", "A busy time, or another change beside it", 2),
            ("critical", "A deadline, a season or a holiday", 3),
        ),
    ),
    Question(
        "detection",
        "Detection",
        "How soon somebody would notice that it went wrong.",
        (
            ("minutes", "An alarm within minutes", 0),
            ("day", "A person within a day", 1),
            ("late", "Only when somebody complains", 3),
        ),
    ),
)
SLUGS = tuple(question.slug for question in QUESTIONS)
LABELS = {question.slug: question.label for question in QUESTIONS}
PACKAGES, SEVERITY = "blast_radius", "severity"
_SEVERITIES = {Severity.NONE: 0, Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3}
_RADIUS = ((2, 0), (4, 1), (9, 2))
"""Up to so many packages, so many points."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The policy's part: what each input weighs, and from which score (of 100) on a level begins."""

    weights: Mapping[str, int] = field(default_factory=dict)
    medium: int = 34
    high: int = 60

    def weight(self, slug: str) -> int:
        return self.weights.get(slug, 1)


@dataclass(frozen=True, slots=True)
class Input:
    """One line of the score. `is_computed`: from the packages, not from an answer."""

    slug: str
    label: str
    answer: str
    points: int
    weight: int
    is_computed: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """The score from 0 to 100, its level, all that it was made of, and the questions without an answer."""

    score: int
    level: Level
    inputs: tuple[Input, ...]
    missing: tuple[Question, ...]


def assess(answers: Mapping[str, str], severities: Iterable[str], rule: Rule) -> Assessment:
    """`severities`: one for each affected package, as assessed."""
    inputs = (*_asked(answers, rule), *_computed(tuple(severities), rule))
    most = sum(WORST * row.weight for row in inputs)
    score = round(100 * sum(row.points * row.weight for row in inputs) / most) if most else 0
    level = Level.HIGH if score >= rule.high else Level.MEDIUM if score >= rule.medium else Level.LOW
    return Assessment(score, level, inputs, tuple(unanswered(answers)))


def unanswered(answers: Mapping[str, str]) -> Iterable[Question]:
    return (asked for asked in QUESTIONS if answers.get(asked.slug) not in {value for value, _, _ in asked.options})


def _asked(answers: Mapping[str, str], rule: Rule) -> Iterable[Input]:
    for question in QUESTIONS:
        label, points = question.choice(answers.get(question.slug, ""))
        yield Input(question.slug, question.label, label, points, rule.weight(question.slug))


def _computed(severities: tuple[str, ...], rule: Rule) -> Iterable[Input]:
    count = len(severities)
    radius = next((points for most, points in _RADIUS if count <= most), WORST)
    word = "1 package" if count == 1 else f"{count} packages"
    yield Input(PACKAGES, "Blast radius", word, radius, rule.weight(PACKAGES), is_computed=True)
    worst = max(severities, key=lambda severity: _SEVERITIES.get(severity, WORST), default="")  # type: ignore[call-overload]
    points = _SEVERITIES.get(worst, WORST)  # type: ignore[call-overload]
    label = Severity(worst).label if worst in Severity.values else "Not assessed"
    yield Input(SEVERITY, "Worst severity of a package", label, points, rule.weight(SEVERITY), is_computed=True)
