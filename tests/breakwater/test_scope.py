"""SP001 to SP005: crossings, what covers them, and who is left behind."""

from dataclasses import replace

import pytest

from breakwater import changes
from breakwater.commands import single_package
from breakwater.config import Config
from breakwater.findings import Finding
from breakwater.git import Repository
from breakwater.justification import PackageChange, render
from breakwater.rules import scope
from tests.breakwater.documents import COMPLETE, CROSSING, DOCUMENT, NAME, ONE, SHORT, THREE, TWO


def staged(scratch, config: Config | None = None) -> list[tuple[str, str]]:
    with Repository(scratch.folder) as repository:
        settings = config or Config()
        return [(f.rule, f.level) for f in scope.check(changes.staged(repository, settings), settings)]


def test_one_package_is_no_crossing_whatever_the_root_does(scratch) -> None:
    scratch.write({f"{ONE}/x": "1", f"{ONE}/deep/y.lock": "1", "README.md": "1", "src/packages/data/loose": "1"})

    assert staged(scratch) == []


def test_two_packages_of_one_domain_cross(scratch) -> None:
    scratch.commit()
    scratch.write(CROSSING)

    assert staged(scratch) == [("SP001", "error"), ("SP002", "error")]


def test_the_finding_names_every_package_and_the_way_out(scratch) -> None:
    scratch.commit()
    scratch.write({**CROSSING, f"{TWO}/z.txt": "1\n"})

    with Repository(scratch.folder) as repository:
        crossing, unjustified = scope.check(changes.staged(repository, Config()), Config())

    assert crossing.message.split("\n") == [
        "This change crosses 2 packages.",
        "  src/packages/data/one (1 file, x.txt)",
        "  src/packages/data/two (2 files)",
    ]
    assert unjustified.message.split("\n") == [
        "The crossing is not justified: no BREAKING_CHANGE_JUSTIFICATION.md is in this change or named by its commits.",
        "  Either commit each package by itself,",
        "  or follow the exception process: fill in BREAKING_CHANGE_JUSTIFICATION.md (begin with the facts:",
        "  breakwater-impact --format markdown --whole-document > BREAKING_CHANGE_JUSTIFICATION.md),",
        "  have it signed, and bring it with the change.",
    ]


def test_in_a_range_each_package_wants_a_change_request_of_its_own(scratch) -> None:
    base = scratch.commit()
    scratch.commit(files={f"{ONE}/x.txt": "1\n"})
    head = scratch.commit(files={f"{TWO}/x.txt": "1\n"})

    with Repository(scratch.folder) as repository:
        _, unjustified = scope.check(changes.between(repository, base, head, Config()), Config())

    assert "  Either bring each package in a pull request or push of its own," in unjustified.message.split("\n")
    assert "  breakwater-impact --base BASE --head HEAD --format markdown" in unjustified.message


def test_a_range_of_commits_that_each_keep_to_a_package_is_told_another_way_out(scratch) -> None:
    base = scratch.commit(files={"README.md": "1"})
    scratch.commit(files={f"{ONE}/x": "1"})
    head = scratch.commit(files={f"{TWO}/x": "1"})

    with Repository(scratch.folder) as repository:
        _, unjustified = scope.check(changes.between(repository, base, head, Config()), Config())

    assert "  Either bring each package in a pull request or push of its own," in unjustified.message.split("\n")


@pytest.mark.parametrize("text", [DOCUMENT, SHORT], ids=["full", "abbreviated"])
@pytest.mark.parametrize("place", [NAME, f"docs/rfcs/42/{NAME}"])
def test_a_valid_document_of_exactly_these_packages_covers_the_crossing(scratch, text: str, place: str) -> None:
    scratch.commit()
    scratch.write({**CROSSING, place: text})

    assert staged(scratch) == [("SP001", "notice")]


def test_the_first_commit_has_nothing_before_it_to_cross(scratch, capsys) -> None:
    """A monorepo that begins with several packages could not be committed."""
    scratch.write(CROSSING)

    assert single_package.main(["-C", str(scratch.folder)]) == 0
    assert capsys.readouterr().out == (
        "notice: SP001 This is the first commit: its 2 packages have nothing before them to cross.\n"
    )


def test_a_document_that_was_there_before_covers_nothing(scratch) -> None:
    scratch.commit(files={NAME: DOCUMENT})
    scratch.write(CROSSING)

    assert staged(scratch) == [("SP001", "error"), ("SP002", "error")]


def test_a_document_that_a_commit_of_the_range_names_covers(scratch) -> None:
    base = scratch.commit(files={NAME: DOCUMENT})
    plain = scratch.commit("feat!: go on\n\nSee RFC-00421\n", files=CROSSING)
    named = scratch.commit("docs: more\n\nImplements RFC-0042.\n")

    def found(head: str) -> list[tuple[str, str]]:
        with Repository(scratch.folder) as repository:
            change_set = changes.between(repository, base, head, Config())
            return [(finding.rule, finding.level) for finding in scope.check(change_set, Config())]

    assert found(plain) == [("SP001", "error"), ("SP002", "error")]
    assert found(named) == [("SP001", "notice")]


@pytest.mark.parametrize(
    ("packages", "rule"),
    [((ONE,), "SP003"), ((ONE, TWO, THREE), "SP004")],
)
def test_a_document_of_other_packages_says_which(scratch, packages: tuple[str, ...], rule: str) -> None:
    scratch.commit()
    listed = tuple(PackageChange(path, "changes") for path in packages)
    scratch.write({**CROSSING, NAME: render(replace(COMPLETE, affected_packages=listed))})

    assert staged(scratch) == [("SP001", "error"), (rule, "error")]


def test_an_unsigned_document_covers_nothing(scratch) -> None:
    scratch.commit()
    scratch.write({**CROSSING, NAME: render(replace(COMPLETE, approvals=()))})

    assert staged(scratch) == [("SP001", "error"), ("SP002", "error")]


def test_the_portal_may_cover_a_crossing(scratch) -> None:
    scratch.commit()
    scratch.write(CROSSING)
    with Repository(scratch.folder) as repository:
        change_set = changes.staged(repository, Config())
        change_set.covered_by = "RFC-0042"
        (finding,) = scope.check(change_set, Config())

    assert (finding.level, finding.message) == ("notice", "This change crosses 2 packages; it is covered by RFC-0042.")


def test_the_end_of_a_merge_was_checked_on_its_branch(scratch) -> None:
    scratch.commit(files={f"{ONE}/x": "1\n"})
    scratch.git("checkout", "--quiet", "-b", "side")
    scratch.commit(files={f"{ONE}/x": "2\n"})
    scratch.commit(files={f"{TWO}/x": "2\n"})
    scratch.git("checkout", "--quiet", "main")
    scratch.commit(files={"other": "1\n"})
    scratch.git("merge", "--quiet", "--no-commit", "side")

    assert staged(scratch) == [("SP001", "notice")]


def test_an_octopus_merge_in_a_range_is_read(scratch) -> None:
    base = scratch.commit(files={"a": "1\n"})
    for name, package in (("left", ONE), ("right", TWO)):
        scratch.git("checkout", "--quiet", "-b", name, base)
        scratch.commit(files={f"{package}/x": "1\n"})
    scratch.git("checkout", "--quiet", "-b", "third", base)
    scratch.commit(files={"b": "1\n"})
    scratch.git("merge", "--quiet", "-m", "Merge branches", "left", "right")

    with Repository(scratch.folder) as repository:
        change_set = changes.between(repository, base, "HEAD", Config())
        assert change_set.touched == (ONE, TWO)
        assert len(change_set.commits) == 3


# Dependents


def two_that_depend(scratch) -> None:
    scratch.commit(
        files={
            f"{ONE}/pyproject.toml": '[project]\nname = "one"\n',
            f"{ONE}/api.py": "def detect(): ...\n",
            f"{TWO}/pyproject.toml": '[project]\nname = "two"\ndependencies = ["One>=1"]\n',
            f"{THREE}/pyproject.toml": '[project]\nname = "three"\ndependencies = ["two"]\n',
        }
    )


def left(scratch, message: str = "detect is gone") -> list[str]:
    broken = Finding("PY002", "error", f"{ONE}/api.py", 1, message)
    with Repository(scratch.folder) as repository:
        change_set = changes.staged(repository, Config())
        return [finding.message.split(" ")[0] for finding in scope.dependents_left(change_set, Config(), [broken])]


def test_a_direct_dependent_that_is_left_behind_is_named(scratch) -> None:
    two_that_depend(scratch)
    scratch.write({f"{ONE}/api.py": "\n"})

    assert left(scratch) == [TWO]


@pytest.mark.parametrize(("use", "asked"), [("from one.api import detect", [TWO]), ("import one; detection = 1", [])])
def test_a_dependent_that_never_speaks_of_what_is_gone_is_not_asked(scratch, use: str, asked: list[str]) -> None:
    two_that_depend(scratch)
    scratch.commit(
        files={f"{TWO}/two/use.py": f"{use}\n", f"{THREE}/notes.md": "detect\n", f"{TWO}/notes.md": "detect\n"}
    )
    scratch.write({f"{ONE}/api.py": "\n"})

    assert left(scratch, "The function one.api.detect is gone.") == asked


def test_examples_and_documentation_are_not_asked(scratch) -> None:
    two_that_depend(scratch)
    needs = '[project]\nname = "{}"\ndependencies = ["one"]\n'
    folders = ("examples/shop", "docs", "libs/js-examples/a")
    packages = [f"{folder}/pyproject.toml" for folder in folders]
    scratch.commit(files={path: needs.format(f"x{at}") for at, path in enumerate(packages)})
    scratch.write({f"{ONE}/api.py": "\n"})
    with Repository(scratch.folder) as repository:
        settings = Config(packages=("src/packages/*/*", "docs", "examples/*", "libs/*/*"))
        change_set = changes.staged(repository, settings)
        broken = Finding("PY002", "error", f"{ONE}/api.py", 1, "detect is gone")
        found = [f.message.split(" ")[0] for f in scope.dependents_left(change_set, settings, [broken])]

    assert found == [TWO]


def test_an_updated_dependent_is_not_left_behind(scratch) -> None:
    two_that_depend(scratch)
    scratch.write({f"{ONE}/api.py": "\n", f"{TWO}/uses.py": "\n"})

    assert left(scratch) == []


def test_an_acknowledged_dependent_is_not_left_behind(scratch) -> None:
    two_that_depend(scratch)
    said = replace(
        COMPLETE,
        affected_packages=(PackageChange(ONE, "no detect"),),
        behavioral_changes=f"{TWO} never calls `detect`, so it stays as it is.",
    )
    scratch.write({f"{ONE}/api.py": "\n", NAME: render(said)})

    assert left(scratch) == []
