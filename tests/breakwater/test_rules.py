"""The rules describe themselves, once each, and their pages say the same."""

import re

import pytest

from breakwater.findings import LEVELS, Usage
from breakwater.rules import FAMILIES, all_rules, find, pages
from tools import rules as rule_pages

RULES = list(all_rules())


def test_the_pages_have_not_drifted() -> None:
    on_disk = {page.name: page.read_text(encoding="utf-8") for page in rule_pages.FOLDER.glob("*.md")}

    assert on_disk == rule_pages.made(), "python -m tools.rules writes them anew"


def test_ids_and_names_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_finds_with_a_bad_and_a_good_example(rule) -> None:
    assert re.fullmatch(r"[A-Z]{2,3}\d{3}", rule.id)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.level in LEVELS
    assert rule.summary.endswith(".")
    assert rule.bad.strip() != rule.good.strip() != ""
    assert rule.bad.strip()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.letters)
def test_a_family_holds_the_rules_of_its_letters(family) -> None:
    assert {rule.id.rstrip("0123456789") for rule in family.load().RULES} == {family.letters}


def test_an_unknown_rule_names_those_that_there_are() -> None:
    with pytest.raises(Usage, match="There is no rule XX999; there are "):
        find("XX999")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_explanation_holds_both_examples(rule) -> None:
    text = pages.explained(rule)

    assert text.startswith(f"{rule.id} {rule.name}")
    assert all(line in text for line in [*rule.bad.strip().split("\n"), *rule.good.strip().split("\n")])
