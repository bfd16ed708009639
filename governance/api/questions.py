"""The shapes of what an RFC is asked: by its scenario, and about its risk. Made of the tables that ask."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.fields import Exact, Text
from rfcs import risk
from rfcs.scenarios import QUESTIONS, Question

RISK = (
    "What is left out stays, an empty text clears. A client that creates an RFC without this field gets `unknown` for "
    "every question, which counts as the worst; `{}` leaves them open, and `request_review` answers 422 for each."
)
ANSWERS = (
    "What is left out stays, an empty text clears. The portal answers nothing by itself: `submit` answers 422 for each "
    "required one that is open."
)


def _answer(question: Question) -> Text:
    needed = "" if question.is_required else " Optional."
    return Text(required=False, help_text=f"{question.help}{needed}")


AnswersSerializer = type(
    "AnswersSerializer",
    (Exact,),
    {asked.slug: _answer(asked) for questions in QUESTIONS.values() for asked in questions}
    | {"__doc__": "Answers to what the scenarios ask; those of the chosen scenario count."},
)


RiskSerializer = type(
    "RiskSerializer",
    (Exact,),
    {
        asked.slug: serializers.ChoiceField(
            [(value, label) for value, label, _ in asked.options],
            required=False,
            allow_blank=True,
            help_text=asked.help,
        )
        for asked in risk.QUESTIONS
    }
    | {"__doc__": "The answers to the risk questionnaire."},
)


class RiskInputSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    answer = serializers.CharField()
    points = serializers.IntegerField(help_text="From 0 to 3.")
    weight = serializers.IntegerField(help_text="From the policy.")
    is_computed = serializers.BooleanField(help_text="From the packages, not from an answer.")


class RiskScoreSerializer(serializers.Serializer[Any]):
    """The score and everything that it is made of."""

    score = serializers.IntegerField(help_text="From 0 to 100.")
    level = serializers.ChoiceField(risk.Level.choices)
    inputs = RiskInputSerializer(many=True)
