"""Each missing thing gives its sentence, and all of them come at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from breakwater.justification import Period, Timeline
from rfcs import editing
from rfcs.case import Case
from rfcs.errors import Kind, Reason, Refused
from rfcs.guards import Guard
from rfcs.models import RFC, Message, Package
from rfcs.policy import CHECKLIST
from rfcs.states import Kind as ItemKind
from rfcs.states import Phase
from rfcs.table import TABLE
from tests import factories as f

pytestmark = pytest.mark.django_db

BASICS: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "no title": (
        {"title": "  "},
        ("title", "title", "The RFC has no title; say in one line what changes."),
    ),
    "no scenario": (
        {"scenario": ""},
        ("scenario", "scenario", "No scenario is chosen; pick the one that justifies the change."),
    ),
    "unknown scenario": (
        {"scenario": "because"},
        ("scenario", "scenario", "No scenario is chosen; pick the one that justifies the change."),
    ),
    "a question of the scenario": (
        {"scenario": "shared_schema", "answers": f.ANSWERS | {"migration_way_back": " "}},
        (
            "unanswered",
            "answers.migration_way_back",
            "“Way back of the data” is not answered. How data that was migrated, or written since, gets back into the "
            "old schema.",
        ),
    ),
    "no summary": (
        {"change_summary": "\n"},
        (
            "change_summary",
            "change_summary",
            "The change summary is empty; describe the breaking change and why it is necessary.",
        ),
    ),
    "no package": (
        {"packages": ()},
        ("packages", "affected_packages", "No package is named; list every package that this change touches."),
    ),
    "outside": (
        {"packages": (f.package("../elsewhere"),)},
        (
            "path_invalid",
            "affected_packages",
            "../elsewhere leaves the repository or holds an empty step; write it without “.”, “..” and “//”.",
        ),
    ),
    "absolute": (
        {"packages": (f.package("/etc"),)},
        (
            "path_invalid",
            "affected_packages",
            "/etc is not a path inside the repository; write it relative to the root, with / between folders.",
        ),
    ),
    "twice": (
        {"packages": (f.package("a/b"), f.package("a/b"))},
        ("path_duplicate", "affected_packages", "a/b is listed twice; keep one row for each package."),
    ),
}


def why_not(rfc: RFC, move: str) -> list[Reason]:
    with pytest.raises(Refused) as refusal:
        f.move(rfc, move)
    return list(refusal.value.reasons)


def facts(reasons: list[Reason]) -> list[tuple[str, str, str]]:
    return [(reason.code, reason.field, reason.message) for reason in reasons]


def test_a_complete_rfc_misses_nothing() -> None:
    assert f.rfc_in("review").state == "review"


@pytest.mark.parametrize("name", BASICS)
def test_submit_says_what_is_missing(name: str) -> None:
    changes, reason = BASICS[name]

    reasons = why_not(f.draft(**changes), "submit")

    assert facts(reasons) == [reason]
    assert reasons[0].kind == Kind.NOT_READY


@pytest.mark.parametrize("name", BASICS)
def test_request_review_says_it_again_when_a_later_edit_removed_it(name: str) -> None:
    changes, reason = BASICS[name]
    rfc = f.edit(f.rfc_in("assessment"), **changes)

    reasons = why_not(rfc, "request_review")

    assert reason in facts(reasons)


def test_submit_gives_all_reasons_at_once_in_the_order_of_the_page() -> None:
    empty = f.draft(title="", scenario="", change_summary="", packages=())

    reasons = why_not(empty, "submit")

    assert [reason.code for reason in reasons] == ["title", "scenario", "change_summary", "packages"]


def test_every_bad_path_has_its_own_reason() -> None:
    rfc = f.draft(packages=(f.package("/a"), f.package("b/../c"), f.package("")))

    assert [reason.code for reason in why_not(rfc, "submit")] == ["path_invalid"] * 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"severity": ""}, "a/b is not assessed; choose its severity and which kind of change it sees."),
        ({"severity": "dreadful"}, "a/b is not assessed; choose its severity and which kind of change it sees."),
        (
            {"severity": "low", "api": False},
            "a/b is not assessed; choose its severity and which kind of change it sees.",
        ),
    ],
)
def test_request_review_needs_every_package_assessed(changes: dict[str, Any], message: str) -> None:
    rfc = f.rfc_in("assessment", packages=(f.package("a/b", **changes), f.package("a/c")))

    assert facts(why_not(rfc, "request_review")) == [("not_assessed", "affected_packages", message)]


def test_a_package_without_impact_needs_no_kind_of_change() -> None:
    rfc = f.rfc_in("review", packages=(f.package("a/b", severity="none", api=False),))

    assert rfc.state == "review"


def test_request_review_needs_edits_saved() -> None:
    rfc = f.rfc_in("assessment")
    copy = rfc.working_copy
    editing.autosave(rfc, by=rfc.owner, version=copy.version, content=copy.content.with_(title="Another"))

    reasons = why_not(rfc, "request_review")

    assert [(reason.code, reason.kind) for reason in reasons] == [("unsaved_edits", Kind.NOT_NOW)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rollback_plan": ""}, "rollback_plan"),
        ({"rollback_plan": "We would revert it somehow."}, "rollback_plan"),
        ({"testing_unit": ""}, "testing_unit"),
        ({"testing_integration": ""}, "testing_integration"),
        ({"testing_performance": ""}, "testing_performance"),
        ({"timeline": Timeline()}, "timeline"),
        (
            {
                "timeline": Timeline(
                    Period(date(2031, 5, 1), date(2031, 5, 2)),
                    Period(date(2031, 4, 1), date(2031, 4, 2)),
                    Period(date(2031, 6, 1), date(2031, 6, 2)),
                )
            },
            "timeline",
        ),
        ({"justification": ""}, "justification"),
        ({"api_changes": ""}, "api_changes"),
        ({"data_changes": ""}, "data_changes"),
        ({"behavioral_changes": ""}, "behavioral_changes"),
    ],
)
def test_request_review_needs_a_document_without_problems(changes: dict[str, Any], field: str) -> None:
    rfc = f.rfc_in("assessment", **changes)

    reasons = why_not(rfc, "request_review")

    assert {reason.field for reason in reasons} == {field}
    assert {reason.kind for reason in reasons} == {Kind.NOT_READY}
    assert len(facts(reasons)) == len(set(facts(reasons)))


def test_amend_needs_a_material_difference() -> None:
    rfc = f.edit(f.rfc_in("approved"), title="Only the title", change_summary="Only the wording.")

    reasons = why_not(rfc, "amend")

    assert [reason.code for reason in reasons] == ["no_material_change"]


def test_recall_and_amend_need_a_note() -> None:
    review = f.rfc_in("review")
    approved = f.edit(f.rfc_in("approved"), api_changes="Something else")

    for rfc, move in ((review, "recall"), (approved, "amend"), (review, "withdraw")):
        with pytest.raises(Refused) as refusal:
            f.move(rfc, move, note="  ")
        assert [(reason.code, refusal.value.status) for reason in refusal.value.reasons] == [("note_missing", 422)]


def test_roll_back_needs_a_reason_and_the_revert_commit() -> None:
    rfc = f.rfc_in("implementation")

    with pytest.raises(Refused) as refusal:
        f.move(rfc, "roll_back", note="", revert_commit="")

    assert [reason.field for reason in refusal.value.reasons] == ["note", "revert_commit"]


@pytest.mark.parametrize(
    ("state", "move", "phase"),
    [("implementation", "finish", Phase.IMPLEMENTATION), ("post_implementation", "close", Phase.POST)],
)
def test_a_phase_ends_with_every_item_closed(state: str, move: str, phase: Phase) -> None:
    rfc = f.rfc_in(state)

    reasons = why_not(rfc, move)

    ticked = [item for item in CHECKLIST if item.phase == phase and item.kind != ItemKind.AUTOMATIC]
    assert [reason.field for reason in reasons] == [item.slug for item in ticked]
    assert all(reason.message.startswith(f"“{item.text}” is still open") for reason, item in zip(reasons, ticked))  # noqa: B905


def test_close_waits_for_the_messages_to_the_package_owners() -> None:
    owner = f.person()
    Package.objects.create(path=f.content().paths[0]).owners.add(owner)
    rfc = f.rfc_in("post_implementation")
    f.tick(rfc, Phase.POST)

    waiting = why_not(rfc, "close")
    Message.objects.filter(recipient=owner, sent_at=None).update(sent_at=rfc.state_since)

    assert [reason.field for reason in waiting] == ["notifications_sent"]
    assert f.move(rfc, "close").state == "closed"


def test_guards_are_met_or_say_why_for_the_page() -> None:
    rfc = f.draft(title="")
    case = Case(rfc)

    said: dict[str, Guard] = {guard.code: guard for guard in TABLE["submit"].needs}

    assert {code: bool(guard.reasons(case)) for code, guard in said.items()} == {
        "title": True,
        "scenario": False,
        "answers": False,
        "summary": False,
        "packages": False,
        "paths": False,
    }
