"""What an earlier run kept: it changes the time a run takes, never a number, and nothing is left in the repository."""

import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breakwater.commands import history
from breakwater.git import Repository
from breakwater.history import layout, reading, report, writing
from breakwater.history.counting import Chosen
from breakwater.history.reading import Read
from breakwater.history.store import Store, usual_place
from tests.breakwater.conftest import Scratch
from tests.breakwater.documents import CROSSING, ONE, TWO


def measured(folder: Path, cache: Path | None = None) -> tuple[Read, str]:
    """What had to be read, and the whole report."""
    with Repository(folder) as repository, Store(cache) as store:
        head = repository.commit("HEAD")
        found = layout.of(repository, head)
        read = reading.update(repository, store, head, found)
        made = report.of(repository, store, found, Chosen("month"))
        return read, "".join(writing.written(made, lambda: report.rows_of(made, store), "json", with_rows=True))


# Histories made at random: commits on two lines that merge into each other, in any order, at any time


@dataclass
class Told:
    """A stream for `git fast-import`, and the marks of its commits."""

    lines: list[bytes] = field(default_factory=list)
    marks: int = 0
    heads: dict[str, int] = field(default_factory=dict)

    def commit(self, branch: str, title: str, day: int, package: int, merged: str = "") -> None:
        self.marks += 1
        when = f"{1_700_000_000 + day * 86_400} +0000"
        text = title.encode()
        self.lines += [f"commit refs/heads/{branch}".encode(), f"mark :{self.marks}".encode()]
        self.lines += [f"author A <a> {1_700_000_000 + (day * 7 % 40) * 86_400} +0000".encode()]
        self.lines += [f"committer A <a> {when}".encode(), f"data {len(text)}".encode(), text]
        if branch in self.heads:
            self.lines.append(f"from :{self.heads[branch]}".encode())
        if merged:
            self.lines.append(f"merge :{self.heads[merged]}".encode())
        else:
            for place in {0: (ONE,), 1: (TWO,), 2: (ONE, TWO), 3: ()}[package]:
                content = str(self.marks).encode()
                self.lines += [f"M 100644 inline {place}/file".encode(), b"data %d" % len(content), content]
        self.heads[branch] = self.marks


TITLES = ("fix: a", "feat!: b", 'Revert "feat!: b"', "chore: hotfix", "feat!: c", "revert: feat!: c")
STEP = st.tuples(
    st.sampled_from(("main", "main", "side", "merge", "take in", "swap", "measure")),
    st.sampled_from(TITLES),
    st.integers(0, 60),
    st.integers(0, 3),
)


def walk(steps, scratch: Scratch, measure) -> None:
    """Tell the steps; `measure` is called at those that ask for it, and at the end."""
    told = Told()
    told.commit("main", "chore: begin", 0, 2)
    told.commit("side", "chore: begin aside", 0, 0)
    for kind, title, day, package in steps:
        if kind in ("main", "side"):
            told.commit(kind, title, day, package)
        elif kind == "merge":
            told.commit("main", "merge side", day, 0, merged="side")
        elif kind == "take in":
            told.commit("side", "merge main", day, 0, merged="main")
        elif kind == "swap":  # the old main line becomes the second parent of the new one
            told.commit("side", "merge main the other way round", day, 0, merged="main")
            told.lines += [b"reset refs/heads/main", f"from :{told.heads['side']}".encode(), b""]
            told.heads["main"] = told.heads["side"]
        else:
            _tell(told, scratch)
            measure()
    _tell(told, scratch)
    measure()


def _tell(told: Told, scratch: Scratch) -> None:
    """All of the stream, from its beginning: the same commits get the same ids."""
    scratch.git("fast-import", "--quiet", "--force", "--date-format=raw", text=b"\n".join(told.lines) + b"\n")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=25))
def test_a_run_from_the_cache_says_what_a_whole_one_says(steps) -> None:
    with tempfile.TemporaryDirectory() as name:
        scratch = Scratch(Path(name) / "scratch")
        scratch.folder.mkdir()
        scratch.git("init", "--quiet", "--bare", "--initial-branch=main")
        cache = Path(name) / "cache.sqlite"

        def measure() -> None:
            assert measured(scratch.folder, cache)[1] == measured(scratch.folder)[1]

        walk(steps, scratch, measure)


# What is read


def test_only_what_is_new_is_read(scratch, tmp_path: Path) -> None:
    cache = tmp_path / "cache.sqlite"
    scratch.commit(files=CROSSING)
    assert measured(scratch.folder, cache)[0] is Read.ALL
    assert measured(scratch.folder, cache)[0] is Read.NOTHING

    scratch.commit("feat!: more", {f"{ONE}/x.txt": "2"})
    assert measured(scratch.folder, cache) == (Read.NEW, measured(scratch.folder)[1])


def test_a_rewritten_history_is_read_again(scratch, tmp_path: Path) -> None:
    cache = tmp_path / "cache.sqlite"
    first = scratch.commit(files=CROSSING)
    scratch.commit("feat!: gone", {f"{ONE}/x.txt": "2"})
    measured(scratch.folder, cache)

    scratch.git("reset", "--quiet", "--hard", first)
    assert measured(scratch.folder, cache) == (Read.AGAIN, measured(scratch.folder)[1])

    measured(scratch.folder, cache)
    scratch.git("commit", "--quiet", "--amend", "-m", "feat!: other")
    assert measured(scratch.folder, cache) == (Read.AGAIN, measured(scratch.folder)[1])


def test_other_packages_are_read_anew(scratch, tmp_path: Path) -> None:
    cache = tmp_path / "cache.sqlite"
    scratch.commit(files={"a/package.json": "{}", "b/x": "1"})
    scratch.commit(files={"a/x": "1", "b/x": "2"})
    measured(scratch.folder, cache)

    scratch.commit(files={"b/package.json": "{}"})

    read, said = measured(scratch.folder, cache)
    assert (read, said) == (Read.ALL, measured(scratch.folder)[1])
    assert '"crossing": 2,' in said


def test_a_clone_that_was_deepened_is_read_anew(scratch, tmp_path: Path) -> None:
    for number in range(4):
        scratch.commit(files={f"{ONE}/a": f"{number}", f"{TWO}/a": f"{number}"})
    clone, cache = tmp_path / "clone", tmp_path / "cache.sqlite"
    scratch.git("clone", "--quiet", "--depth=2", f"file://{scratch.folder}", str(clone))
    measured(clone, cache)

    scratch.git("-C", str(clone), "fetch", "--quiet", "--unshallow")

    assert measured(clone, cache) == (Read.ALL, measured(scratch.folder)[1])


# The file


def test_the_cache_lies_in_the_users_folder_and_nothing_in_the_repository(
    scratch, tmp_path, monkeypatch, capfd
) -> None:
    scratch.commit(files=CROSSING)
    scratch.git("status")
    before = {path: path.stat().st_mtime_ns for path in scratch.folder.rglob("*")}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    assert history.main(["-C", str(scratch.folder)]) == 0

    assert {path: path.stat().st_mtime_ns for path in scratch.folder.rglob("*")} == before
    (kept,) = (tmp_path / "cache").rglob("*.sqlite")
    assert kept == usual_place(scratch.folder / ".git", "HEAD")


def test_a_cache_folder_in_the_repository_is_not_used(scratch, monkeypatch, capfd) -> None:
    scratch.commit(files=CROSSING)
    monkeypatch.setenv("XDG_CACHE_HOME", str(scratch.folder / "cache"))

    assert history.main(["-C", str(scratch.folder)]) == 0

    assert capfd.readouterr().err.startswith("notice: nothing is kept for the next run (it would lie in the repository")
    assert not (scratch.folder / "cache").exists()


@pytest.mark.parametrize("content", [b"my notes\n", b"SQLite format 3\0" + b"\0" * 100])
def test_a_file_that_is_no_cache_is_never_written_to(scratch, tmp_path: Path, capfd, content: bytes) -> None:
    scratch.commit()
    file = tmp_path / "precious"
    file.write_bytes(content)

    assert history.main(["-C", str(scratch.folder), "--cache", str(file)]) == 2

    assert file.read_bytes() == content
    assert (
        capfd.readouterr().err == f"error: {file} is no cache of breakwater-history: name another file with --cache.\n"
    )


def test_a_damaged_cache_is_one_sentence(scratch, tmp_path: Path, capfd) -> None:
    scratch.commit(files=CROSSING)
    file = tmp_path / "cache.sqlite"
    measured(scratch.folder, file)
    content = bytearray(file.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    file.write_bytes(content)

    assert history.main(["-C", str(scratch.folder), "--cache", str(file)]) == 2

    out, err = capfd.readouterr()
    assert (out, err.startswith(f"error: The cache {file} cannot be used: "), len(err.splitlines())) == ("", True, 1)


def test_a_cache_of_another_version_is_made_anew(scratch, tmp_path: Path) -> None:
    scratch.commit(files=CROSSING)
    file = tmp_path / "cache.sqlite"
    measured(scratch.folder, file)
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
        database.execute("DROP TABLE days")
    database.close()

    assert measured(scratch.folder, file) == (Read.ALL, measured(scratch.folder)[1])


def test_a_run_that_fails_keeps_what_was_there(scratch, tmp_path: Path) -> None:
    scratch.commit(files=CROSSING)
    file = tmp_path / "cache.sqlite"
    measured(scratch.folder, file)
    before = file.read_bytes()

    def broken_off() -> None:
        with Store(file) as store:
            store.clear()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()

    assert file.read_bytes() == before
