"""What each of the five scenarios asks on top of the document. Pure.

The table is the form's questions, the API's fields, the guard of `submit` and, answered, further bullets of the
document's Impact Assessment (their printed labels: breakwater/justification/template.py, ANSWERS).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rfcs.states import Scenario


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a scenario."""

    slug: str
    label: str
    help: str
    is_required: bool = True


QUESTIONS: Mapping[str, tuple[Question, ...]] = {
    Scenario.API_CONTRACT: (
        Question(
            "interface_before",
            "Interface before",
            "The signature, message or endpoint as it is today.",
        ),
        Question("interface_after", "Interface after", "The same once the change is in."),
        Question("consumers", "Consumers", "Who calls it, inside the repository and outside."),
        Question(
            "deprecation",
            "Deprecation",
            "How long the old form keeps working and who is told, or why it ends at once.",
        ),
    ),
    Scenario.SHARED_SCHEMA: (
        Question(
            "data_migration",
            "Data migration",
            "The steps that move the existing data, with its amount and the time they take.",
        ),
        Question(
            "migration_way_back",
            "Way back of the data",
            "How data that was migrated, or written since, gets back into the old schema.",
        ),
        Question(
            "mixed_versions",
            "Old and new at once",
            "Which readers and writers meet the other schema during the roll-out.",
        ),
    ),
    Scenario.SECURITY: (
        Question(
            "advisory",
            "Advisory",
            "CVE or our own number. What is not public yet belongs under embargo: tick that first.",
        ),
        Question(
            "advisory_severity",
            "Severity of the weakness",
            "CVSS or words, and what an attacker needs.",
        ),
        Question(
            "exposure_window",
            "Exposure window",
            "Since when, and until when, which systems are exposed.",
        ),
    ),
    Scenario.MAJOR_RELEASE: (
        Question("release", "Release", "Its name and number, and the day on which it is announced."),
        Question("migration_guide", "Migration guide", "A link, or the steps by which a consumer moves over."),
        Question(
            "old_release_support",
            "Support of the old release",
            "How long it gets corrections, and what happens after that.",
        ),
    ),
    Scenario.DEPENDENCY: (
        Question("version_from", "Version from", "The dependency and the version in use today."),
        Question("version_to", "Version to", "The version to come."),
        Question(
            "compatibility",
            "Compatibility notes",
            "Which of its breaking changes meet our packages, and which do not.",
        ),
        Question("changelog", "Changelog", "A link to its release notes.", is_required=False),
    ),
}
"""Every question, by scenario, in the order of form and document."""

SLUGS = tuple(question.slug for questions in QUESTIONS.values() for question in questions)
LABELS = {question.slug: question.label for questions in QUESTIONS.values() for question in questions}


def questions_of(scenario: str) -> tuple[Question, ...]:
    """What this scenario asks; nothing while none is chosen."""
    return QUESTIONS.get(scenario, ())


def chosen(scenario: str, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers that count: those of this scenario, without the empty ones, in its order."""
    given = ((question.slug, answers.get(question.slug, "")) for question in questions_of(scenario))
    return {slug: text for slug, text in given if text.strip()}


def unanswered(scenario: str, answers: Mapping[str, str]) -> Iterator[Question]:
    """Required questions of this scenario without an answer."""
    given = chosen(scenario, answers)
    return (asked for asked in questions_of(scenario) if asked.is_required and asked.slug not in given)
