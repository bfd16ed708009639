"""JD001 to JD011: the document in full and in the abbreviated form, alone and against the change."""

import re
from datetime import timedelta

import pytest

from breakwater import changes, documents
from breakwater.config import Config
from breakwater.git import Repository
from breakwater.rules.documents import check, judge
from tests.breakwater.documents import CROSSING, DOCUMENT, NAME, ONE, SHORT, TODAY


def found(text: str) -> list[tuple[str, int]]:
    return [(finding.rule, finding.line) for finding in judge(documents.read(NAME, text), Config())]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if part in line)


def test_a_complete_document_has_no_fault() -> None:
    assert found(DOCUMENT) == []
    assert found(DOCUMENT.replace("\n", "\r\n")) == []
    assert found(SHORT) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "section"),
    [
        ("## Rollback Plan\n", "", "JD001", ""),
        ("A tuple cannot carry the confidence.", "", "JD002", "## Justification"),
        (
            "`detect()` returns a result.",
            "Brief description of the breaking change and why it's necessary.",
            "JD002",
            "## Change",
        ),
        (" - returns the result", "", "JD003", "## Affected"),
        ("1. Revert the commit.\n2. Deploy.", "We revert it.", "JD005", "## Rollback"),
        ("- Integration tests for cross-package interactions: the pipeline\n", "", "JD006", "## Testing"),
        ("2026-11-16 to 2026-11-17", "2026-11-01 to 2026-11-03", "JD007", "## Timeline"),
        ("2026-11-16 to 2026-11-17", "next week", "JD007", "- Deployment"),
        ("Ada Byron, 2026-10-30", "[signature/date]", "JD008", "## Approval"),
    ],
)
def test_a_fault_is_found_where_it_is(old: str, new: str, rule: str, section: str) -> None:
    assert old in DOCUMENT
    text = DOCUMENT.replace(old, new)

    assert (rule, line_of(text, section) if section else 1) in found(text)
    assert {finding for finding, _ in found(text)} <= {rule, "JD005", "JD002"}


def test_sections_out_of_order_are_found() -> None:
    head, summary, rest = DOCUMENT.partition("## Change Summary\n`detect()` returns a result.\n\n")
    text = head + rest.replace("## Impact", f"{summary}## Impact")

    assert found(text) == [("JD001", line_of(text, "## Change Summary"))]


def test_headings_in_code_are_none() -> None:
    text = DOCUMENT.replace("A tuple cannot", "```\n## Timeline\n```\nA tuple cannot")

    assert found(text) == []


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("Security Team: [signature/date]", "needs who authorised it"),
        ("Architecture Team: Ada, {0} (full justification due {1})", "needs who authorised it"),
        ("Security Team: Grace, {0} (authorised)", "does not say until when"),
        ("Security Team: Grace, {0} (authorised; due {2})", "within 24 hours of {0}"),
        ("Security Team: Grace, {0} (authorised; due {-1})", "before it was authorised"),
        ("Security Team: Grace, {-2} (authorised; due {-1})", "was due on {-1}: bring it in place"),
        ("Security Team: Grace, {2} (authorised; due {3})", "of {2}, a day that is yet to come"),
        ("Security Team: Grace, {-1} (authorised; due {0})", ""),
        ("Incident Commander: Joan, {0} (authorised; follow-up due {9})", ""),
        ("Incident Commander: Joan, {-9} (authorised; follow-up due {-1})", "was due on {-1}"),
    ],
)
def test_the_abbreviated_form_records_who_authorised_it_and_its_deadline(note: str, reason: str) -> None:
    text = SHORT[: SHORT.index("- Security Team")] + f"- {dated(note)}\n"
    messages = [(f.rule, dated(reason) in f.message) for f in judge(documents.read(NAME, text), Config())]

    assert messages == ([("JD010", True)] if reason else [])


def dated(text: str) -> str:
    """`{-2}` is the day before yesterday."""
    return re.sub(r"\{(-?\d+)\}", lambda days: str(TODAY + timedelta(days=int(days[1]))), text)


def against(scratch, text: str, files: dict[str, str | bytes | None], config: Config | None = None) -> list[str]:
    scratch.write({**files, NAME: text})
    with Repository(scratch.folder) as repository:
        settings = config or Config()
        return [finding.rule for finding in check(changes.staged(repository, settings), settings)]


def test_a_document_about_this_change_has_no_fault(scratch) -> None:
    assert against(scratch, DOCUMENT, CROSSING) == []


def test_a_document_alone_is_not_compared(scratch) -> None:
    scratch.commit(files=CROSSING)
    assert against(scratch, DOCUMENT, {}) == []


def test_packages_that_differ_from_the_change_are_found(scratch) -> None:
    scratch.commit(files=CROSSING)
    assert against(scratch, DOCUMENT, {f"{ONE}/x.txt": "2\n"}) == ["JD011"]


def test_a_path_that_exists_nowhere_is_found(scratch) -> None:
    assert against(scratch, DOCUMENT.replace("data/two", "data/twoo"), {}) == ["JD004", "JD004"]


def test_security_that_is_touched_is_signed(scratch) -> None:
    files = {f"{ONE}/auth/x": "1\n", **CROSSING}
    signed = DOCUMENT.replace("Team: [signature/date] (if applicable)", "Team: Grace, 2026-10-30")

    assert against(scratch, DOCUMENT, files) == ["JD009"]
    assert against(scratch, signed, files) == []
    assert against(scratch, DOCUMENT, files, Config(security=("nothing",))) == []


def test_a_signature_of_a_day_to_come_does_not_count(scratch) -> None:
    """Somewhere it may be tomorrow already."""
    late, touched = dated("{2}"), {f"{ONE}/auth/x": "1\n", **CROSSING}
    postdated = DOCUMENT.replace("Ada Byron, 2026-10-30", f"Ada Byron, {late}")
    secure = "Team: [signature/date] (if applicable)"

    assert against(scratch, postdated, CROSSING) == ["JD008"]
    assert against(scratch, postdated.replace(late, dated("{1}")), CROSSING) == []
    assert against(scratch, DOCUMENT.replace(secure, f"Team: Grace, {late}"), touched) == ["JD009"]
    assert against(scratch, dated(DOCUMENT.replace(secure, "Team: Grace, {0}")), touched) == []


MORE = DOCUMENT.replace("A tuple cannot carry the confidence.", "Another reason.")
SIGNED_ANEW = MORE.replace("Ada Byron, 2026-10-30", "Ada Byron, 2026-11-01")


@pytest.mark.parametrize(("text", "rules"), [(MORE, ["JD008"]), (SIGNED_ANEW, []), (f"\n{DOCUMENT}\n\n", [])])
def test_a_text_that_changed_after_it_was_signed_is_signed_anew(scratch, text: str, rules: list[str]) -> None:
    scratch.commit(files={NAME: DOCUMENT})

    assert against(scratch, text, CROSSING) == rules


def test_a_correction_that_touches_no_package_needs_no_signature(scratch) -> None:
    scratch.commit(files={NAME: DOCUMENT, **CROSSING})

    assert against(scratch, MORE, {}) == []
