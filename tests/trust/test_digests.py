"""What a signature binds to (test plan, row 6): every field, every team, and what changes nothing."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfcs.case import Case
from rfcs.content import AttachedFile, Content, Package
from rfcs.digests import canonical, material_digest, scope_digest
from rfcs.policy import CHECKLIST, Item, Policy
from rfcs.states import Phase
from tests import factories as f

BOTH, BOARD, NOBODY = {"architecture", "security"}, {"architecture"}, set[str]()
SCOPES: dict[str, tuple[Any, set[str]]] = {
    "title": ("Another", NOBODY),
    "change_summary": ("Other words.", NOBODY),
    "scenario": ("dependency", BOTH),
    "answers": (f.ANSWERS | {"consumers": "Other"}, BOTH),
    "risk": (f.RISK | {"timing": "critical"}, BOARD),
    "touches_security": (True, BOTH),
    "embargoed": (True, BOTH),
    "issue": ("PLAT-124", BOARD),
    "packages": ((), BOTH),
    "api_changes": ("Other", BOTH),
    "data_changes": ("Other", BOTH),
    "behavioral_changes": ("Other", BOARD),
    "justification": ("Other", BOARD),
    "rollback_plan": ("1. Other", BOTH),
    "testing_unit": ("Other", BOARD),
    "testing_integration": ("Other", BOARD),
    "testing_performance": ("Other", BOARD),
    "timeline": (replace(f.timeline(), development=f.timeline().testing), BOARD),
    "attachments": ((AttachedFile("load.csv", "0" * 64, 7),), BOARD),
}
"""Field -> another value, and whose scope holds it (process-table, Digests)."""
PACKAGE: dict[str, Any] = {
    "path": "other/path",
    "description": "Other",
    "api": False,
    "data": True,
    "behavior": True,
    "severity": "high",
}


def digests(
    content: Content, *, policy: Policy | None = None, track: str = "standard", version: int = 1
) -> dict[str, str]:
    frame: dict[str, Any] = {"track": track, "policy": policy or Policy(), "version": version}
    teams = {team: scope_digest(team, content, **frame) for team in BOTH}
    return {"material": material_digest(content, **frame), **teams}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_the_table_of_this_test_knows_every_field() -> None:
    assert set(SCOPES) == {field.name for field in fields(Content)}
    assert set(PACKAGE) == {field.name for field in fields(Package)}


@pytest.mark.parametrize("name", SCOPES)
def test_each_field_makes_exactly_its_teams_stale(name: str) -> None:
    value, teams = SCOPES[name]

    stale = changed(digests(f.content()), digests(f.content(**{name: value})))

    assert stale == teams | ({"material"} if teams else set())


@pytest.mark.parametrize("name", PACKAGE)
def test_each_fact_of_a_package_makes_both_stale(name: str) -> None:
    packages = (f.package(), f.package("src/packages/shop/checkout"))
    other = (replace(packages[0], **{name: PACKAGE[name]}), packages[1])

    assert changed(digests(f.content(packages=packages)), digests(f.content(packages=other))) == BOTH | {"material"}


@pytest.mark.parametrize(
    "frame",
    [
        {"track": "hotfix"},
        {"version": 2},
        {"policy": Policy(checklist=CHECKLIST[:-1])},
        {"policy": Policy(checklist=(*CHECKLIST, Item("more", Phase.PRE, "attested", "One more")))},
        {"policy": Policy(checklist=(replace(CHECKLIST[0], text="Other words"), *CHECKLIST[1:]))},
        {"policy": Policy(checklist=tuple(reversed(CHECKLIST)))},
    ],
    ids=["track", "policy version", "an item less", "an item more", "an item's words", "the order of items"],
)
def test_track_policy_and_checklist_definition_make_everyone_stale(frame: dict[str, Any]) -> None:
    assert changed(digests(f.content()), digests(f.content(), **frame)) == BOTH | {"material"}


def test_two_teams_with_the_same_scope_have_different_digests() -> None:
    policy = Policy(scopes={})

    facts = digests(f.content(), policy=policy)

    assert len(set(facts.values())) == 3


@pytest.mark.django_db
def test_ticks_evidence_moves_and_shared_editors_change_no_digest() -> None:
    rfc = f.rfc_in("approved")
    before = (rfc.material_digest, Case(rfc).scope_of("architecture"), Case(rfc).scope_of("security"))

    rfc = f.move(rfc, "start")
    f.tick(rfc, Phase.IMPLEMENTATION)
    rfc = f.move(rfc, "finish")

    assert (rfc.material_digest, Case(rfc).scope_of("architecture"), Case(rfc).scope_of("security")) == before


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())))
def test_the_same_facts_in_another_order_are_the_same_bytes(facts: dict[str, Any]) -> None:
    assert canonical(facts) == canonical(dict(reversed(facts.items())))


@given(st.sampled_from(["api_changes", "justification", "rollback_plan"]), st.text(max_size=20), st.text(max_size=20))
def test_different_texts_have_different_digests(name: str, one: str, two: str) -> None:
    first, second = (digests(f.content(**{name: text}))["material"] for text in (one, two))

    assert (first == second) == (one == two)


@given(st.text(max_size=20), st.text(max_size=20))
def test_text_does_not_leak_from_one_field_into_the_next(one: str, two: str) -> None:
    moved = digests(f.content(api_changes=one + two, data_changes=""))["material"]

    assert (digests(f.content(api_changes=one, data_changes=two))["material"] == moved) == (two == "")
