"""The typed parameters of the process. Pure: a policy is a frozen value that a PolicyVersion stores as JSON.

The graph of moves is code (rfcs/table.py); what a board may tune is here. An RFC keeps the version it was
submitted under.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, time
from typing import Any, Self

from rfcs import freezes, states
from rfcs.content import Content
from rfcs.freezes import Freeze
from rfcs.ladder import EMERGENCY, Ladder
from rfcs.risk import Rule
from rfcs.states import Kind, Phase

MATERIAL_FIELDS = tuple(sorted(set(Content.__dataclass_fields__) - {"title", "change_summary"}))
"""What a signature binds to by default: all fields but the title and the wording of the summary."""

SECURITY_SCOPE = (
    "packages",
    "api_changes",
    "data_changes",
    "touches_security",
    "embargoed",
    "scenario",
    "answers",
    "rollback_plan",
)


@dataclass(frozen=True, slots=True)
class Quorum:
    """Approvals needed of a team: max(minimum, ceil(fraction x eligible))."""

    minimum: int = 1
    fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time: local hours of Monday to Friday in one zone, without the holidays (ISO dates)."""

    zone: str = "Europe/Berlin"
    opens: str = "09:00"
    closes: str = "17:00"
    holidays: tuple[str, ...] = ()

    @property
    def hours(self) -> tuple[time, time]:
        return time.fromisoformat(self.opens), time.fromisoformat(self.closes)

    @property
    def days_off(self) -> frozenset[date]:
        return frozenset(date.fromisoformat(day) for day in self.holidays)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the process's validation checklist."""

    slug: str
    phase: str
    kind: str
    text: str
    needs_link: bool = True
    """An attested item closes only with a link; else a file or a text does as well."""


CHECKLIST = (
    Item("rfc_approved", Phase.PRE, Kind.AUTOMATIC, "RFC approved by architecture team"),
    Item("impact_assessed", Phase.PRE, Kind.AUTOMATIC, "Impact assessment completed"),
    Item("justification_created", Phase.PRE, Kind.AUTOMATIC, "BREAKING_CHANGE_JUSTIFICATION.md created"),
    Item("rollback_documented", Phase.PRE, Kind.AUTOMATIC, "Rollback plan documented"),
    Item("testing_defined", Phase.PRE, Kind.AUTOMATIC, "Testing strategy defined"),
    Item("changes_minimal", Phase.IMPLEMENTATION, Kind.VERIFIED, "Changes are minimal and focused"),
    Item("packages_compile", Phase.IMPLEMENTATION, Kind.VERIFIED, "All affected packages compile"),
    Item("unit_tests_pass", Phase.IMPLEMENTATION, Kind.VERIFIED, "Unit tests pass for all packages"),
    Item("integration_tests_pass", Phase.IMPLEMENTATION, Kind.VERIFIED, "Integration tests pass"),
    Item("documentation_updated", Phase.IMPLEMENTATION, Kind.ATTESTED, "Documentation updated"),
    Item("validation_tools_pass", Phase.POST, Kind.VERIFIED, "All validation tools pass"),
    Item("performance_assessed", Phase.POST, Kind.VERIFIED, "Performance impact assessed"),
    Item("monitoring_in_place", Phase.POST, Kind.ATTESTED, "Monitoring in place"),
    Item("notifications_sent", Phase.POST, Kind.AUTOMATIC, "Team notifications sent"),
)
"""The fourteen items, in the words of the process (Validation Checklist)."""
ITEM_TEXTS: Mapping[str, str] = {item.slug: item.text for item in CHECKLIST}


@dataclass(frozen=True, slots=True)
class Policy:
    """All parameters with the process's defaults. Days are working days; minutes are wall-clock."""

    quorums: Mapping[str, Quorum] = field(
        default_factory=lambda: {
            states.ARCHITECTURE: Quorum(2, 0.5),
            states.SECURITY: Quorum(1),
            states.INCIDENT_COMMAND: Quorum(1),
        }
    )
    calendar: Calendar = field(default_factory=Calendar)
    first_response_days: int = 1
    decision_days: int = 3
    acknowledgement_days: int = 2
    authorisation_minutes: int = 60
    """Wall clock: until then security or the incident commander answers."""
    justification_hours: int = 24
    """Wall clock, from the authorisation of an emergency to its full justification."""
    obligation_days: int = 5
    """Working days for everything else that an emergency or a hotfix owes."""
    resolution_days: int = 1
    """Working days in which a denied emergency is rolled back, or its risk accepted."""
    acceptance_days: int = 90
    """Calendar days for which a member of the board may bear the risk of a denied emergency."""
    signing_minutes: int = 15
    hold_days: int = 5
    """Working days that a `hold` may ask for."""
    delegation_days: int = 30
    """Calendar days for which a seat may be lent, both ends included."""
    waiver_days: int = 90
    """Calendar days that a waiver may last."""
    embargo_days: int = 14
    """Calendar days after closing, at the end of which an embargo lifts by itself."""
    material_fields: tuple[str, ...] = MATERIAL_FIELDS
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {states.SECURITY: SECURITY_SCOPE})
    security_paths: tuple[str, ...] = ()
    checklist: tuple[Item, ...] = CHECKLIST
    risk: Rule = field(default_factory=Rule)
    freezes: tuple[Freeze, ...] = ()
    """Read from the version in force, not from the pinned one: a freeze holds for everybody at once."""
    reminders: Ladder = field(default_factory=Ladder)
    emergency_reminders: Ladder = EMERGENCY

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From JSON; a missing key takes the default."""
        plain = dict(stored)
        readers: dict[str, Callable[[Any], Any]] = {
            "quorums": _quorums,
            "calendar": _calendar,
            "scopes": _scopes,
            "checklist": _checklist,
            "freezes": freezes.read,
            "risk": lambda row: Rule(**row),
            "reminders": Ladder.read,
            "emergency_reminders": Ladder.read,
        }
        for key, reader in readers.items():
            if key in plain:
                plain[key] = reader(plain[key])
        for key in ("material_fields", "security_paths"):
            if key in plain:
                plain[key] = tuple(plain[key])
        return cls(**plain)

    def json(self) -> dict[str, Any]:
        return asdict(self)

    def quorum(self, team: str) -> Quorum:
        """A team without an entry needs one approval: a missing rule never lowers the bar to none."""
        return self.quorums.get(team, Quorum())

    def scope(self, team: str) -> tuple[str, ...]:
        """The material fields that this team signs for; a team without an entry signs for all."""
        return self.scopes.get(team, self.material_fields)

    def items(self, phase: str) -> tuple[Item, ...]:
        return tuple(item for item in self.checklist if item.phase == phase)


def _quorums(stored: Mapping[str, Any]) -> dict[str, Quorum]:
    return {team: Quorum(**row) for team, row in stored.items()}


def _calendar(stored: Mapping[str, Any]) -> Calendar:
    return Calendar(**{**stored, "holidays": tuple(stored.get("holidays", ()))})


def _scopes(stored: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {team: tuple(names) for team, names in stored.items()}


def _checklist(stored: list[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(**row) for row in stored)
