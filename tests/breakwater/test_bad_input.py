"""Whatever a repository or a call holds: never a traceback, never a silent pass, one sentence that says what to do."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.breakwater.documents import CROSSING, ONE, TWO
from tests.breakwater.test_commands import DOCUMENTS, GOOD, MESSAGE, SCOPE, called, run

IMPACT, HISTORY = "breakwater.commands.impact", "breakwater.commands.history"
ODD = [b"a b", b"new\nline", b"tab\tquote\"'", b"\xff\xfe", "🌊".encode(), b"-dash", b":colon", b"*[star]?", b"%41"]
TRAPS = (
    *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "diff.external", "diff.trap.textconv"),
    *("diff.trap.command", "filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "gpg.program"),
    *("alias.log", "credential.helper", "pager.log", "uploadpack.packObjectsHook"),
)
"""Settings of git that name a program."""
OLD, NEW = "def total(items, vat):\n    return 1\n", "def total(items):\n    return 1\n"


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """The exit code and the diagnosis, which is one line."""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1, done.stderr
    return done.returncode, done.stderr.strip()


def package(scratch, text: str | bytes, name: str = "api.py") -> None:
    scratch.write({f"{ONE}/pyproject.toml": '[project]\nname = "one"\n', f"{ONE}/one/__init__.py": ""})
    scratch.write({f"{ONE}/one/{name}": text})


# Nothing is executed, nothing is written


def signed(scratch, commit: str) -> str:
    """The same commit with a signature that nobody can verify."""
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc=\n -----END PGP SIGNATURE-----"
    headers, _, text = scratch.git("cat-file", "commit", commit).partition("\n\n")
    raw = f"{headers}\n{signature}\n\n{text}\n".encode()
    return str(scratch.git("hash-object", "-t", "commit", "-w", "--stdin", text=raw))


def test_nothing_of_the_repository_runs_and_nothing_changes_in_it(scratch, tmp_path: Path) -> None:
    mark, trap = tmp_path / "mark", tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\n')
    trap.chmod(0o755)
    leave = f"open({str(mark)!r}, 'a').write(__file__)\n"
    package(scratch, OLD)
    python = dict.fromkeys(("setup.py", "conftest.py", "sitecustomize.py", f"{ONE}/one/__init__.py"), leave)
    shadows = {f"{name}.py": leave for name in ("breakwater", "json", "ast", "tomllib")}
    hooks = {f".githooks/{name}": trap.read_text() for name in ("pre-commit", "post-index-change", "post-checkout")}
    base = scratch.commit(files={**python, **shadows, **hooks, ".gitattributes": "* diff=trap filter=trap\n"})
    head = scratch.commit("fix: less\n", files={f"{ONE}/one/api.py": NEW, f"{TWO}/x.sql": "DROP TABLE a;\n"})
    head = signed(scratch, head)
    scratch.write({f"{TWO}/y.sql": "DROP TABLE b;\n", f"{ONE}/one/api.py": OLD})
    file = scratch.folder / ".git" / "COMMIT_EDITMSG"
    file.write_text(f"; a comment\n{GOOD}")
    for name in TRAPS:
        scratch.git("config", name, str(trap))
    scratch.git("config", "log.showSignature", "true")
    scratch.git("config", "core.commentChar", ";")
    scratch.git("config", "core.hooksPath", str(scratch.folder / ".githooks"))
    mark.unlink(missing_ok=True)
    before = {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in scratch.folder.rglob("*")}

    here = {"here": scratch.folder, "PYTHONSAFEPATH": "1"}  # as a console script: what lies here is not imported
    codes = [run(module, "--base", base, "--head", head, **here).returncode for module in (SCOPE, DOCUMENTS, MESSAGE)]
    codes += [run(SCOPE, mode, **here).returncode for mode in ("--staged", "--all-files")]
    codes += [run(MESSAGE, str(file), **here).returncode]
    codes += [run(IMPACT, "--base", base, **here).returncode]
    codes += [run(HISTORY, **here, XDG_CACHE_HOME=str(tmp_path / "cache")).returncode]

    assert not mark.exists(), mark.read_text()
    assert {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in scratch.folder.rglob("*")} == before
    assert codes == [1, 0, 1, 1, 1, 0, 0, 0]


# Where there is nothing to read, or not all of it


@pytest.mark.parametrize(
    ("spoilt", "content"),
    [(".git/HEAD", b"nonsense\n"), (".git/HEAD", b""), (".git/config", b"[core"), (".git/index", b"DIRC broken")],
)
def test_a_spoilt_repository_ends_with_a_sentence(scratch, spoilt: str, content: bytes) -> None:
    scratch.commit(files=CROSSING)
    (scratch.folder / spoilt).write_bytes(content)

    code, said = told(called(SCOPE, here=scratch.folder))

    assert code in (2, 3)
    assert said


def test_a_git_file_that_leads_nowhere_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")

    assert told(called(SCOPE, here=tmp_path))[0] in (2, 3)


@pytest.mark.parametrize("module", [SCOPE, DOCUMENTS, MESSAGE])
def test_a_range_on_an_unborn_branch_is_a_wrong_call(scratch, module: str) -> None:
    code, said = told(called(module, "--base", "HEAD", here=scratch.folder))

    assert (code, said) == (2, "error: There is no commit yet, so there is no range: look at what is staged instead.")


def test_everything_works_on_an_unborn_branch(scratch) -> None:
    scratch.write(CROSSING)
    file = scratch.folder / ".git" / "COMMIT_EDITMSG"
    file.write_text(GOOD)

    assert told(called(SCOPE, here=scratch.folder)) == (0, "")
    assert told(called(SCOPE, "--all-files", here=scratch.folder)) == (0, "")
    assert told(called(MESSAGE, str(file), here=scratch.folder)) == (0, "")


@pytest.mark.parametrize("base", ["HEAD:src", "HEAD^{tree}", "", "@{u}", "HEAD..HEAD", "refs/heads/no", "ö\udcff"])
def test_a_base_that_is_no_commit_is_a_wrong_call(scratch, base: str) -> None:
    scratch.commit(files=CROSSING)

    code, said = told(called(SCOPE, "--base", base, here=scratch.folder))

    assert code == 2
    assert "is no commit of this repository" in said or "does not exist" in said


def test_a_partial_clone_without_the_contents_could_not_be_checked(scratch, tmp_path: Path) -> None:
    package(scratch, OLD)
    base = scratch.commit()
    scratch.commit("fix!: less\n\nBREAKING CHANGE: vat", files={f"{ONE}/one/api.py": NEW, f"{ONE}/x.txt": "1\n"})
    scratch.git("config", "uploadpack.allowFilter", "true")
    for filtered in ("blob:none", "tree:0"):
        clone = tmp_path / filtered.replace(":", "-")
        source = f"file://{scratch.folder}"
        scratch.git("clone", "--quiet", "--bare", f"--filter={filtered}", source, str(clone))

        code, said = told(called(SCOPE, "-C", str(clone), "--base", base, here=tmp_path))

        assert code == 3
        assert "not in this clone" in said or "partial" in said


def test_a_partial_clone_still_tells_which_packages_are_crossed(scratch, tmp_path: Path) -> None:
    base = scratch.commit(files={"README.md": "1\n"})
    scratch.commit(files=CROSSING)
    scratch.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    scratch.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{scratch.folder}", str(clone))

    done = called(SCOPE, "-C", str(clone), "--base", base, "--scope-only", here=tmp_path)

    assert (done.returncode, "SP001" in done.stdout) == (1, True)


# Shapes of history


def test_an_octopus_merge_is_one_change_of_the_range(scratch) -> None:
    base = scratch.commit(files={"README.md": "1\n"})
    for name, folder in (("a", ONE), ("b", TWO), ("c", "docs")):
        scratch.git("checkout", "--quiet", "-b", name, base)
        scratch.commit(f"feat: {name}", files={f"{folder}/{name}.txt": "1\n"})
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "Merge branches 'a', 'b' and 'c'", "a", "b", "c")
    assert len(scratch.git("log", "-1", "--format=%P").split()) == 4

    done = called(SCOPE, "--base", base, here=scratch.folder)

    assert done.returncode == 1
    assert "SP001 This change crosses 2 packages." in done.stdout
    assert told(called(MESSAGE, "--base", base, here=scratch.folder)) == (0, "")


def test_a_submodule_is_a_file_of_its_package_and_is_not_looked_into(scratch, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    inner = type(scratch)(other)
    inner.git("init", "--quiet")
    inner.commit(files={"api.py": OLD})
    base = scratch.commit(files={f"{TWO}/x.txt": "1\n", "y": "1\n"})
    scratch.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), f"{ONE}/linked.py")
    scratch.git("config", "-f", ".gitmodules", "submodule.src/packages/data/one/linked.py.ignore", "all")
    first = scratch.commit("feat: link", files={})
    inner.commit(files={"api.py": NEW})
    (scratch.folder / f"{ONE}/linked.py/api.py").write_text("not parsed (\n")
    scratch.git("-C", f"{ONE}/linked.py", "fetch", "--quiet", str(other))
    scratch.git("-C", f"{ONE}/linked.py", "reset", "--quiet", "--soft", "FETCH_HEAD")
    scratch.git("add", f"{ONE}/linked.py")
    scratch.write({f"{TWO}/x.txt": "2\n"})

    assert told(called(SCOPE, "--base", base, "--head", first, here=scratch.folder)) == (0, "")
    assert "SP001 This change crosses 2 packages." in called(SCOPE, here=scratch.folder).stdout
    assert told(called(SCOPE, "--all-files", here=scratch.folder)) == (0, "")


def test_symbolic_links_are_files_of_their_package_and_are_not_followed(scratch) -> None:
    package(scratch, OLD)
    scratch.commit()
    (scratch.folder / ONE / "one/api.py").unlink()
    (scratch.folder / ONE / "one/api.py").symlink_to("/etc/passwd")
    (scratch.folder / ONE / "loop.py").symlink_to("loop.py")
    (scratch.folder / ONE / "more").symlink_to("..")
    scratch.write({})

    done = called(SCOPE, here=scratch.folder)

    assert "root:" not in done.stdout + done.stderr
    assert done.returncode in (0, 1, 3)
    assert told(done)


@pytest.mark.parametrize("name", ["pyproject.toml", "breakwater.toml"])
def test_a_configuration_that_is_a_link_is_not_followed(scratch, name: str) -> None:
    (scratch.folder / name).symlink_to("../breakwater.toml")
    scratch.write(CROSSING)

    code, said = told(called(SCOPE, here=scratch.folder))

    assert (code, said) == (2, f"error: {name} is a symbolic link, which is not followed: put the file itself there.")


# Names and contents


@pytest.mark.parametrize("name", ODD, ids=repr)
def test_paths_of_any_bytes_go_through_every_family(scratch, name: bytes) -> None:
    files = [b"x.py", b"pyproject.toml", b"package.json", b"migrations/0001.py", b"a.schema.json", b"a.sql"]
    folder = f"{ONE}/{os.fsdecode(name)}"
    scratch.write({f"{folder}/{os.fsdecode(file)}": "{}" if b"json" in file else "" for file in files})
    scratch.write({f"{folder}/{os.fsdecode(name)}.py": OLD, f"{folder}/a.graphql": "type A { b: Int }\n"})
    scratch.commit()
    scratch.write({f"{folder}/{os.fsdecode(file)}": "{\n}\n" if b"json" in file else "\n" for file in files})
    scratch.write({f"{folder}/{os.fsdecode(name)}.py": NEW, f"{folder}/a.graphql": "type A { c: Int }\n"})

    for arguments in ((), ("--all-files",)):
        done = called(SCOPE, *arguments, here=scratch.folder)
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
    for module, *more in (
        (IMPACT,),
        (IMPACT, "--format", "markdown"),
        (HISTORY, "--no-cache", "--format", "csv", "--rows"),
    ):
        assert told(called(module, *more, here=scratch.folder)) == (0, "")


def test_a_hundred_megabytes_are_named_and_not_read(scratch) -> None:
    package(scratch, OLD)
    scratch.commit(files={f"{ONE}/film.bin": b"\0" * 100_000_000})
    package(scratch, b"x = 1\n" * 16_700_000)
    (scratch.folder / ONE / "film.bin").write_bytes(b"\1" * 100_000_000)
    scratch.write({})

    code, said = told(run(SCOPE, here=scratch.folder))

    assert code == 3
    assert f"{ONE}/one/api.py" in said
    assert "100200000 bytes" in said


@pytest.mark.parametrize(
    "text",
    [
        "def total(:\n",
        "print 'two'\n",
        "match x:\n  case\n",
        b"\0\0\0",
        "x = 1\n\tx = 2\n",
        "(" * 5000,
        b"# coding: no\n\xff",
        "type Total = int\n",
    ],
    ids=["broken", "python 2", "half", "binary", "tabs", "deep", "coding", "python 3.12"],
)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_python_that_does_not_parse_is_named(scratch, text: str | bytes, before: bool) -> None:
    package(scratch, text if before else OLD)
    scratch.commit()
    package(scratch, OLD if before else text)

    done = called(SCOPE, here=scratch.folder)

    assert done.returncode in (1, 3) or isinstance(text, bytes), done.stdout
    if done.returncode == 3:
        assert "one/api.py could not be compared" in told(done)[1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", b"\xff\xfe"),
        ("pyproject.toml", "project = 3\n"),
        ("pyproject.toml", "[project]\nname = 3\ndependencies = {}\noptional-dependencies = []\nscripts = 1\n"),
        ("pyproject.toml", "a = " + "[" * 3000),
        ("package.json", "{"),
        ("package.json", "[]"),
        ("package.json", '{"name": 1, "dependencies": [], "exports": 3, "bin": [], "engines": "x"}'),
        ("package.json", "[" * 100_000),
        ("Cargo.toml", "[package\n"),
        ("Cargo.toml", "package = []\ndependencies = 3\nfeatures = 1\n"),
        ("go.mod", b"\xff\xfe\0"),
    ],
)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_manifest_of_any_content_ends_with_a_sentence(scratch, name: str, text: str | bytes, before: bool) -> None:
    whole = {"package.json": '{"name": "one"}', "go.mod": "module one\n"}.get(name, '[project]\nname = "one"\n')
    scratch.commit(files={f"{ONE}/{name}": text if before else whole, f"{ONE}/api.py": OLD})
    scratch.write({f"{ONE}/{name}": whole if before else text, f"{ONE}/api.py": NEW})

    code, said = told(called(SCOPE, here=scratch.folder))

    assert code in (0, 1, 3)
    assert code != 3 or name in said


# Messages


def message(scratch, text: str, *settings: str) -> int:
    for setting in settings:
        scratch.git("config", *setting.split("="))
    file = scratch.folder / ".git" / "COMMIT_EDITMSG"
    file.write_bytes(text.encode())
    done = called(MESSAGE, str(file), here=scratch.folder)
    told(done)
    return done.returncode


SCISSORS = "------------------------ >8 ------------------------"
DIFF = "diff --git a/x b/x\n+BREAKING CHANGE: not of this message\n+- Updated src/packages/no/where/\n"


@pytest.mark.parametrize("sign", ["#", ";", "%", "//", ":"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_comments_and_scissors_of_any_sign_are_no_message(scratch, sign: str, ending: str) -> None:
    scratch.write({f"{ONE}/x": "1\n"})
    comments = f"{sign} Please enter the commit message.\n{sign}\n{sign} BREAKING CHANGE: no\n"
    cut = f"{sign} {SCISSORS}\n{sign} Do not touch.\nBREAKING CHANGE: no\n{DIFF}"
    plain = f"fix: a thing\n\nThe reason.\n{comments}{cut}"
    marked = f"{comments}{GOOD.replace(f'- Updated {TWO}/', f'{sign} - Updated {TWO}/')}{sign} {SCISSORS}\n{DIFF}"

    assert (
        message(scratch, plain.replace("\n", ending), f"core.comment{'Char' if len(sign) == 1 else 'String'}={sign}")
        == 0
    )
    assert message(scratch, marked.replace("\n", ending)) == 0


def test_a_sign_that_git_chose_itself_is_seen(scratch) -> None:
    scratch.write({f"{ONE}/x": "1\n"})
    text = "fix: a thing\n\n#12 was not enough.\n; Please enter the commit message.\n; BREAKING CHANGE: no\n"

    assert message(scratch, text, "core.commentChar=auto") == 0
    assert message(scratch, text, "core.commentChar=#") == 0
    assert message(scratch, f"{text}; {SCISSORS}\nBREAKING CHANGE: no\n{DIFF}", "core.commentChar=auto") == 0


def test_a_line_of_another_sign_is_content(scratch) -> None:
    scratch.write({f"{ONE}/x": "1\n"})

    assert message(scratch, "#12 a thing\n", "core.commentChar=;") == 1
    assert message(scratch, "; only a comment\n", "core.commentChar=;") == 1
    assert message(scratch, "# a comment\nfix: a thing\n; and no content\n", "core.commentChar=;") == 1


def test_a_misspelt_setting_is_named_and_not_passed_over(scratch) -> None:
    """`pakages = [...]` left the default in force, and nobody was told."""
    scratch.write({"breakwater.toml": 'pakages = ["libs/*"]\n'})

    done = called(SCOPE, here=scratch.folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert "breakwater.toml: there is no setting 'pakages'; known are baseline, document, " in done.stderr
