"""The justification document: what is written, what is read, what is refused, what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from breakwater.justification import (
    Justification,
    PackageChange,
    ParseError,
    Period,
    Signature,
    Timeline,
    parse,
    problems,
    render,
)

# The process, "BREAKING_CHANGE_JUSTIFICATION.md Template", word for word.
TEMPLATE = """\
# Breaking Change Justification

## Change Summary
Brief description of the breaking change and why it's necessary.

## Affected Packages
- src/packages/package1/ - Description of changes
- src/packages/package2/ - Description of changes

## Impact Assessment
- **API Changes**: List of modified interfaces
- **Data Changes**: Database or schema modifications
- **Behavioral Changes**: Modified functionality

## Justification
Detailed explanation of why this coordinated update is necessary.

## Rollback Plan
Step-by-step process to revert changes if needed.

## Testing Strategy
- Unit tests for each affected package
- Integration tests for cross-package interactions
- Performance impact assessment

## Timeline
- Development: [dates]
- Testing: [dates]
- Deployment: [dates]

## Approval
- Architecture Team: [signature/date]
- Security Team: [signature/date] (if applicable)
"""

COMPLETE = Justification(
    title="One result format for all detectors",
    reference="RFC-0042, revision 3",
    change_summary="`Detector.run` returns a `Result`.\n\nIt returned a tuple, which cannot grow.",
    affected_packages=(
        PackageChange("src/packages/data/anomaly_detection/", "returns `Result`"),
        PackageChange("src/packages/software/core", "Reads `Result`:\n\n- in the runner\n- in the report"),
    ),
    api_changes="- `Detector.run`\n- `Report.add`",
    data_changes="None.",
    behavioral_changes="Errors carry\ntheir source.",
    justification="Both sides of the interface change at once.",
    rollback_plan="1. Revert the commit:\n   ```sh\n   # the merge\n   git revert -m 1 HEAD\n   ```\n2. Deploy.",
    testing_unit="pytest in both packages",
    testing_integration="`make journeys`",
    testing_performance="benchmark of 2026-10-30 repeated",
    timeline=Timeline(
        Period(date(2026, 11, 2), date(2026, 11, 13)),
        Period(date(2026, 11, 9), date(2026, 11, 18)),
        Period(date(2026, 11, 19), date(2026, 11, 19)),
    ),
    approvals=(Signature("Architecture Team", "Ada Park", date(2026, 11, 20), "approve, revision 3"),),
)

WRITTEN = """\
# Breaking Change Justification

**RFC-0042, revision 3**: One result format for all detectors

## Change Summary
`Detector.run` returns a `Result`.

It returned a tuple, which cannot grow.

## Affected Packages
- src/packages/data/anomaly_detection/ - returns `Result`
- src/packages/software/core/ -

  Reads `Result`:

  - in the runner
  - in the report

## Impact Assessment
- **API Changes**:

  - `Detector.run`
  - `Report.add`
- **Data Changes**: None.
- **Behavioral Changes**: Errors carry
  their source.

## Justification
Both sides of the interface change at once.

## Rollback Plan
1. Revert the commit:
   ```sh
   # the merge
   git revert -m 1 HEAD
   ```
2. Deploy.

## Testing Strategy
- Unit tests for each affected package: pytest in both packages
- Integration tests for cross-package interactions: `make journeys`
- Performance impact assessment: benchmark of 2026-10-30 repeated

## Timeline
- Development: 2026-11-02 to 2026-11-13
- Testing: 2026-11-09 to 2026-11-18
- Deployment: 2026-11-19 to 2026-11-19

## Approval
- Architecture Team: Ada Park, 2026-11-20 (approve, revision 3)
- Security Team: [signature/date] (if applicable)
"""


def lines_of(section: str, d: Justification) -> list[str]:
    return render(d).split(f"## {section}\n")[1].split("\n\n## ")[0].rstrip("\n").split("\n")


# --- writing


def test_an_empty_value_is_the_template() -> None:
    assert render(Justification()) == TEMPLATE
    assert parse(TEMPLATE) == Justification()


def test_a_complete_value_is_written_along_the_template() -> None:
    assert render(COMPLETE) == WRITTEN
    assert parse(WRITTEN) == COMPLETE


@pytest.mark.parametrize(
    ("d", "line"),
    [
        (Justification(title="T", reference="RFC-0001, draft"), "**RFC-0001, draft**: T"),
        (Justification(title="T"), "**T**"),
        (Justification(reference="RFC-0001, draft"), "**RFC-0001, draft**:"),
        (Justification(title="*T*"), r"**\*T\***"),
        (Justification(), "## Change Summary"),
    ],
)
def test_reference_and_title_stand_below_the_heading(d: Justification, line: str) -> None:
    assert render(d).split("\n")[2] == line


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (PackageChange("a/b/", "c"), "- a/b/ - c"),
        (PackageChange("a/b", ""), "- a/b/ - Description of changes"),
        (PackageChange("", "c"), "- [path] - c"),
        (PackageChange("src/packages/package1", ""), "- src/packages/package1/"),
        (PackageChange("a - b", "c - d"), r"- a \- b/ - c - d"),
        (PackageChange("-a", "c"), r"- \-a/ - c"),
        (PackageChange("`a`", "c"), r"- \`a`/ - c"),
        (PackageChange("a", "Description of changes"), r"- a/ - \Description of changes"),
    ],
)
def test_a_package_is_one_bullet(change: PackageChange, line: str) -> None:
    d = Justification(affected_packages=(change,))
    assert lines_of("Affected Packages", d) == [line]
    assert parse(render(d)) == d


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a", ["- **API Changes**: a"]),
        ("a\nb", ["- **API Changes**: a", "  b"]),
        ("a\n\nb", ["- **API Changes**:", "", "  a", "", "  b"]),
        ("- a\n- b", ["- **API Changes**:", "", "  - a", "  - b"]),
        ("a:\n1. b", ["- **API Changes**:", "", "  a:", "  1. b"]),
        ("```\n# a\n```", ["- **API Changes**:", "", "  ```", "  # a", "  ```"]),
        ("    a", ["- **API Changes**:", "", "      a"]),
        ("`a` and *b*", ["- **API Changes**: `a` and *b*"]),
        ("- **Data Changes**: a", ["- **API Changes**:", "", "  - **Data Changes**: a"]),
        ("# a", ["- **API Changes**: \\# a"]),
        ("List of modified interfaces", ["- **API Changes**: \\List of modified interfaces"]),
    ],
)
def test_a_paragraph_stands_beside_its_label_and_all_else_below(text: str, lines: list[str]) -> None:
    d = Justification(api_changes=text)
    assert lines_of("Impact Assessment", d)[: len(lines)] == lines
    assert parse(render(d)) == d


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Period(), "[dates]"),
        (Period(date(2026, 11, 2), date(2026, 11, 13)), "2026-11-02 to 2026-11-13"),
        (Period(start=date(2026, 11, 2)), "2026-11-02 to [date]"),
        (Period(end=date(2026, 11, 13)), "[date] to 2026-11-13"),
    ],
)
def test_a_period_keeps_the_templates_mark_for_what_is_open(period: Period, text: str) -> None:
    assert lines_of("Timeline", Justification(timeline=Timeline(testing=period)))[1] == f"- Testing: {text}"


def test_signatures_stand_as_given_and_open_teams_stay_open() -> None:
    mine = Signature("Data Team", "Bo", None)
    security = Signature("Security Team", "Cy, Jr.", date(2026, 1, 2), "concern")
    assert lines_of("Approval", Justification(approvals=(security, mine))) == [
        "- Architecture Team: [signature/date]",
        "- Security Team: Cy, Jr., 2026-01-02 (concern)",
        "- Data Team: Bo, [date]",
    ]


# --- values


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\nb\nc\nd\ne\nf"),
        ("a\x00\x1b[31mb\x7f", "a[31mb"),
        ("\n \t\n  a  \n\t\nb\t\n\n", "  a\n\nb"),
        ("a\tb\u00a0", "a\tb\u00a0"),
        ("\ud800", "\ufffd"),
        (" \n", ""),
    ],
)
def test_a_text_keeps_what_markdown_can_carry(typed: str, kept: str) -> None:
    assert Justification(rollback_plan=typed).rollback_plan == kept
    assert PackageChange("a", typed).description == kept


def test_one_line_fields_are_folded() -> None:
    d = Justification(title=" a\r\n b\u00a0c ", reference="\tx\n")
    assert (d.title, d.reference) == ("a b c", "x")
    assert PackageChange(" a/ b//\n/ ").path == "a/ b"
    assert Signature("a\nb", "c\td", None, "e\n\nf") == Signature("a b", "c d", None, "e f")


def test_a_moment_counts_as_its_day() -> None:
    moment = datetime(2026, 11, 20, 13, 14, tzinfo=UTC)
    assert Period(moment, moment) == Period(date(2026, 11, 20), date(2026, 11, 20))
    assert Signature("a", "b", moment).on == date(2026, 11, 20)


def test_lists_become_tuples() -> None:
    assert Justification(affected_packages=[PackageChange("a")]).affected_packages == (PackageChange("a"),)  # type: ignore[arg-type]


# --- reading what hands wrote


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN.replace("\n", "\r\n"),
        WRITTEN.replace("\n", "\r"),
        "\ufeff" + WRITTEN,
        re.sub(r"^- ", "* ", WRITTEN, flags=re.MULTILINE),
        re.sub(r"^- ", "+   ", WRITTEN, flags=re.MULTILINE),
        re.sub(r"^## (.*)$", r"## \1 ##", WRITTEN, flags=re.MULTILINE),
        re.sub(r"^(#.*)$", r"\n\n\1\n\n", WRITTEN, flags=re.MULTILINE),
        re.sub(r"^## (.*)$", lambda found: found[0].upper(), WRITTEN, flags=re.MULTILINE),
        re.sub(r"^- \*\*(.*)\*\*:", r"- **\1:**", WRITTEN, flags=re.MULTILINE),
        re.sub(r"^- \*\*(.*)\*\*:", r"- \1:", WRITTEN, flags=re.MULTILINE),
        WRITTEN.replace("- Architecture Team:", "- **Architecture Team**:").replace("- Testing:", "- **Testing:**"),
        WRITTEN.replace("Behavioral", "Behavioural").replace(" for each affected package", ""),
        WRITTEN.replace("  their source", "their source"),
        WRITTEN.replace("core/ -\n", "core\n").replace("detection/ -", "detection —"),
        WRITTEN.replace("core/ -\n", "core:\n").replace("detection/ -", "detection/:"),
        WRITTEN.replace("src/packages/software/core/", "`src/packages/software/core/`"),
        WRITTEN.replace("2026-11-19 to 2026-11-19", "2026-11-19").replace(" to ", " – "),
        WRITTEN.removesuffix("\n"),
    ],
)
def test_variants_by_hand_mean_the_same(text: str) -> None:
    assert parse(text) == COMPLETE


@pytest.mark.parametrize(
    "text", ["", "\n \n", "# Breaking Change Justification", "## Timeline\n- Testing:\n## Approval"]
)
def test_what_is_missing_is_empty(text: str) -> None:
    assert parse(text) == Justification()


def test_the_reference_line_may_be_missing() -> None:
    assert parse(WRITTEN.replace("**RFC-0042, revision 3**: One result format for all detectors\n", "")) == replace(
        COMPLETE, title="", reference=""
    )


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("a/b", PackageChange("a/b")),
        ("a/b -- c", PackageChange("a/b", "c")),
        ("a/b – c: d - e", PackageChange("a/b", "c: d - e")),
        ("`a b/`: c", PackageChange("a b", "c")),
        (r"a\b - c", PackageChange(r"a\b", "c")),
        ("package1/ - Description of changes", PackageChange("package1")),
    ],
)
def test_packages_by_hand(line: str, change: PackageChange) -> None:
    assert parse(f"## Affected Packages\n- {line}\n").affected_packages == (change,)


def test_an_example_left_beside_real_packages_is_kept_for_the_check() -> None:
    d = parse("## Affected Packages\n- a/ - b\n- src/packages/package2/ - Description of changes\n")
    assert d.affected_packages == (PackageChange("a", "b"), PackageChange("src/packages/package2"))


@pytest.mark.parametrize(
    ("line", "signature"),
    [
        ("A Team: Bo Li, 2026-11-20", Signature("A Team", "Bo Li", date(2026, 11, 20))),
        ("A Team: Bo Li / 2026-11-20", Signature("A Team", "Bo Li", date(2026, 11, 20))),
        ("A Team: Bo Li (2026-11-20)", Signature("A Team", "Bo Li", date(2026, 11, 20))),
        ("A Team: Bo Li - 2026-11-20", Signature("A Team", "Bo Li", date(2026, 11, 20))),
        ("A Team: Bo Li", Signature("A Team", "Bo Li")),
        ("A Team: not applicable", Signature("A Team", "not applicable")),
        ("A Team: Bo\n  Li, 2026-11-20", Signature("A Team", "Bo Li", date(2026, 11, 20))),
    ],
)
def test_signatures_by_hand(line: str, signature: Signature) -> None:
    assert parse(f"## Approval\n- {line}\n").approvals == (signature,)


def test_code_and_comments_hold_no_headings() -> None:
    text = "a\n```\n## Timeline\n```\n<!--\n## Approval\n-->\n<!-- b -->"
    assert parse(f"## Justification\n{text}\n## Timeline").justification == text


def test_indented_text_of_a_bullet_holds_no_headings() -> None:
    assert (
        parse("## Impact Assessment\n- API Changes: a\n\n  ## Timeline\n\n\tb").api_changes == "a\n\n## Timeline\n\n  b"
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("# Else\n", 1, "“# Else” is no heading of the template"),
        ("a\n", 1, "above the first section"),
        ("# Breaking Change Justification\n\n**a**: b\n\n**c**: d", 5, "only the reference and the title"),
        ("## Timeline\n\n## Else ##\n", 3, "“## Else” is no heading"),
        ("## Timeline\r\n\r\n## timeline\r\n", 3, "“Timeline” is already a heading above"),
        ("# Breaking Change Justification\n# Breaking Change Justification", 2, "already a heading above"),
        ("# Timeline\n", 1, "no heading of the template"),
        ("## Approval\nyes\n", 2, "belongs to no bullet of “Approval”"),
        ("## Impact Assessment\n- API Changes: a\n\nb\n", 4, "belongs to no bullet of “Impact Assessment”"),
        ("## Impact Assessment\n- API Changes: a\n```\nb\n```", 3, "belongs to no bullet"),
        ("## Impact Assessment\n- Else: a", 2, "no bullet of “Impact Assessment”"),
        ("## Testing Strategy\n- Data Changes: a", 2, "no bullet of “Testing Strategy”"),
        ("## Impact Assessment\n- Data Changes: a\n- **Data Changes**: b", 3, "“Data Changes” stands twice"),
        ("## Justification\na\n```\nb\n\n## Timeline", 3, "fence that opens here never closes"),
        ("## Justification\na\n<!-- b\n\n## Timeline", 3, "comment that opens here never closes"),
        ("## Timeline\n- Else: 2026-01-01", 2, "no phase"),
        ("## Timeline\n- Testing", 2, "no phase"),
        ("## Timeline\n- Testing: [dates]\n- Testing: [dates]", 3, "“Testing” stands twice"),
        ("## Timeline\n- Testing: next week", 2, "“next week” is no period"),
        ("## Timeline\n- Testing: 2026-02-30", 2, "“2026-02-30” is no day"),
        ("## Approval\n- Ada Park", 2, "names no team"),
        ("## Approval\n- A Team: Ada, 2026-02-30", 2, "no day of the calendar"),
        ("## Approval\n- A Team: 2026-02-03 by Ada", 2, "is unclear"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ParseError, match=re.escape(says)) as refused:
        parse(text)
    assert refused.value.line == line
    assert str(refused.value).startswith(f"Line {line}: ")


# --- problems


def found(d: Justification, *, with_approval: bool = False) -> list[tuple[str, str]]:
    return [(problem.rule, problem.field) for problem in problems(d, with_approval=with_approval)]


def test_a_complete_document_has_no_problem() -> None:
    assert problems(COMPLETE, with_approval=True) == ()


def test_the_template_lacks_everything() -> None:
    assert found(parse(TEMPLATE), with_approval=True) == [
        ("JD002", "change_summary"),
        ("JD003", "affected_packages"),
        ("JD002", "api_changes"),
        ("JD002", "data_changes"),
        ("JD002", "behavioral_changes"),
        ("JD002", "justification"),
        ("JD002", "rollback_plan"),
        ("JD006", "testing_unit"),
        ("JD006", "testing_integration"),
        ("JD006", "testing_performance"),
        ("JD007", "timeline"),
        ("JD008", "approvals"),
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"change_summary": ""}, ("JD002", "change_summary")),
        ({"change_summary": "<!-- later -->"}, ("JD002", "change_summary")),
        (
            {"justification": "a\n\nDetailed explanation of why this coordinated  update is necessary."},
            ("JD002", "justification"),
        ),
        ({"data_changes": "Database or schema modifications"}, ("JD002", "data_changes")),
        ({"affected_packages": ()}, ("JD003", "affected_packages")),
        ({"affected_packages": (PackageChange("", "a"),)}, ("JD003", "affected_packages")),
        ({"affected_packages": (PackageChange("a", ""),)}, ("JD003", "affected_packages")),
        ({"affected_packages": (PackageChange("a", "description of changes"),)}, ("JD003", "affected_packages")),
        ({"rollback_plan": "Revert the commit and deploy."}, ("JD005", "rollback_plan")),
        ({"rollback_plan": "Revert:\n```\n- a\n```"}, ("JD005", "rollback_plan")),
        ({"rollback_plan": "-\n1.\n2.a"}, ("JD005", "rollback_plan")),
        ({"testing_unit": ""}, ("JD006", "testing_unit")),
        ({"testing_performance": "Performance impact assessment"}, ("JD002", "testing_performance")),
        ({"timeline": Timeline()}, ("JD007", "timeline")),
    ],
)
def test_each_fault_is_one_problem(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert found(replace(COMPLETE, **changes)) == [problem]


@pytest.mark.parametrize("plan", ["1. a", "2) a", "- a", "* a", "+ a", "First:\n\n  10. a"])
def test_a_plan_in_steps_is_a_list_of_any_kind(plan: str) -> None:
    assert found(replace(COMPLETE, rollback_plan=plan)) == []


def period(start: int, end: int) -> Period:
    return Period(date(2026, 11, start), date(2026, 11, end))


@pytest.mark.parametrize(
    ("periods", "message"),
    [
        ((period(2, 2), period(2, 2), period(2, 2)), None),
        ((period(2, 9), period(3, 9), period(3, 10)), None),
        ((Period(), period(3, 9), period(3, 10)), "Development has no dates."),
        ((period(2, 9), Period(date(2026, 11, 3)), period(3, 10)), "Testing has no end date."),
        ((period(2, 9), period(3, 9), Period(None, date(2026, 11, 10))), "Deployment has no start date."),
        ((period(2, 9), period(9, 3), period(9, 10)), "Testing starts on 2026-11-09 but ends earlier, on 2026-11-03"),
        (
            (period(2, 9), period(1, 9), period(3, 9)),
            "Testing starts on 2026-11-01, before development starts on 2026-11-02.",
        ),
        (
            (period(2, 9), period(2, 9), period(2, 8)),
            "Deployment ends on 2026-11-08, before testing ends on 2026-11-09.",
        ),
    ],
)
def test_phases_have_dates_and_stand_in_order(periods: tuple[Period, Period, Period], message: str | None) -> None:
    said = problems(replace(COMPLETE, timeline=Timeline(*periods)))
    assert [p.message.startswith(message or "") for p in said] == [True] * (message is not None)


@pytest.mark.parametrize(
    ("approvals", "rules"),
    [
        ((), ["JD008"]),
        ((Signature("Architecture Team", "Ada", None),), ["JD008"]),
        ((Signature("Architecture Team", "", date(2026, 11, 20)),), ["JD008"]),
        ((Signature("Security Team", "Ada", date(2026, 11, 20)),), ["JD008"]),
        ((Signature("architecture", "Ada", date(2026, 11, 20)),), []),
    ],
)
def test_approval_needs_the_architecture_team(approvals: tuple[Signature, ...], rules: list[str]) -> None:
    d = replace(COMPLETE, approvals=approvals)
    assert [rule for rule, _ in found(d, with_approval=True)] == rules
    assert found(d) == []


def test_many_packages_make_one_sentence() -> None:
    d = replace(COMPLETE, affected_packages=(PackageChange("", "a"), *(PackageChange(f"p{n}") for n in range(4))))
    assert [p.message for p in problems(d)] == [
        "Package 1 has no path, p0 has no description, p1 has no description and 2 more; "
        "give each its path and what changes."
    ]


def test_every_message_is_a_sentence() -> None:
    messages = [p.message for p in problems(Justification(), with_approval=True)]
    assert all(message[0].isupper() and message.endswith(".") for message in messages)


def test_importing_it_loads_no_django() -> None:
    code = "import sys, breakwater.justification; print([m for m in sys.modules if m.startswith('django')])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
