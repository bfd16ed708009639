"""Breaks that are meant pass once they are declared, and nothing else passes with them."""

import pytest

from tests.breakwater.documents import DOCUMENT, NAME, ONE, SHORT, THREE, TWO
from tests.breakwater.test_commands import DOCUMENTS, MESSAGE, SCOPE, called, run

ONE_API, TWO_API = f"{ONE}/one/api.py", f"{TWO}/two/api.py"
OLD, NEW = "def total(items, vat):\n    return 1\n", "def total(items):\n    return 1\n"
MARKED = f"feat!: less\n\nBREAKING CHANGE: vat is gone\n\n- Updated {ONE}/\n\nCloses #1\n"


@pytest.fixture
def shop(scratch):
    """Two packages with an API each."""
    files = {ONE_API: OLD, f"{ONE}/one/__init__.py": "", TWO_API: OLD, f"{TWO}/two/__init__.py": ""}
    scratch.commit(files=files)
    return scratch


def test_a_staged_break_is_an_error_that_says_how_it_may_pass(shop) -> None:
    shop.write({ONE_API: NEW})

    done = called(SCOPE, here=shop.folder)

    assert done.returncode == 1
    assert "error: PY003" in done.stdout
    assert "`# breaking: allow PY003 the reason`" in done.stdout


def test_a_valid_document_of_the_change_declares_what_it_names(shop) -> None:
    shop.write({ONE_API: NEW, f"{TWO}/x.txt": "1\n", NAME: DOCUMENT})

    done = called(SCOPE, here=shop.folder)

    assert done.returncode == 0
    assert f"{ONE_API}:1: notice: PY003 one.api.total: the parameter vat is gone; {NAME} justifies it.\n" in done.stdout


@pytest.mark.parametrize(
    "text",
    [DOCUMENT.replace("Ada Byron", "[signature]"), DOCUMENT.replace(ONE, THREE), "# Breaking Change Justification\n"],
    ids=["unsigned", "another package", "empty"],
)
def test_a_document_that_is_not_valid_or_names_others_declares_nothing(shop, text: str) -> None:
    shop.write({ONE_API: NEW, NAME: text})

    assert "error: PY003" in called(SCOPE, here=shop.folder).stdout


def test_a_document_that_merely_lies_there_declares_nothing(shop) -> None:
    shop.commit(files={NAME: DOCUMENT})
    shop.write({ONE_API: NEW})

    assert called(SCOPE, here=shop.folder).returncode == 1


def test_the_abbreviated_form_declares_in_an_emergency(shop) -> None:
    shop.write({ONE_API: NEW, f"{TWO}/x.txt": "1\n", NAME: SHORT})

    assert called(SCOPE, here=shop.folder).returncode == 0


def test_a_marked_commit_declares_the_breaks_of_its_own_packages(shop) -> None:
    base = shop.git("rev-parse", "HEAD")
    commit = shop.commit(MARKED, files={ONE_API: NEW})

    done = called(SCOPE, "--base", base, here=shop.folder)

    assert done.returncode == 0
    assert f"notice: PY003 one.api.total: the parameter vat is gone; commit {commit[:12]} is marked as breaking." in (
        done.stdout
    )
    shop.commit("fix: small\n", files={TWO_API: NEW})
    more = called(SCOPE, "--base", base, here=shop.folder)
    assert more.returncode == 1
    assert f"{TWO_API}:1: error: PY003" in more.stdout
    assert f"{ONE_API}:1: notice: PY003" in more.stdout


def test_an_unmarked_range_is_told_twice_to_mark_itself(shop) -> None:
    base = shop.git("rev-parse", "HEAD")
    shop.commit("fix: not a breaking change\n", files={ONE_API: NEW})

    done = called(SCOPE, "--base", base, here=shop.folder)

    assert done.returncode == 1
    assert "error: PY003" in done.stdout
    assert "error: CM008" in done.stdout
    assert "CM008" in called(MESSAGE, "--base", base, here=shop.folder).stdout


def test_dependents_are_asked_for_although_the_break_is_declared(shop) -> None:
    manifests = {f"{ONE}/pyproject.toml": '[project]\nname = "one"\n'}
    base = shop.commit(
        files={**manifests, f"{TWO}/pyproject.toml": '[project]\nname = "two"\ndependencies = ["one"]\n'}
    )
    shop.commit(MARKED, files={ONE_API: NEW})

    done = called(SCOPE, "--base", base, here=shop.folder)

    assert done.returncode == 1
    assert "notice: PY003" in done.stdout
    assert "error: SP005" in done.stdout


def test_what_a_merge_brings_is_not_judged_again(shop) -> None:
    shop.git("checkout", "--quiet", "-b", "other")
    shop.commit(MARKED, files={ONE_API: NEW, "x": "1\n"})
    shop.git("checkout", "--quiet", "main")
    shop.commit(files={"y": "1\n"})
    shop.git("merge", "--quiet", "--no-commit", "--no-ff", "other")

    done = called(SCOPE, here=shop.folder)

    assert done.returncode == 0
    assert "a merge is under way" in done.stdout


def test_the_template_is_printed_and_not_yet_valid(scratch) -> None:
    printed = called(DOCUMENTS, "--template", here=scratch.folder)
    scratch.write({NAME: printed.stdout})

    assert printed.returncode == 0
    assert printed.stdout.startswith("# Breaking Change Justification\n\n## Change Summary\nBrief description")
    assert called(DOCUMENTS, here=scratch.folder).returncode == 1


def test_a_missing_section_is_told_once(scratch) -> None:
    scratch.write({NAME: "# Breaking Change Justification\n\n## Change Summary\n\n## Impact Assessment\n"})

    told = called(DOCUMENTS, here=scratch.folder).stdout

    assert "JD002 The change summary is empty" in told
    assert told.count("Rollback Plan") == 1
    assert "rollback plan is empty" not in told


def test_a_rejected_message_is_not_lost(scratch) -> None:
    file = scratch.folder / ".git" / "COMMIT_EDITMSG"
    file.write_text("Update stuff\n")

    done = run(MESSAGE, ".git/COMMIT_EDITMSG", here=scratch.folder)

    assert done.stdout.endswith("The message is kept: git commit --edit --file=.git/COMMIT_EDITMSG\n")
