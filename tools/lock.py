"""Resolve what pyproject.toml asks for and write the locks: hashes for every file, no address of any index.

usage: make lock    (python -m tools.lock --upgrade is what it does; --keep changes only what it must)
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
OPTIONS = (
    "--quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header"
).split()
LOCKS = {
    "bootstrap": ["--group", "bootstrap"],
    "portal": ["pyproject.toml", "--extra", "portal", "--extra", "embedded"],
    "dev": ["pyproject.toml", "--extra", "portal", "--extra", "embedded", "--group", "dev"]
    + ["--constraint", "requirements/portal.txt"],
}
ADDRESS = re.compile(r"^\s*(--(extra-)?index-url|-i|--find-links|-f)\b|https?://|file:/")


def main() -> int:
    """Write every lock; the development lock is held to the portal's versions."""
    upgrade = [] if "--keep" in sys.argv else ["--upgrade"]
    for name, sources in LOCKS.items():
        target = ROOT / "requirements" / f"{name}.txt"
        subprocess.run([UV, "pip", "compile", *OPTIONS, *upgrade, *sources, "-o", target], cwd=ROOT, check=True)  # noqa: S603
        target.write_text(without_addresses(target.read_text()))
        print(f"  requirements/{name}.txt")
    return 0


def without_addresses(lock: str) -> str:
    """The lock without lines that name an index or a folder of packages."""
    return "".join(line for line in lock.splitlines(keepends=True) if not ADDRESS.search(line))


if __name__ == "__main__":
    sys.exit(main())
