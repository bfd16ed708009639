"""The justification document as frozen values, normalised to what Markdown can carry.

Source: the process, "BREAKING_CHANGE_JUSTIFICATION.md Template". A text is normalised when its value is
made, so equal values render equally and `parse(render(d)) == d` can hold for every value.
"""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime

_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def block(text: str) -> str:
    """Many lines: ends as LF, no control characters, no trailing blanks, no empty lines at either end."""
    text = _BREAK.sub("\n", _UNPRINTABLE.sub("", _SURROGATE.sub("\ufffd", text)))
    return "\n".join(line.rstrip(" \t") for line in text.split("\n")).strip("\n")


def one_line(text: str) -> str:
    """One line: every run of white space becomes one space."""
    return " ".join(block(text).split())


def folder(path: str) -> str:
    """A path on one line, without the slash at its end."""
    return one_line(path).rstrip("/ ")


def _day(value: date | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value


@dataclass(frozen=True, slots=True)
class PackageChange:
    """One affected package: its folder (kept without trailing slash) and what changes in it, in Markdown."""

    path: str
    description: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", folder(self.path))
        object.__setattr__(self, "description", block(self.description))


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar days, both included; None where a day is not set."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _day(self.start))
        object.__setattr__(self, "end", _day(self.end))


@dataclass(frozen=True, slots=True)
class Timeline:
    """The process's three phases, in their order."""

    development: Period = Period()
    testing: Period = Period()
    deployment: Period = Period()


@dataclass(frozen=True, slots=True)
class Signature:
    """A team's sign-off as printed: "Architecture Team", the signer's name, the day, a note on its meaning."""

    team: str
    signer: str
    on: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "on", _day(self.on))
        for name in ("team", "signer", "note"):
            object.__setattr__(self, name, one_line(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field: the rule's id (JD002 to JD008), the field's name, a sentence to act on."""

    rule: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Justification:
    """BREAKING_CHANGE_JUSTIFICATION.md: title and reference are one line, the other texts are Markdown.

    From interface_before to changelog: the answers to what the scenario asks (template.ANSWERS).
    """

    title: str = ""
    reference: str = ""
    change_summary: str = ""
    affected_packages: tuple[PackageChange, ...] = ()
    api_changes: str = ""
    data_changes: str = ""
    behavioral_changes: str = ""
    interface_before: str = ""
    interface_after: str = ""
    consumers: str = ""
    deprecation: str = ""
    data_migration: str = ""
    migration_way_back: str = ""
    mixed_versions: str = ""
    advisory: str = ""
    advisory_severity: str = ""
    exposure_window: str = ""
    release: str = ""
    migration_guide: str = ""
    old_release_support: str = ""
    version_from: str = ""
    version_to: str = ""
    compatibility: str = ""
    changelog: str = ""
    justification: str = ""
    rollback_plan: str = ""
    testing_unit: str = ""
    testing_integration: str = ""
    testing_performance: str = ""
    timeline: Timeline = Timeline()
    approvals: tuple[Signature, ...] = ()

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            value = getattr(self, name)
            if isinstance(value, str):
                fold = one_line if name in ("title", "reference") else block
                object.__setattr__(self, name, fold(value))
        object.__setattr__(self, "affected_packages", tuple(self.affected_packages))
        object.__setattr__(self, "approvals", tuple(self.approvals))
