"""What an RFC says: the fields that engineers write, as one frozen value. Pure.

A working copy and every revision hold the same shape as JSON; `Content.read` takes anything that was ever
stored and `Content.json` writes it. The justification document is rendered from it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Self

from breakwater.justification import Justification, PackageChange, Period, Signature, Timeline
from rfcs import scenarios
from rfcs.states import Scenario, Severity

PHASES = ("development", "testing", "deployment")
TEXTS = (
    "change_summary",
    "api_changes",
    "data_changes",
    "behavioral_changes",
    "justification",
    "rollback_plan",
    "testing_unit",
    "testing_integration",
    "testing_performance",
)
"""The document's free-text fields, in its order."""

LABELS = {
    "title": "Title",
    "scenario": "Scenario",
    "answers": "Answers for the scenario",
    "touches_security": "Touches security",
    "embargoed": "Under embargo",
    "issue": "Issue",
    "packages": "Affected packages",
    "change_summary": "Change summary",
    "api_changes": "API changes",
    "data_changes": "Data changes",
    "behavioral_changes": "Behavioral changes",
    "justification": "Justification",
    "rollback_plan": "Rollback plan",
    "testing_unit": "Unit tests",
    "testing_integration": "Integration tests",
    "testing_performance": "Performance impact",
    "timeline": "Timeline",
    "risk": "Risk",
    "attachments": "Attachments",
}
"""What the pages call each field."""


@dataclass(frozen=True, slots=True)
class Package:
    """One affected package and its impact: what changes in it (API, data, behaviour) and how hard."""

    path: str
    description: str = ""
    api: bool = False
    data: bool = False
    behavior: bool = False
    severity: str = ""

    @property
    def is_assessed(self) -> bool:
        """Severity chosen; anything above none also says which kind of change it is."""
        kinds = self.api or self.data or self.behavior
        return self.severity == Severity.NONE or (self.severity in Severity.values and kinds)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that belongs to what the RFC says: its name, the SHA-256 of its bytes, their number."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """Every field of the document plus title, scenario, flags, issue reference and attached files. Dates are days.

    `answers` keeps what was ever answered, by slug of the question; those of the chosen scenario count.
    `risk` holds the choices of the risk questionnaire (rfcs/risk.py).
    """

    title: str = ""
    scenario: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    risk: Mapping[str, str] = field(default_factory=dict)
    touches_security: bool = False
    embargoed: bool = False
    issue: str = ""
    packages: tuple[Package, ...] = ()
    change_summary: str = ""
    api_changes: str = ""
    data_changes: str = ""
    behavioral_changes: str = ""
    justification: str = ""
    rollback_plan: str = ""
    testing_unit: str = ""
    testing_integration: str = ""
    testing_performance: str = ""
    timeline: Timeline = field(default_factory=Timeline)
    attachments: tuple[AttachedFile, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", MappingProxyType(dict(self.answers)))
        object.__setattr__(self, "risk", MappingProxyType({slug: said for slug, said in self.risk.items() if said}))

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From stored JSON; unknown keys are ignored, missing ones take the default."""
        known = {f.name for f in fields(cls)} - {"packages", "timeline", "attachments"}
        plain = {key: value for key, value in stored.items() if key in known}
        packages = tuple(Package(**row) for row in stored.get("packages", ()))
        attachments = tuple(AttachedFile(**row) for row in stored.get("attachments", ()))
        timeline = _timeline(stored.get("timeline") or {})
        return cls(**plain, packages=packages, timeline=timeline, attachments=attachments)

    def json(self) -> dict[str, Any]:
        """As stored: dates as ISO strings, packages as objects."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain |= {"answers": dict(self.answers), "risk": dict(self.risk)}
        plain["packages"] = [asdict(package) for package in self.packages]
        plain["attachments"] = [asdict(attached) for attached in self.attachments]
        plain["timeline"] = {phase: _period(getattr(self.timeline, phase)) for phase in PHASES}
        return plain

    def tidied(self) -> Self:
        """Line ends as LF (browsers send CRLF), without blanks at either end."""
        texts: dict[str, Any] = {name: _tidied(getattr(self, name)) for name in TEXTS}
        answers = {slug: _tidied(text) for slug, text in self.answers.items() if text.strip()}
        title = " ".join(self.title.split())
        return replace(self, title=title, issue=self.issue.strip(), answers=answers, **texts)

    def with_(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def document(self, *, reference: str = "", approvals: tuple[Signature, ...] = ()) -> Justification:
        """The justification document that these facts make."""
        return Justification(
            title=self.title,
            reference=reference,
            affected_packages=tuple(PackageChange(p.path, p.description) for p in self.packages),
            timeline=self.timeline,
            approvals=approvals,
            **{name: getattr(self, name) for name in TEXTS},
            **self.answered,
        )

    @property
    def answered(self) -> dict[str, str]:
        """The answers that count, by slug, in the scenario's order."""
        return scenarios.chosen(self.scenario, self.answers)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(package.path for package in self.packages)

    @property
    def window(self) -> tuple[date | None, date | None]:
        """The first and the last day of the timeline."""
        periods = [getattr(self.timeline, phase) for phase in PHASES]
        starts = [period.start for period in periods if period.start]
        ends = [period.end for period in periods if period.end]
        return min(starts, default=None), max(ends, default=None)

    @property
    def needs_security(self) -> bool:
        return self.touches_security or self.scenario == Scenario.SECURITY


def changed_fields(before: Content, after: Content) -> tuple[str, ...]:
    """Names of the fields in which two contents differ, in the document's order."""
    return tuple(f.name for f in fields(Content) if getattr(before, f.name) != getattr(after, f.name))


def _tidied(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _timeline(stored: Mapping[str, Any]) -> Timeline:
    development, testing, deployment = (_read_period(stored.get(phase) or {}) for phase in PHASES)
    return Timeline(development, testing, deployment)


def _read_period(stored: Mapping[str, str | None]) -> Period:
    return Period(_day(stored.get("start")), _day(stored.get("end")))


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def _period(period: Period) -> dict[str, str | None]:
    return {edge: day.isoformat() if day else None for edge, day in (("start", period.start), ("end", period.end))}
