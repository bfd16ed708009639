"""Each scenario asks its own questions: what is asked, what counts, and where the answers stand."""

from __future__ import annotations

import pytest

from breakwater.justification import template
from rfcs import digests, limits, scenarios
from rfcs.content import Content
from rfcs.forms import RFCForm
from rfcs.policy import Policy
from rfcs.states import Scenario
from tests import factories as f

SCHEMA = {"data_migration": "In batches.", "migration_way_back": "0141 backwards.", "mixed_versions": "None."}


def digest(content: Content) -> str:
    return digests.material_digest(content, track="standard", policy=Policy(), version=1)


def test_every_scenario_asks_something_and_no_question_twice() -> None:
    assert set(scenarios.QUESTIONS) == set(Scenario)
    assert all(any(asked.is_required for asked in questions) for questions in scenarios.QUESTIONS.values())
    assert len(scenarios.SLUGS) == len(set(scenarios.SLUGS))


def test_every_question_has_its_line_in_the_document() -> None:
    printed = {slot.field: slot.label.strip("*").casefold() for slot in template.ANSWERS}

    assert printed == {slug: label.casefold() for slug, label in scenarios.LABELS.items()}
    assert tuple(printed) == scenarios.SLUGS


def test_only_answers_of_the_chosen_scenario_count() -> None:
    answers = {"changelog": "https://example.org", **SCHEMA, "data_migration": " "}

    assert scenarios.chosen("shared_schema", answers) == {
        "migration_way_back": "0141 backwards.",
        "mixed_versions": "None.",
    }
    assert [asked.slug for asked in scenarios.unanswered("shared_schema", answers)] == ["data_migration"]
    assert list(scenarios.unanswered("", answers)) == []


def test_an_optional_question_is_never_missing() -> None:
    answers = dict.fromkeys(("version_from", "version_to", "compatibility"), "x")

    assert list(scenarios.unanswered("dependency", answers)) == []


def test_answers_stand_behind_the_templates_bullets() -> None:
    shown = f.content(scenario="shared_schema", answers=SCHEMA | {"release": "4.0"})

    document = shown.document()

    assert (document.data_migration, document.mixed_versions, document.release) == ("In batches.", "None.", "")


def test_answers_are_material_those_of_another_scenario_are_not() -> None:
    before = f.content(scenario="shared_schema", answers=SCHEMA)

    assert digest(before.with_(answers=SCHEMA | {"mixed_versions": "Ingestion."})) != digest(before)
    assert digest(before.with_(answers=SCHEMA | {"release": "4.0"})) == digest(before)


@pytest.mark.django_db
def test_a_revision_from_before_the_questions_still_reads_and_keeps_its_digest() -> None:
    before = f.content(answers={})
    stored = before.json()
    del stored["answers"]
    policy = Policy(material_fields=("packages", "scenario"))

    assert Content.read(stored) == before
    with_answers = digests.material_digest(f.content(), track="standard", policy=policy, version=1)
    assert digests.material_digest(before, track="standard", policy=policy, version=1) == with_answers


def test_the_form_keeps_what_was_typed_under_another_scenario() -> None:
    form = RFCForm(
        {
            "scenario": "dependency",
            "answers.version_from": "1",
            "answers.release": "4.0",
            "packages-TOTAL_FORMS": "0",
            "packages-INITIAL_FORMS": "0",
        }
    )

    assert form.is_valid(), form.messages()
    assert dict(form.content().answers) == {"version_from": "1", "release": "4.0"}
    assert form.content().answered == {"version_from": "1"}


def test_an_answer_has_a_limit_and_holds_only_text() -> None:
    content = f.content(answers={"release": "x" * (limits.ANSWER + 1), "advisory": "a\0"})

    assert [(reason.code, reason.field) for reason in limits.excesses(content)] == [
        ("too_long", "answers.release"),
        ("unstorable", "answers.advisory"),
    ]


def test_answers_lose_blanks_and_carriage_returns_once() -> None:
    tidied = f.content(answers={"release": "  a\r\nb ", "advisory": " \n"}).tidied()

    assert dict(tidied.answers) == {"release": "a\nb"}
    assert tidied.tidied() == tidied
