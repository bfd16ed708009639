"""The risk of a change: silence counts as the worst, and every input is shown."""

from __future__ import annotations

import pytest

from rfcs import risk
from rfcs.case import Case
from rfcs.policy import Policy
from rfcs.risk import Level, Rule, assess
from tests import factories as f
from tests.rfcs.test_guards import facts, why_not

BEST = f.RISK
WORST = {question.slug: question.choices[-1][0] for question in risk.QUESTIONS}


@pytest.mark.parametrize(
    ("answers", "severities", "score", "level"),
    [
        (BEST, ("none",), 0, Level.LOW),
        (WORST, ("high",) * 10, 100, Level.HIGH),
        ({}, (), 88, Level.HIGH),
        (BEST, ("low", "medium"), 8, Level.LOW),
        (BEST | {"timing": "busy", "detection": "late"}, ("medium",) * 5, 38, Level.MEDIUM),
    ],
)
def test_score_adds_points_up_to_a_hundred(answers, severities, score, level) -> None:
    found = assess(answers, severities, Rule())

    assert (found.score, found.level) == (score, level)


def test_what_is_not_known_counts_like_the_worst() -> None:
    unknown = dict.fromkeys(risk.SLUGS, risk.UNKNOWN)

    assert assess(unknown, ("low",), Rule()).score == assess({}, ("low",), Rule()).score
    assert list(risk.unanswered(unknown)) == []
    assert [asked.slug for asked in risk.unanswered(BEST | {"timing": "soon"})] == ["timing"]


def test_every_input_is_shown_with_its_weight() -> None:
    found = assess(BEST, ("high", "low"), Rule(weights={"timing": 3}))

    assert [row.slug for row in found.inputs] == [*risk.SLUGS, "blast_radius", "severity"]
    assert {row.slug: row.weight for row in found.inputs if row.weight != 1} == {"timing": 3}
    assert [(row.answer, row.points) for row in found.inputs if row.is_computed] == [
        ("2 packages", 0),
        ("High: data or behaviour at risk", 3),
    ]


def test_the_policy_weighs_and_sets_the_levels() -> None:
    policy = Policy(risk=Rule(weights={"severity": 9}, medium=5, high=50))

    again = Policy.read(policy.json())

    assert again == policy
    assert assess(BEST, ("high",), again.risk).level == Level.HIGH


@pytest.mark.django_db
def test_request_review_needs_the_questionnaire() -> None:
    rfc = f.rfc_in("assessment", risk=BEST | {"timing": ""})

    assert facts(why_not(rfc, "request_review")) == [
        (
            "risk_unanswered",
            "risk.timing",
            "The risk question “Timing” is not answered. What else happens in the days of the deployment.",
        )
    ]
    assert Case(rfc).risk.level == Level.LOW
