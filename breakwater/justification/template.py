"""The process's template, word for word: headings, labels and placeholders.

Source: the process, "BREAKING_CHANGE_JUSTIFICATION.md Template".
"""

from dataclasses import dataclass

HEADING = "Breaking Change Justification"

SUMMARY = "Change Summary"
PACKAGES = "Affected Packages"
IMPACT = "Impact Assessment"
REASON = "Justification"
ROLLBACK = "Rollback Plan"
TESTING = "Testing Strategy"
TIMELINE = "Timeline"
APPROVAL = "Approval"

SECTIONS = (SUMMARY, PACKAGES, IMPACT, REASON, ROLLBACK, TESTING, TIMELINE, APPROVAL)
"""The level-2 headings, in their order."""


LATER = (IMPACT, TESTING, TIMELINE)
"""What the abbreviated form of an emergency leaves out, all three."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one text stands: the value's field, its section, its placeholder; a bullet's label as printed
    and the shorter labels that people write by hand."""

    field: str
    section: str
    placeholder: str = ""
    label: str = ""
    short: tuple[str, ...] = ()


PROSE = (
    Slot("change_summary", SUMMARY, "Brief description of the breaking change and why it's necessary."),
    Slot("justification", REASON, "Detailed explanation of why this coordinated update is necessary."),
    Slot("rollback_plan", ROLLBACK, "Step-by-step process to revert changes if needed."),
)
"""Texts that fill a section of their own."""

BULLETS = (
    Slot("api_changes", IMPACT, "List of modified interfaces", "**API Changes**"),
    Slot("data_changes", IMPACT, "Database or schema modifications", "**Data Changes**"),
    Slot("behavioral_changes", IMPACT, "Modified functionality", "**Behavioral Changes**", ("Behavioural Changes",)),
    Slot("testing_unit", TESTING, label="Unit tests for each affected package", short=("Unit tests",)),
    Slot(
        "testing_integration",
        TESTING,
        label="Integration tests for cross-package interactions",
        short=("Integration tests",),
    ),
    Slot(
        "testing_performance",
        TESTING,
        label="Performance impact assessment",
        short=("Performance impact", "Performance"),
    ),
)
"""Texts that are one bullet of a section."""

ANSWERS = (
    Slot("interface_before", IMPACT, label="**Interface Before**"),
    Slot("interface_after", IMPACT, label="**Interface After**"),
    Slot("consumers", IMPACT, label="**Consumers**"),
    Slot("deprecation", IMPACT, label="**Deprecation**"),
    Slot("data_migration", IMPACT, label="**Data Migration**"),
    Slot("migration_way_back", IMPACT, label="**Way Back of the Data**"),
    Slot("mixed_versions", IMPACT, label="**Old and New at Once**"),
    Slot("advisory", IMPACT, label="**Advisory**"),
    Slot("advisory_severity", IMPACT, label="**Severity of the Weakness**"),
    Slot("exposure_window", IMPACT, label="**Exposure Window**"),
    Slot("release", IMPACT, label="**Release**"),
    Slot("migration_guide", IMPACT, label="**Migration Guide**"),
    Slot("old_release_support", IMPACT, label="**Support of the Old Release**"),
    Slot("version_from", IMPACT, label="**Version From**"),
    Slot("version_to", IMPACT, label="**Version To**"),
    Slot("compatibility", IMPACT, label="**Compatibility Notes**"),
    Slot("changelog", IMPACT, label="**Changelog**"),
)
"""What a scenario of the process asks on top: further bullets, each printed only where it says something, so that
an empty document is the process's template."""

PATH = "[path]"
DESCRIPTION = "Description of changes"
EXAMPLES = ("src/packages/package1", "src/packages/package2")

PHASES = ("development", "testing", "deployment")
DATES = "[dates]"
DATE = "[date]"

ARCHITECTURE = "Architecture Team"
SECURITY = "Security Team"
TEAM = "[team]"
SIGNER = "[signature]"
UNSIGNED = "[signature/date]"
UNSIGNED_SECURITY = "[signature/date] (if applicable)"
