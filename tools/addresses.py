"""No package registry's host stands in the tree: where packages come from is the machine's business.

usage: python -m tools.addresses
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HALVES = [("pyp", "i.org"), ("pythonho", "sted.org"), ("npm", "js.org"), ("npm", "js.com"), ("deb", ".debian.org")]
HALVES += [
    ("yarn", "pkg.com"),
    ("jsde", "livr.net"),
    ("unp", "kg.com"),
    ("cdn", "js.cloudflare.com"),
    ("crat", "es.io"),
]
HOST = re.compile("|".join(re.escape(left + right) for left, right in HALVES), re.IGNORECASE)


def main() -> int:
    """Print each place that names a registry; 1 when there is one."""
    found = places()
    print("\n".join(found))
    return 1 if found else 0


def places() -> list[str]:
    """file:line of every address in the files that git knows or would add."""
    return [f"{path}:{line}" for path in tracked() for line in lines_with_hosts(ROOT / path)]


def tracked() -> list[str]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    return sorted({name for name in output.decode().split("\0") if name and (ROOT / name).is_file()})


def lines_with_hosts(path: Path) -> list[int]:
    text = path.read_bytes().decode("utf-8", "replace")
    return [number for number, line in enumerate(text.splitlines(), 1) if HOST.search(line)]


if __name__ == "__main__":
    sys.exit(main())
