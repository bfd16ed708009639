"""Documents that lay in the tree before: what a message names counts, and somebody asks whether it does."""

from dataclasses import replace
from pathlib import Path

import pytest

from breakwater.commands import commit_message, justification, single_package
from breakwater.git import Repository
from breakwater.justification import PackageChange, render
from tests.breakwater.documents import COMPLETE, CROSSING, DOCUMENT, NAME, ONE, THREE, TWO
from tests.breakwater.test_documents import MORE

PLACE = f"docs/rfcs/42/{NAME}"
ANOTHER = DOCUMENT.replace("RFC-0042", "RFC-0007").replace("A tuple cannot", "A list cannot")
API = f"{ONE}/one/api.py"
OLD, NEW = "def total(items, vat):\n    return 1\n", "def total(items):\n    return 1\n"


@pytest.fixture
def hooked(scratch):
    """A repository with a justified RFC in its tree, and a hook that sees messages."""
    hook = scratch.folder / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)
    scratch.commit(files={PLACE: DOCUMENT, API: OLD, f"{ONE}/one/__init__.py": ""})
    return scratch


def staged(scratch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = single_package.main(["-C", str(scratch.folder), "--staged"])
    return code, capsys.readouterr().out


def message(scratch, capsys: pytest.CaptureFixture[str], text: str) -> tuple[int, str]:
    file = scratch.folder / ".git" / "COMMIT_EDITMSG"
    file.write_text(text)
    code = commit_message.main(["-C", str(scratch.folder), str(file)])
    return code, capsys.readouterr().out


def test_a_crossing_passes_if_its_message_names_the_rfc_and_not_otherwise(hooked, capsys) -> None:
    hooked.write(CROSSING)

    assert staged(hooked, capsys) == (
        0,
        f"notice: SP001 This change crosses 2 packages; it is covered by {PLACE} if the message names RFC-0042.\n",
    )
    assert message(hooked, capsys, "feat: detect\n\nImplements RFC-0042.\n") == (0, "")
    code, said = message(hooked, capsys, "feat: detect\n\nImplements RFC-00421.\n# RFC-0042\n")
    assert code == 1
    assert "error: CM009 What is staged needs a justification (SP001), and the message does not name that of" in said
    assert f"{PLACE}: add a line `Implements RFC-0042`." in said


def test_a_marked_message_is_asked_as_well(hooked, capsys) -> None:
    hooked.write(CROSSING)
    text = f"feat!: detect\n\nBREAKING CHANGE: a result\n\n- Updated {ONE}/\n- Updated {TWO}/\n\nCloses #1\n"

    assert message(hooked, capsys, text)[0] == 1
    assert message(hooked, capsys, f"{text}Refs: RFC-0042\n") == (0, "")


def test_a_break_passes_if_its_message_names_the_rfc(hooked, capsys) -> None:
    hooked.write({API: NEW})

    code, said = staged(hooked, capsys)
    assert (code, f"{PLACE} justifies it, if the message names RFC-0042." in said) == (0, True)
    assert message(hooked, capsys, "fix: less\n\nRFC-0042\n") == (0, "")
    code, said = message(hooked, capsys, "fix: less\n")
    assert (code, "needs a justification (PY003)" in said) == (1, True)


def test_a_message_of_what_needs_no_justification_is_not_asked(hooked, capsys) -> None:
    hooked.write({f"{ONE}/x.txt": "1\n"})
    assert message(hooked, capsys, "fix: a thing\n") == (0, "")

    hooked.write({f"{TWO}/y.txt": "1\n", NAME: ANOTHER})
    assert staged(hooked, capsys) == (0, f"notice: SP001 This change crosses 2 packages; it is covered by {NAME}.\n")
    assert message(hooked, capsys, "fix: a thing\n") == (0, "")


def test_where_nobody_sees_the_message_the_crossing_stays_an_error(hooked, capsys) -> None:
    (hooked.folder / ".git" / "hooks" / "commit-msg").unlink()
    hooked.write(CROSSING)

    code, said = staged(hooked, capsys)

    assert code == 1
    assert f"  {PLACE} justifies exactly these packages, for a message that names RFC-0042; no commit-msg hook" in said


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENT.replace("Ada Byron", "[signature]"),
        DOCUMENT.replace("**RFC-0042**: Detection returns a result\n", ""),
        DOCUMENT.replace(TWO, THREE),
    ],
    ids=["unsigned", "no reference", "another package"],
)
def test_a_document_that_could_not_be_named_covers_nothing(hooked, capsys, text: str) -> None:
    hooked.commit(files={PLACE: text})
    hooked.write(CROSSING)

    code, said = staged(hooked, capsys)

    assert (code, "SP002 The crossing is not justified" in said) == (1, True)
    assert message(hooked, capsys, "fix: a thing\n") == (0, "")  # the hook of what is staged said no already


# Documents that are touched


@pytest.mark.parametrize("text", [f"{DOCUMENT}\n\n", DOCUMENT.replace("- ", "-   ").replace("\n", "\r\n"), MORE])
def test_a_document_of_before_that_is_merely_touched_covers_no_new_crossing(scratch, capsys, text: str) -> None:
    scratch.commit(files={NAME: DOCUMENT})
    scratch.write({**CROSSING, NAME: text})

    assert staged(scratch, capsys)[0] == 1


def test_old_signatures_do_not_cover_a_package_more(scratch, capsys) -> None:
    listed = (*COMPLETE.affected_packages, PackageChange(THREE, "as well"))
    text = render(replace(COMPLETE, affected_packages=listed))
    scratch.commit(files={NAME: DOCUMENT})
    scratch.write({**CROSSING, f"{THREE}/z": "1\n", NAME: text})

    code, said = staged(scratch, capsys)
    assert (code, "JD008 The text differs from what Ada Byron signed on 2026-10-30" in said) == (1, True)
    scratch.write({NAME: text.replace("2026-10-30", "2026-11-01")})
    assert staged(scratch, capsys)[0] == 0


def test_a_touched_document_that_a_commit_names_counts(scratch) -> None:
    base = scratch.commit(files={NAME: DOCUMENT})
    scratch.commit("feat: go on\n\nImplements RFC-0042\n", files={**CROSSING, NAME: f"{DOCUMENT}\n"})

    assert single_package.main(["-C", str(scratch.folder), "--base", base]) == 0


def test_files_of_a_name_are_listed_from_the_top_whatever_the_name(scratch) -> None:
    names = ["a*.md", "b/c/a*.md", "b/ab.md"]
    scratch.write(dict.fromkeys(names, "1"))

    with Repository(scratch.folder / Path("b")) as repository:
        assert sorted(repository.indexed("a*.md")) == names[:2]


# Copies


WHO = "which Ada Byron signed on 2026-10-30"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DOCUMENT, f"It is a copy of {PLACE}, {WHO}"),
        (f"{DOCUMENT}\n\n".replace("- ", "-  "), f"It is a copy of {PLACE}, {WHO}"),
        (MORE, f"The text differs from {PLACE}, {WHO}"),
        (DOCUMENT.replace("RFC-0042", "RFC-0050"), f"The text differs from {PLACE}, {WHO}"),
    ],
    ids=["same", "white space", "same RFC", "another RFC"],
)
def test_a_copy_of_an_old_document_at_a_new_path_is_no_new_one(scratch, capsys, text: str, said: str) -> None:
    scratch.commit(files={PLACE: DOCUMENT})
    scratch.write({**CROSSING, NAME: text})

    code, shown = staged(scratch, capsys)
    assert (code, f"SP002 The justification is not valid yet: JD008 {said}" in shown) == (1, True)
    assert justification.main(["-C", str(scratch.folder), "--staged"]) == 1
    assert f"{NAME}:" in capsys.readouterr().out
    scratch.write({NAME: text.replace("2026-10-30", "2026-11-01")})
    assert staged(scratch, capsys)[0] == 0


def test_a_copy_is_known_though_its_original_goes_or_is_altered_with_the_change(scratch, capsys) -> None:
    """Git takes it for a rename only while enough of it is the same."""
    scratch.commit(files={PLACE: f"{DOCUMENT}\n", f"docs/other/{NAME}": ANOTHER})
    scratch.write({**CROSSING, PLACE: ANOTHER.replace("RFC-0007", "RFC-0008"), f"docs/new/{NAME}": DOCUMENT})

    assert "JD008 It is a copy of" in staged(scratch, capsys)[1]


def test_a_copy_that_moves_with_its_name_in_the_message_covers_by_its_original(scratch) -> None:
    base = scratch.commit(files={PLACE: DOCUMENT})
    scratch.commit("feat: go on\n\nImplements RFC-0042\n", files={**CROSSING, NAME: DOCUMENT})

    for command in (single_package, justification):
        assert command.main(["-C", str(scratch.folder), "--base", base]) == 0


def test_a_copy_where_nothing_is_covered_and_a_document_of_its_own_are_no_fault(scratch, capsys) -> None:
    scratch.commit(files={PLACE: DOCUMENT, **CROSSING})
    scratch.write({NAME: DOCUMENT})
    assert justification.main(["-C", str(scratch.folder), "--staged"]) == 0

    scratch.write({f"{ONE}/x.txt": "2\n", f"{TWO}/y.txt": "2\n", NAME: ANOTHER})
    assert staged(scratch, capsys)[0] == 0
