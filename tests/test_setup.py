"""The set-up: locks, the package that developers install, the addresses that must not be there, the commands."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import addresses, bootstrap, lock
from tools import check as checking

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_lock_has_a_hash_for_every_package_and_no_address(path: Path) -> None:
    text = path.read_text()
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE)[1:]

    assert packages
    assert [entry.split()[0] for entry in packages if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|file:|--(?:extra-)?index-url|--find-links|^-", text, re.MULTILINE) == []


def test_locks_hold_what_the_project_asks_for() -> None:
    assert lock.missing() == []


def test_development_lock_contains_the_portals() -> None:
    assert {name: lock.pins("dev").get(name) for name in lock.pins("portal")} == lock.pins("portal")


def test_lock_loses_lines_with_addresses() -> None:
    index = "--index-url https" + "://example.test/simple\n"
    kept = "django==5.2 \\\n    --hash=sha256:00\n"

    assert lock.without_addresses(index + "--find-links /opt/wheels\n" + kept) == kept


def test_no_registry_stands_in_the_tree() -> None:
    assert addresses.places() == []


def test_registry_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("fine\nsee https://" + "pyp" + "i.org/project/x\n")

    assert addresses.lines_with_hosts(page) == [2]


# The package --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` would make, built from a copy without a network."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    for room in ("breakwater", "rfcs", "governance", "tools", "tests"):
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    build: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*build, "--wheel-dir", target, source], check=True, capture_output=True)
    return next(target.glob("*.whl"))


def test_package_holds_only_what_a_developer_installs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"breakwater"}
    assert any(name.endswith("LICENSE") for name in names)


def test_package_works_without_django(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = str(venv / "bin" / "python")
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True)

    ask = "import breakwater.justification, breakwater.commits, sys; print('django' in sys.modules)"
    answer = subprocess.run([python, "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (answer.stdout.strip(), answer.stderr) == ("False", "")


# The bootstrap ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("error: Failed to fetch: `https://x/simple/`\n dns error", "could not be downloaded"),
        (
            "Could not find a version that satisfies the requirement uv==1 (from versions: none)",
            "could not be downloaded",
        ),
        ("error: command 'gcc' failed: No such file or directory", "install a C compiler"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "hash differs"),
    ],
)
def test_failed_installer_is_one_sentence_of_advice(said: str, advice: str) -> None:
    sentence = bootstrap.diagnose(said)

    assert advice in sentence
    assert "\n" not in sentence


def test_unknown_failure_of_an_installer_is_kept_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)

    assert bootstrap.diagnose("an odd thing") == "An installer failed; what it said is in var/bootstrap.log."
    assert (tmp_path / "var" / "bootstrap.log").read_text() == "an odd thing"


def copy_of_setup(folder: Path) -> Path:
    """A checkout that holds only what the bootstrap needs."""
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    (folder / "tools").mkdir()
    return Path(shutil.copy(ROOT / "tools" / "bootstrap.py", folder / "tools"))


def test_no_network_is_one_sentence(tmp_path: Path) -> None:
    script = copy_of_setup(tmp_path)
    nowhere = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "PIP_CONFIG_FILE": os.devnull,
    }
    nowhere |= {"https_proxy": "http://127.0.0.1:9", "UV_HTTP_RETRIES": "0", "PIP_RETRIES": "0"}

    done = subprocess.run([sys.executable, script, "portal"], env=nowhere, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "set-up stopped: The packages could not be downloaded" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_part_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, copy_of_setup(tmp_path), "all"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.strip().count("\n")) == (1, 0)
    assert "say which packages" in done.stderr


def test_linked_environment_is_left_alone(tmp_path: Path) -> None:
    script, foreign = copy_of_setup(tmp_path), tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "kept").touch()
    (tmp_path / ".venv").symlink_to(foreign)

    done = subprocess.run([sys.executable, script, "portal"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert ".venv is a link" in done.stderr
    assert (foreign / "kept").exists()


@pytest.mark.skipif(not bootstrap.is_current("dev"), reason="another environment than .venv runs the tests")
def test_bootstrap_with_nothing_to_do_says_nothing() -> None:
    done = subprocess.run(["make", "--silent", "dev-packages"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_python_too_old_is_one_sentence() -> None:
    done = subprocess.run(
        ["make", "--silent", "demo", "PYTHON="], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr


def test_make_keeps_what_python_compiles_where_the_environment_forbids_it() -> None:
    told = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    told["PYTHONDONTWRITEBYTECODE"] = "1"
    command = ["make", "--silent", "dev-packages", "PYTHON=env #"]

    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=True)

    said = {line for line in done.stdout.splitlines() if line.startswith(("PYTHONDONT", "PYTHONPYCACHE"))}
    assert said == {f"PYTHONPYCACHEPREFIX={ROOT / 'var' / 'compiled'}"}


def test_help_lists_every_command_of_the_readme() -> None:
    listing = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for target in ("demo", "test", "unit", "journeys", "soak", "bench", "check", "lock"):
        assert f"make {target} " in listing


def test_every_check_says_how_to_mend() -> None:
    assert [check.name for check in checking.checks() if not check.mend] == []
