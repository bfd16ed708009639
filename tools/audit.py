"""Known weaknesses of what the locks hold, asked of the registry: needs a network, so no test and no check does it.

usage: python -m tools.audit     ends with 0: all was looked up, and nothing is known; 1: something is known; 3: not all
                                 could be looked up

pip-audit itself ends with 0 and "No known vulnerabilities found" when it could look nothing up; this does not.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
AUDIT: list[str | Path] = [
    UV,
    "tool",
    "run",
    "pip-audit",
    "--require-hashes",
    "--disable-pip",
    "--progress-spinner",
    "off",
]
COULD_NOT_LOOK = 3


def main() -> int:
    """Look at each lock, and say what was found or not looked up; the gravest code of all."""
    codes = [audit(lock) for lock in sorted((ROOT / "requirements").glob("*.txt"))]
    return next((code for code in (1, COULD_NOT_LOOK) if code in codes), 0)


def audit(lock: Path) -> int:
    """One lock."""
    done = subprocess.run([*AUDIT, "--format", "json", "-r", lock], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"{lock.name}: NOT LOOKED AT. pip-audit could not run: {reason}")
        return COULD_NOT_LOOK
    code, sentences = verdict(packages)
    print("\n".join(f"{lock.name}: {sentence}" for sentence in sentences))
    return code


def verdict(packages: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """The code for one lock, and what to read; `packages` as pip-audit lists them."""
    skipped = [row["name"] for row in packages if "skip_reason" in row]
    known = [(row, weakness) for row in packages for weakness in row.get("vulns", ())]
    said = [
        f"{row['name']} {row['version']} has {weakness['id']};"
        f" mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for row, weakness in known
    ]
    if skipped or not packages:
        names = ", ".join(skipped[:5]) + (", ..." if len(skipped) > 5 else "")
        said.append(f"NOT LOOKED AT: {len(skipped)} of {len(packages)} packages ({names}); the registry did not tell")
    looked_at = len(packages) - len(skipped)
    said.append(f"{looked_at} packages looked at, {len(known)} known weaknesses")
    return 1 if known else COULD_NOT_LOOK if looked_at < len(packages) or not packages else 0, said


if __name__ == "__main__":
    sys.exit(main())
