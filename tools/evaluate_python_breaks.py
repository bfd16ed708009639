"""How many labelled breaks of published packages the Python rules find.

usage: python -m tools.evaluate_python_breaks [--further] [--griffe] [--cache FOLDER] [--row N]

The labels are tests/breakwater/data/python-api-breaks.csv (26 breaks; what counts as found fully stands beside them in
python-api-breaks-expected.csv) and python-api-breaks-further.csv (breaks that release notes tell, written down before
the rules were run on them). Both versions come from the package index by pip and stay in the cache, unpacked; nothing
of them is executed. `--griffe` looks with griffe instead.
"""

import argparse
import csv
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from breakwater.breaks.python import packages, places
from breakwater.breaks.python.record import Sides
from breakwater.breaks.python.world import World

DATA = Path(__file__).resolve().parent.parent / "tests" / "breakwater" / "data"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "breakwater" / "python-api-breaks"
OLDER = ("3.9", "3.7", "3.6", "2.7")
LEVELS = {"PY020": "warning", "PY021": "warning", "PY022": "warning", "PY023": "warning", "PY024": "warning"}


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled break. `expected`: names, each with a word of the sentence after a colon where one is needed."""

    package: str
    old: str
    new: str
    description: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that a tool found, whatever the tool."""

    name: str
    sentence: str
    level: str


class Folder:
    """The files of an unpacked package."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def text(self, path: str) -> str | None:
        file = self.root / path
        return file.read_text("utf-8", "surrogateescape") if file.is_file() else None

    def exists(self, path: str) -> bool:
        return (self.root / path).is_file()

    def has_folder(self, path: str) -> bool:
        return (self.root / path).is_dir()


def main() -> int:
    options = parsed()
    cases = list(further() if options.further else labelled())
    chosen = cases if options.row is None else [cases[options.row - 1]]
    find = found_by_griffe if options.griffe else found
    full = [shown(number, case, find, options.cache) for number, case in enumerate(chosen, options.row or 1)]
    print(f"\n{sum(full)} of {len(full)} found fully")
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--further", action="store_true")
    parser.add_argument("--griffe", action="store_true")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--row", type=int)
    return parser.parse_args()


def labelled() -> Iterator[Case]:
    with (DATA / "python-api-breaks-expected.csv").open(newline="") as file:
        expected = {int(row["row"]): tuple(row["expected"].split()) for row in csv.DictReader(file)}
    with (DATA / "python-api-breaks.csv").open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            new = "6.0a1" if row["new"] in ("6.0a2", "6.0a3") else row["new"]  # the file's own way to tell rows apart
            yield Case(row["package"], row["old"], new, row["description"], expected[number])


def further() -> Iterator[Case]:
    with (DATA / "python-api-breaks-further.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            expected = tuple(row["expected"].split())
            yield Case(row["package"], row["old"], row["new"], row["description"], expected)


def shown(number: int, case: Case, find, cache: Path) -> bool:  # type: ignore[no-untyped-def]
    """Print one case; whether all that is expected was found."""
    sides = [unpacked(case.package, version, cache) for version in (case.old, case.new)]
    seen = list(find(*sides))
    hits = {expected: hit(expected, seen) for expected in case.expected}
    missing = [expected for expected, level in hits.items() if level is None]
    levels = sorted({level for level in hits.values() if level})
    verdict = f"missing {', '.join(missing)}" if missing else f"found ({', '.join(levels)})"
    print(f"{number:>2} {case.package} {case.old} -> {case.new}: {case.description}\n   {verdict}", flush=True)
    return not missing


def hit(expected: str, seen: list[Seen]) -> str | None:
    """The gravest level at which something expected was found."""
    name, _, word = expected.partition(":")
    levels = {item.level for item in seen if f".{item.name}".endswith(f".{name}") and word in item.sentence}
    return next((level for level in ("error", "warning", "notice") if level in levels), None)


def found(old: Path, new: Path) -> Iterator[Seen]:
    """What our rules find. A module that is gone takes its submodules along."""
    sides = Sides(World(Folder(old), ""), World(Folder(new), ""))
    for item in packages.in_root(sides, set(modules(old)) | set(modules(new)), {}):
        yield Seen(item.name, item.sentence, item.level or LEVELS.get(item.rule, "error"))


def modules(root: Path) -> Iterator[str]:
    """The import names of a package's modules."""
    for file in root.rglob("*.py"):
        path = str(file.relative_to(root))
        package = root / path.split("/", maxsplit=1)[0] / "__init__.py"
        if "/" not in path or not package.is_file() or places.is_hidden(path) or path.startswith("build/"):
            continue
        yield places.module_name(path, "")


def found_by_griffe(old: Path, new: Path) -> Iterator[Seen]:
    """What griffe finds between the two, package by package."""
    import griffe  # noqa: PLC0415  only where it is asked for: a tool of the evaluation, not of the product

    for package in {name.split(".", maxsplit=1)[0] for name in modules(old)}:
        sides = []
        for root in (old, new):
            loader = griffe.GriffeLoader(search_paths=[root], allow_inspection=False)
            if not (root / package).exists():
                break
            sides.append(loader.load(package))
            loader.resolve_aliases(implicit=True)
        for item in griffe.find_breaking_changes(*sides) if len(sides) == 2 else ():
            name = item.obj.path
            yield Seen(name, item.explain(griffe.ExplanationStyle.ONE_LINE), "error")
            if name.endswith((".__init__", ".__new__")):
                yield Seen(name.rpartition(".")[0], item.explain(griffe.ExplanationStyle.ONE_LINE), "error")


def unpacked(package: str, version: str, cache: Path) -> Path:
    """The folder that holds the package's import names, fetched once."""
    target = cache / f"{package}-{version}"
    if not target.is_dir():
        archive = fetched(package, version, cache / "archives" / f"{package}-{version}")
        target.mkdir(parents=True)
        unpack(archive, target)
    inner = [folder for folder in target.iterdir() if folder.is_dir() and (folder / "PKG-INFO").is_file()]
    root = inner[0] if inner else target
    return next((root / name for name in ("src", "lib3", "lib") if any((root / name).glob("*/__init__.py"))), root)


def fetched(package: str, version: str, folder: Path) -> Path:
    """The wheel, also one of an older Python; else the source archive."""
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "uv", "tool", "run", "pip"] if not _has_pip() else [sys.executable, "-m", "pip"]
    common = [*pip, "download", "--quiet", "--no-deps", "--dest", str(folder)]
    wheels = [[], *(["--python-version", older] for older in OLDER)]
    attempts = [[*common, "--only-binary", ":all:", *options] for options in wheels]
    for command in (*attempts, [*common, "--no-binary", ":all:"]):
        if subprocess.run([*command, f"{package}=={version}"], capture_output=True, check=False).returncode == 0:
            return next(folder.iterdir())
    raise SystemExit(f"{package} {version} cannot be had from the package index.")


def _has_pip() -> bool:
    return subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def unpack(archive: Path, target: Path) -> None:
    if archive.suffix == ".whl" or archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as file:
            file.extractall(target)  # noqa: S202  a wheel of the package index, into the cache
    else:
        with tarfile.open(archive) as file:
            file.extractall(target, filter="data")


if __name__ == "__main__":
    sys.exit(main())
