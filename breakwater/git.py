"""A git repository, read and nothing else: no checkout, no worktree, no hook, no network, nothing left behind.

Works on bare, shallow and partial clones. Paths are bytes in git and `str` here, by `surrogateescape`. Inside a hook
git's own environment counts (`GIT_DIR`, and `GIT_INDEX_FILE`, which `git commit -a` points at a temporary index).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property

from breakwater.findings import CannotCheck, Usage
from breakwater.records import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import IO, Self

LIMIT = 5_000_000
"""Bytes of the largest blob that is read."""
PIECE = 1 << 18
"""Bytes that `stream` reads at once, at most."""
SYMLINK, SUBMODULE = "120000", "160000"
# Settings of a repository or a person that would start a program, or change what the commands below print.
_SETTINGS = {
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "diff.relative": "false",
    "gc.auto": "0",
    "grep.column": "false",
    "grep.lineNumber": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "log.showSignature": "false",
    "submodule.recurse": "false",
}
_QUIET = tuple(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}"))
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # an older git fetches lazily all the same, and gets nowhere
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_PLACES = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
_MISLEADING = ("GIT_TRACE", "GIT_LITERAL_", "GIT_GLOB_", "GIT_NOGLOB_", "GIT_ICASE_", "GIT_EXTERNAL_DIFF")
"""Beginnings of variables that change what git prints, or how it reads the paths that it is given."""


@record(frozen=True, slots=True)
class Change:
    """One line of `git diff --raw`: what became of one file.

    `status` is git's letter: A added, D deleted, M modified, R renamed, T another type, U unmerged. A side that does
    not exist has None as path, "" as blob and "000000" as mode.
    """

    status: str
    old_path: str | None
    new_path: str | None
    old_blob: str
    new_blob: str
    old_mode: str
    new_mode: str

    @property
    def path(self) -> str:
        """The new path; the old one of a deleted file."""
        return self.new_path if self.new_path is not None else self.old_path or ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Both paths of a rename, else the only one."""
        return tuple(dict.fromkeys(path for path in (self.old_path, self.new_path) if path is not None))


@record(frozen=True, slots=True)
class Entry:
    """One file of a tree or of the index."""

    mode: str
    blob: str


class Repository:
    """The repository at `folder`, or, without one, where the process stands. Use it in a `with`."""

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = str(folder) if folder is not None else ""
        left_out = (*_MISLEADING, *(_PLACES if folder else ()))
        here = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
        self._environment = {**here, **_ENVIRONMENT}
        self._reader: subprocess.Popen[bytes] | None = None
        self.is_unborn = False
        """Whether `staged` found that there is no commit yet."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process that reads contents."""
        reader, self._reader = self._reader, None
        if reader:
            reader.kill()
            reader.communicate()

    # Commands

    def command(self, *arguments: str) -> list[bytes]:
        place = ("-C", self.folder) if self.folder else ()
        return [os.fsencode(part) for part in ("git", *place, *_QUIET, *arguments)]

    def attempt(self, *arguments: str, standard_input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run git; only a missing git is an error."""
        try:
            return subprocess.run(
                self.command(*arguments),
                input=standard_input,
                capture_output=True,
                check=False,
                env=self._environment,
            )
        except FileNotFoundError:
            raise CannotCheck("The program git is not on PATH, so nothing could be read.") from None

    def run(self, *arguments: str, standard_input: bytes = b"") -> bytes:
        """What git says. Raises Usage where this is no repository, CannotCheck for every other failure."""
        done = self.attempt(*arguments, standard_input=standard_input)
        if done.returncode:
            raise self.failure(done.stderr)
        return done.stdout

    def failure(self, said: bytes) -> Usage | CannotCheck:
        """The sentence for what git said on standard error."""
        text = said.decode("utf-8", "replace").strip()
        if "dubious ownership" in text:
            return CannotCheck(
                "The repository belongs to somebody else, so git does not read it: trust it by "
                "`git config --global --add safe.directory FOLDER`."
            )
        if "not a git repository" in text or "cannot change to" in text:
            return Usage(f"{self.folder or 'This folder'} is not in a git repository.")
        first = next((line for line in text.splitlines() if line.startswith("fatal:")), text.partition("\n")[0])
        return CannotCheck(f"git could not read the repository: {first.removeprefix('fatal:').strip() or 'no reason'}.")

    def start(
        self, *arguments: str, answers: bool = False, errors: IO[bytes] | int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """A running git whose output the caller reads and whose end the caller awaits; `answers` opens its input."""
        try:
            return subprocess.Popen(
                self.command(*arguments),
                stdin=subprocess.PIPE if answers else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self._environment,
            )
        except FileNotFoundError:
            raise CannotCheck("The program git is not on PATH, so nothing could be read.") from None

    def stream(self, *arguments: str) -> Iterator[bytes]:
        """What git says, in pieces as they come, so that much of it takes little memory. Raises like `run`, at the end.

        A caller that stops before the end closes the generator, which ends git.
        """
        import tempfile  # noqa: PLC0415  only where there is much to read: the hook stays fast

        with tempfile.TemporaryFile() as errors:
            running = self.start(*arguments, errors=errors)
            assert running.stdout
            try:
                while piece := running.stdout.read1(PIECE):  # type: ignore[attr-defined]  # a BufferedReader
                    yield piece
                running.wait()
            finally:
                running.kill()
                running.communicate()
            if running.returncode:
                errors.seek(0)
                raise self.failure(errors.read(100_000))

    # Commits

    @cached_property
    def is_shallow(self) -> bool:
        return self.run("rev-parse", "--is-shallow-repository").strip() == b"true"

    @cached_property
    def is_bare(self) -> bool:
        return self.run("rev-parse", "--is-bare-repository").strip() == b"true"

    @cached_property
    def comment_sign(self) -> str:
        """`core.commentString` or `core.commentChar`, whichever was set last; "" where neither is."""
        done = self.attempt("config", "-z", "--get-regexp", r"^core\.comment(char|string)$")
        return done.stdout.decode("utf-8", "replace").rstrip("\0").rpartition("\n")[2]

    def resolve(self, name: str) -> str | None:
        """The commit that `name` stands for, or None."""
        if name.startswith("-") or "\0" in name or not name:
            return None
        done = self.attempt("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if done.returncode and done.stderr:
            self.run("rev-parse", "--git-dir")  # a broken repository says so here; else the name is no commit
        found = done.stdout.decode().strip()
        return found if found.isalnum() else None

    def commit(self, name: str) -> str:
        """Like `resolve`, but a missing commit is an error, with the way out where the clone is shallow."""
        found = self.resolve(name)
        if found:
            return found
        if self.is_shallow:
            raise CannotCheck(f"The commit {name!r} is not in this shallow clone: fetch more of the history.")
        if self.resolve("HEAD") is None and not self.attempt("for-each-ref", "--count=1").stdout:
            raise Usage("There is no commit yet, so there is no range: look at what is staged instead.")
        raise Usage(f"The commit {name!r} does not exist in this repository.")

    def merge_base(self, one: str, other: str) -> str:
        done = self.attempt("merge-base", one, other)
        if done.returncode == 0:
            return done.stdout.decode().split()[0]
        if done.stderr:
            raise self.failure(done.stderr)
        if self.is_shallow:
            raise CannotCheck("This shallow clone does not reach the merge base: fetch more of the history.")
        raise CannotCheck("The base and the head have no commit in common, so there is nothing to compare.")

    @cached_property
    def empty_tree(self) -> str:
        return self.run("hash-object", "-t", "tree", "--stdin").decode().strip()

    # Comparisons

    def staged(self, against: str = "HEAD") -> list[Change]:
        """What the next commit changes: the index against HEAD, or against nothing on an unborn branch."""
        command = ("diff-index", "--cached", "--raw", "-z", "--ignore-submodules=none")
        done = self.attempt(*command, "-M", against, "--")
        if done.returncode == 0:
            return list(_changes(done.stdout))
        if b"bad revision 'HEAD'" in done.stderr or b"ambiguous argument 'HEAD'" in done.stderr:
            self.is_unborn = True
            return list(_changes(self.run(*command, self.empty_tree, "--")))
        return self._without_contents(done, *command, against, "--")

    def diff(self, old: str, new: str) -> list[Change]:
        """What changed from one tree to another."""
        command = ("diff-tree", "-r", "--raw", "-z", "--ignore-submodules=none")
        done = self.attempt(*command, "-M", old, new, "--")
        if done.returncode == 0:
            return list(_changes(done.stdout))
        return self._without_contents(done, *command, old, new, "--")

    def _without_contents(self, failed: subprocess.CompletedProcess[bytes], *command: str) -> list[Change]:
        """A partial clone cannot compare contents for renames; equal contents it still recognises."""
        done = self.attempt(command[0], "-M100%", *command[1:])
        if done.returncode:
            raise self.failure(failed.stderr)
        return list(_changes(done.stdout))

    # Trees and contents

    def tree(self, commit: str) -> dict[str, Entry]:
        """Every file of a commit, in git's order."""
        records = self.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]
        return dict(_tree_entry(record) for record in records)

    def index(self) -> dict[str, Entry]:
        """Every file of the index; of an unmerged one, our side."""
        records = self.run("ls-files", "--stage", "-z", "--full-name", ":/").split(b"\0")[:-1]
        return dict(_tree_entry(record) for record in records)

    def indexed(self, name: str) -> list[str]:
        """Every file of the index with that name, in any folder."""
        literal = re.sub(r"([*?\[\\])", r"\\\1", name)
        listed = self.run("ls-files", "-z", "--full-name", "--", f":(top,glob)**/{literal}")
        return [os.fsdecode(path) for path in dict.fromkeys(listed.split(b"\0")[:-1])]

    def runs_hook(self, name: str) -> bool:
        """Whether git would start a hook of that name."""
        place = self.run("rev-parse", "--git-path", f"hooks/{name}").rstrip(b"\n")
        return os.access(os.path.join(os.fsencode(self.folder), place), os.X_OK)  # noqa: PTH118  bytes

    def is_link(self, root: str, path: str) -> bool:
        """Whether the file of that side (`commit:` or `:`) is a symbolic link."""
        if root == ":":
            listed = self.run("ls-files", "--stage", "-z", "--full-name", "--", f":/{path}")
        else:
            listed = self.run("ls-tree", "-z", "--full-tree", root.removesuffix(":"), "--", path)
        return listed.startswith(SYMLINK.encode())

    def blob(self, name: str, *, limit: int = LIMIT) -> bytes | None:
        """The contents that `name` stands for (an id, `commit:path`, `:path` for the index); None if there is none.

        Raises CannotCheck for one that the clone lacks and for one of more than `limit` bytes, which is not read.
        """
        if "\n" in name:
            return None
        reader = self._running_reader()
        header = self._ask(reader, name)
        if header.endswith((b" missing\n", b" ambiguous\n")):
            _require_path(name)
            return None
        size = int(header.rsplit(b" ", 1)[1])
        if size > limit:
            self.close()
            raise CannotCheck(f"{name} has {size} bytes, more than the {limit} that are read.")
        content = _read(reader, size + 1)[:-1]
        return content if b" blob " in header else None

    def _running_reader(self) -> subprocess.Popen[bytes]:
        if self._reader is None:
            self._reader = self.start("cat-file", "--batch", answers=True)
        return self._reader

    def _ask(self, reader: subprocess.Popen[bytes], name: str) -> bytes:
        assert reader.stdin
        assert reader.stdout
        try:
            reader.stdin.write(os.fsencode(name) + b"\n")
            reader.stdin.flush()
            header = reader.stdout.readline()
        except BrokenPipeError:
            header = b""
        if not header.endswith(b"\n"):
            self.close()
            self.run("rev-parse", "--git-dir")
            raise CannotCheck(f"git could not read {name}: the object is damaged or not in this clone.")
        return header


def _require_path(name: str) -> None:
    """A path may be missing; an id that a tree names must be there."""
    if ":" not in name:
        raise CannotCheck(f"The content {name[:12]} is not in this clone (a partial one?): fetch it first.")


def _read(reader: subprocess.Popen[bytes], size: int) -> bytes:
    assert reader.stdout
    content = reader.stdout.read(size)
    if len(content) != size:
        raise CannotCheck("git stopped in the middle of a file.")
    return content


def _tree_entry(record: bytes) -> tuple[str, Entry]:
    """`mode type blob TAB path` of a tree, `mode blob stage TAB path` of the index."""
    facts, _, path = record.partition(b"\t")
    mode, second, third = facts.decode().split(" ")
    return os.fsdecode(path), Entry(mode, third if len(third) > 1 else second)


def _changes(raw: bytes) -> Iterator[Change]:
    fields = raw.split(b"\0")
    at = 0
    while at < len(fields) - 1:
        used, change = one_change(fields, at)
        at += used
        yield change


def one_change(fields: Sequence[bytes], at: int) -> tuple[int, Change]:
    """The change whose `:mode mode blob blob status` stands at `at`, and how many fields it takes."""
    old_mode, new_mode, old_blob, new_blob, status = fields[at].decode().lstrip(":").split(" ")
    path = os.fsdecode(fields[at + 1])
    used, target = (3, os.fsdecode(fields[at + 2])) if status[0] in "RC" else (2, path)
    old = None if status[0] == "A" else path
    new = None if status[0] == "D" else target
    change = Change(status[0], old, new, _id(old_blob), _id(new_blob), old_mode, new_mode)
    return used, change


def _id(blob: str) -> str:
    return blob if blob.strip("0") else ""
