"""Reading real repositories: odd paths, odd shapes, and nothing left behind."""

import os
import subprocess
from pathlib import Path

import pytest

from breakwater.findings import CannotCheck, Usage
from breakwater.git import SUBMODULE, SYMLINK, Change, Repository


def short(change: Change) -> tuple[str, str | None, str | None]:
    return change.status, change.old_path, change.new_path


def test_staged_changes_are_compared_with_head(scratch) -> None:
    scratch.commit(files={"kept": "1\n", "gone": "2\n", "old name": "one\ntwo\nthree\n"})
    scratch.write({"kept": "3\n", "gone": None, "old name": None, "new name": "one\ntwo\nthree\n", "fresh": "4\n"})

    with Repository(scratch.folder) as repository:
        found = [short(change) for change in repository.staged()]

    assert found == [
        ("A", None, "fresh"),
        ("D", "gone", None),
        ("M", "kept", "kept"),
        ("R", "old name", "new name"),
    ]


def test_on_an_unborn_branch_everything_is_added(scratch) -> None:
    scratch.write({"a": "1\n"})

    with Repository(scratch.folder) as repository:
        assert [short(change) for change in repository.staged()] == [("A", None, "a")]


def test_paths_of_every_kind_are_read(scratch) -> None:
    names = ["a b", "line\nbreak", "emoji 🌊", 'quote"', os.fsdecode(b"bytes \xff\xfe"), "-dash", "tab\tx", ":colon"]
    base = scratch.commit()
    head = scratch.commit(files={name: f"text of {name!r}".encode() for name in names})

    with Repository(scratch.folder) as repository:
        changes = repository.diff(base, head)
        texts = {change.new_path: repository.blob(change.new_blob) for change in changes}
        tree = repository.tree(head)

    assert texts == {name: f"text of {name!r}".encode() for name in names}
    assert {name: tree[name].blob for name in names} == {change.new_path: change.new_blob for change in changes}


def test_symbolic_links_and_submodules_are_told_by_their_mode(scratch) -> None:
    base = scratch.commit(files={"a": "1\n"})
    (scratch.folder / "link").symlink_to("a")
    (scratch.folder / "module").mkdir()
    scratch.git("add", "--all")
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{base},module")
    head = scratch.commit()

    with Repository(scratch.folder) as repository:
        modes = {change.path: change.new_mode for change in repository.diff(base, head)}

    assert modes == {"link": SYMLINK, "module": SUBMODULE}


def test_contents_are_read_by_id_and_by_path(scratch) -> None:
    commit = scratch.commit(files={"folder/a": "one\n"})
    scratch.write({"folder/a": "two\n"})

    with Repository(scratch.folder) as repository:
        assert repository.blob(f"{commit}:folder/a") == b"one\n"
        assert repository.blob(":folder/a") == b"two\n"
        assert repository.blob(":folder/none") is None
        assert repository.blob(":folder/none\nmore") is None
        assert repository.blob(f"{commit}:folder") is None


def test_a_file_over_the_limit_is_not_read_and_the_next_one_is(scratch) -> None:
    scratch.write({"large": b"x" * 2000, "small": b"y"})

    with Repository(scratch.folder) as repository:
        with pytest.raises(CannotCheck, match=":large has 2000 bytes, more than the 1000"):
            repository.blob(":large", limit=1000)
        assert repository.blob(":small") == b"y"


def test_an_object_that_the_clone_lacks_is_no_empty_file(scratch) -> None:
    scratch.write({"a": "1\n"})
    with Repository(scratch.folder) as repository, pytest.raises(CannotCheck, match="is not in this clone"):
        repository.blob("1" * 40)


def test_a_folder_outside_any_repository_is_a_wrong_call(tmp_path: Path) -> None:
    with Repository(tmp_path) as repository, pytest.raises(Usage, match="is not in a git repository"):
        repository.staged()
    with Repository(tmp_path / "none") as repository, pytest.raises(Usage, match="is not in a git repository"):
        repository.staged()


def test_a_commit_that_does_not_exist_is_a_wrong_call(scratch) -> None:
    scratch.commit()
    with Repository(scratch.folder) as repository:
        for name in ("none", "--output=x", "", "a\0b"):
            with pytest.raises(Usage, match="does not exist"):
                repository.commit(name)


def test_a_shallow_clone_says_that_it_is_one(scratch, tmp_path: Path) -> None:
    first = scratch.commit()
    scratch.commit()
    clone = tmp_path / "clone"
    scratch.git("clone", "--quiet", "--bare", "--depth=1", f"file://{scratch.folder}", str(clone))

    with Repository(clone) as repository, pytest.raises(CannotCheck, match="fetch more of the history"):
        repository.commit(first)


def test_a_partial_clone_compares_without_contents_and_never_fetches(scratch, tmp_path: Path) -> None:
    scratch.git("config", "uploadpack.allowFilter", "true")
    base = scratch.commit(files={"old": "one\ntwo\nthree\nfour\n"})
    head = scratch.commit(files={"old": None, "new": "one\ntwo\nthree\nfive\n"})
    clone = tmp_path / "clone"
    scratch.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{scratch.folder}", str(clone))

    with Repository(clone) as repository:
        changes = repository.diff(base, head)
        with pytest.raises(CannotCheck, match=r"git could not read|not in this clone"):
            repository.blob(f"{head}:new")

    assert sorted(short(change) for change in changes) == [("A", None, "new"), ("D", "old", None)]


def test_unrelated_histories_have_nothing_to_compare(scratch) -> None:
    one = scratch.commit()
    scratch.git("checkout", "--quiet", "--orphan", "other")
    other = scratch.commit("chore: another beginning")
    with Repository(scratch.folder) as repository, pytest.raises(CannotCheck, match="no commit in common"):
        repository.merge_base(one, other)


def test_the_index_of_a_hook_counts(scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch.commit(files={"a": "1\n"})
    index = scratch.folder / ".git" / "other-index"
    (scratch.folder / "a").write_text("2\n")
    environment = {**os.environ, "GIT_INDEX_FILE": str(index)}
    subprocess.run(["git", "-C", scratch.folder, "add", "a"], env=environment, check=True)
    monkeypatch.chdir(scratch.folder)

    with Repository() as repository:
        assert repository.staged() == []
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    with Repository() as repository:
        assert [change.path for change in repository.staged()] == ["a"]


def test_nothing_is_left_behind(scratch) -> None:
    commit = scratch.commit(files={"a": "1\n"})
    scratch.write({"a": "2\n"})
    before = {path: path.stat().st_mtime_ns for path in scratch.folder.rglob("*")}

    with Repository(scratch.folder) as repository:
        repository.staged()
        repository.blob(":a")
        repository.diff(repository.empty_tree, commit)
        repository.index()

    assert {path: path.stat().st_mtime_ns for path in scratch.folder.rglob("*")} == before
