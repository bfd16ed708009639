"""An edited document comes back: nothing is dropped unnamed, nothing else is touched."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from approvals.standing import Standing, open_round
from breakwater.justification import PackageChange, Signature, Timeline, parse, render
from governance import documents, moves
from rfcs import importing
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.importing import Dropped, decoded, propose
from tests.factories import again, board, draft, edit, package, revision, rfc_in, sign

pytestmark = pytest.mark.django_db


def file_of(rfc, **changes) -> str:
    """The exported file after somebody edited these fields of it."""
    return render(replace(parse(documents.markdown_of(rfc)), **changes))


def keys(refusal) -> list[str]:
    return [reason.field for reason in refusal.value.reasons]


def without(text: str, heading: str) -> str:
    """The text without one section, heading and all."""
    return re.sub(rf"## {heading}\n.*?(?=\n## |\Z)", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("state", ["draft", "assessment", "review"])
def test_the_exported_file_changes_nothing(state):
    rfc = rfc_in(state, api_changes="  - one  \n\n- two\t\n", packages=(package(description="Reads  it \n  too "),))

    offered = propose(rfc, documents.markdown_of(rfc))

    assert offered.changed == ()
    assert offered.after == offered.before == rfc.working_copy.content


def test_crlf_and_a_byte_order_mark_change_nothing():
    rfc = draft()
    data = b"\xef\xbb\xbf" + documents.markdown_of(rfc).replace("\n", "\r\n").encode()

    assert propose(rfc, decoded(data)).changed == ()


def test_edited_fields_are_taken_and_what_the_document_does_not_hold_is_kept():
    rfc = draft(packages=(package("src/a", severity="high", data=True), package("src/b")), touches_security=True)
    text = file_of(
        rfc,
        title="Invoices name their currency code",
        rollback_plan="1. Revert.\n2. Deploy.",
        timeline=replace(parse(documents.markdown_of(rfc)).timeline, testing=Timeline().testing),
        affected_packages=(PackageChange("src/a", "Other words"), PackageChange("src/b/", "Reads the new field")),
    )

    offered = propose(rfc, text)

    assert offered.changed == ("title", "packages", "rollback_plan", "timeline")
    assert offered.after.packages == (
        package("src/a", severity="high", data=True, description="Other words"),
        package("src/b"),
    )
    assert (offered.after.scenario, offered.after.touches_security) == ("api_contract", True)
    assert offered.lacks == ("Testing has no dates.",)


def test_answers_of_the_scenario_are_taken_and_lost_only_on_purpose():
    rfc = draft(scenario="dependency", answers={"version_from": "2.3", "version_to": "3.0", "release": "kept"})

    offered = propose(rfc, file_of(rfc, version_to="3.1", compatibility="None."))
    with pytest.raises(Dropped) as refusal:
        propose(rfc, file_of(rfc, version_from=""))

    assert offered.changed == ("answers",)
    assert offered.after.answers == {
        "version_from": "2.3",
        "version_to": "3.1",
        "compatibility": "None.",
        "release": "kept",
    }
    assert [(reason.field, reason.message.split(" has")[0]) for reason in refusal.value.reasons] == [
        ("version_from", "Version from")
    ]


def test_a_new_package_comes_without_an_assessment():
    rfc = draft()
    said = parse(documents.markdown_of(rfc)).affected_packages

    offered = propose(rfc, file_of(rfc, affected_packages=(*said, PackageChange("./src/new/", "New"))))

    assert offered.after.packages[-1] == package("src/new", description="New", api=False, severity="")


def test_signatures_in_the_file_are_never_imported():
    rfc = draft()
    forged = Signature("Architecture Team", "Mallory", None, "approve")

    assert propose(rfc, file_of(rfc, approvals=(forged,))).changed == ()


def test_a_file_without_title_keeps_it():
    rfc = draft()

    assert propose(rfc, file_of(rfc, title="", reference="")).changed == ()


@pytest.mark.parametrize("heading", [name for name in importing.SECTIONS if name != "Affected Packages"])
def test_a_dropped_section_is_refused_by_name(heading):
    rfc = draft()
    text = without(documents.markdown_of(rfc), heading)

    with pytest.raises(Dropped) as refusal:
        propose(rfc, text)

    (reason,) = refusal.value.reasons
    assert (refusal.value.status, reason.code, reason.field) == (422, "section_missing", importing.SECTIONS[heading])
    assert f"“{heading}”" in reason.message
    assert propose(rfc, text, empty=[reason.field]).emptied == (reason.field,)


def test_several_losses_are_named_at_once_and_each_must_be_ticked():
    rfc = draft(packages=(package("src/a"), package("src/b")))
    kept = (parse(documents.markdown_of(rfc)).affected_packages[0],)
    text = without(file_of(rfc, data_changes="", affected_packages=kept), "Timeline")

    with pytest.raises(Dropped) as refusal:
        propose(rfc, text)
    assert keys(refusal) == ["data_changes", "timeline", "package:src/b"]
    with pytest.raises(Dropped) as refusal:
        propose(rfc, text, empty=["timeline", "package:src/a", "everything"])
    assert keys(refusal) == ["data_changes", "package:src/b"]
    offered = propose(rfc, text, empty=["timeline", "data_changes", "package:src/b"])
    assert (offered.after.data_changes, offered.after.timeline, offered.after.paths) == ("", Timeline(), ("src/a",))


def test_the_template_in_place_of_a_text_is_a_loss():
    rfc = draft()
    text = documents.markdown_of(rfc).replace(rfc.working_copy.content.justification, "")

    with pytest.raises(Dropped) as refusal:
        propose(rfc, text)

    assert keys(refusal) == ["justification"]


def test_an_old_export_undoes_nothing_that_it_did_not_touch():
    rfc = rfc_in("assessment", packages=(package("src/a"),))
    old = file_of(rfc, rollback_plan="1. Another way back.")
    rfc = edit(rfc, api_changes="Written since in the portal.", packages=(package("src/a"), package("src/b")))

    offered = propose(rfc, old)

    assert offered.changed == ("rollback_plan",)
    assert offered.kept == ("api_changes", "packages")
    assert offered.after.api_changes == "Written since in the portal."


def test_an_old_export_with_edited_packages_keeps_those_added_since():
    rfc = rfc_in("assessment", packages=(package("src/a"), package("src/gone")))
    old = parse(documents.markdown_of(rfc))
    edited = (PackageChange("src/a", "Other words"), old.affected_packages[1])
    rfc = edit(rfc, packages=(package("src/a", severity="low"), package("src/b")))

    offered = propose(rfc, render(replace(old, affected_packages=edited)))

    assert offered.after.packages == (package("src/a", severity="low", description="Other words"), package("src/b"))


def test_the_file_of_another_rfc_is_refused():
    mine, other = draft(), draft()

    with pytest.raises(Refused) as refusal:
        propose(mine, documents.markdown_of(other))

    assert [(reason.code, reason.field) for reason in refusal.value.reasons] == [("other_rfc", "reference")]
    assert other.number in str(refusal.value)


def test_an_unreadable_line_is_shown_with_its_number():
    rfc = draft()
    text = documents.markdown_of(rfc).replace("## Timeline", "## Time line")
    number = text.split("\n").index("## Time line") + 1

    with pytest.raises(Refused) as refusal:
        propose(rfc, text)

    (reason,) = refusal.value.reasons
    assert reason.code == "unreadable"
    assert reason.message.startswith(f"Line {number}: ")
    assert reason.message.endswith(" The line reads: ## Time line")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not_text"),
        ("# Überblick".encode("utf-16"), "not_text"),
        ("# Breaking Change Justification\n\nÜ".encode("latin-1"), "not_utf8"),
        (b"x" * (importing.MOST_BYTES + 1), "too_large"),
        (b"x" * (5 * 1024 * 1024), "too_large"),
        (b"", "empty_file"),
        (b" \n\t\n", "empty_file"),
        (b"# Something else\n", "unreadable"),
        (b"Just a note.", "unreadable"),
        (b"# Breaking Change Justification\n", "no_justification"),
        (b"%PDF-1.7 text without a zero byte", "unreadable"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(data, code):
    rfc = draft()

    with pytest.raises(Refused) as refusal:
        propose(rfc, decoded(data))

    assert (refusal.value.status, [reason.code for reason in refusal.value.reasons]) == (422, [code])


def test_the_byte_that_is_not_utf8_is_named_with_its_line():
    with pytest.raises(Refused, match=r"^Line 3 holds the byte 0xFC, which is not UTF-8"):
        decoded("a\nb\nfür".encode("latin-1"))


def test_a_field_beyond_its_limit_is_refused():
    rfc = draft()

    with pytest.raises(Refused) as refusal:
        propose(rfc, file_of(rfc, justification="x" * 50_001))

    assert [reason.code for reason in refusal.value.reasons] == ["too_long"]


def test_importing_in_review_voids_the_sign_offs_that_it_touches():
    members = board(3)
    rfc = rfc_in("review")
    sign(rfc, members[0])
    text = file_of(rfc, rollback_plan="1. Another way back.")
    version = again(rfc).working_copy.version

    moves.take_in(rfc, text, by=rfc.owner, version=version)

    rfc = again(rfc)
    round_ = open_round(rfc)
    assert round_
    standing = Standing(round_, Case(rfc))
    assert [voice.counts for row in standing.rows for voice in row.voices] == [False]
    assert revision(rfc).note == moves.IMPORTED
