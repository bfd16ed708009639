"""Resolve what pyproject.toml asks for and write the locks: hashes for every file, no address of any index.

usage: python -m tools.lock             the newest versions (make lock)
       python -m tools.lock --keep      changes only what it must
       python -m tools.lock --check     changes nothing; 1 when the locks do not hold what pyproject.toml asks for
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
OPTIONS = ["--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
OPTIONS += ["--no-emit-index-url", "--no-emit-find-links"]
PORTAL = ["pyproject.toml", "--extra", "portal", "--extra", "embedded"]
LOCKS = {
    "bootstrap": ["--group", "bootstrap"],
    "portal": PORTAL,
    "dev": [*PORTAL, "--group", "dev", "--constraint", "requirements/portal.txt"],
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
ADDRESS = re.compile(r"^\s*(--(extra-)?index-url|-i|--find-links|-f)\b|https?://|file:/")


def main() -> int:
    """Check the locks, or write them; the development lock is held to the portal's versions."""
    if "--check" in sys.argv:
        print("\n".join(missing()))
        return 1 if missing() else 0
    upgrade = [] if "--keep" in sys.argv else ["--upgrade"]
    for name, sources in LOCKS.items():
        target = ROOT / "requirements" / f"{name}.txt"
        subprocess.run([UV, "pip", "compile", *OPTIONS, *upgrade, *sources, "-o", target], cwd=ROOT, check=True)
        target.write_text(without_addresses(target.read_text()))
        print(f"  requirements/{name}.txt")
    return 0


def without_addresses(lock: str) -> str:
    """The lock without lines that name an index or a folder of packages."""
    return "".join(line for line in lock.splitlines(keepends=True) if not ADDRESS.search(line))


def missing() -> list[str]:
    """What pyproject.toml asks for and a lock does not hold, as sentences."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    portal = [*project["project"]["dependencies"], *extras["portal"], *extras["embedded"]]
    wanted = {"bootstrap": groups["bootstrap"], "portal": portal, "dev": [*portal, *groups["dev"]]}
    return [
        f"requirements/{lock}.txt lacks {line}"
        for lock, lines in wanted.items()
        for line in lines
        if not holds(lock, line)
    ]


def holds(lock: str, line: str) -> bool:
    """Whether a lock pins a version that satisfies the requirement."""
    requirement = Requirement(line)
    return any(
        requirement.specifier.contains(version) for version in pins(lock).get(canonicalize_name(requirement.name), [])
    )


def pins(lock: str) -> dict[str, list[str]]:
    """name -> the versions that a lock pins, several where they depend on the platform."""
    found: dict[str, list[str]] = {}
    for name, version in PIN.findall((ROOT / "requirements" / f"{lock}.txt").read_text()):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


if __name__ == "__main__":
    sys.exit(main())
