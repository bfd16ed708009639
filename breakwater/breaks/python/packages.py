"""Every changed module of a change, and the public names that private ones stand behind."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from breakwater.breaks.python import comparing, places
from breakwater.breaks.python.reading import Unreadable
from breakwater.breaks.python.record import Break, Sides
from breakwater.breaks.python.surface import Alias, Module
from breakwater.breaks.python.world import Files, World


def breaks(old: Files, new: Files, changed: Iterable[str], gaps: dict[str, str]) -> Iterator[Break]:
    """Every break in the changed Python files. What cannot be read goes into `gaps`: path -> why."""
    roots: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(set(changed)):
        if path.endswith(".py") and not places.is_hidden(path):
            root = places.import_root(path, lambda p: old.exists(p) or new.exists(p), lambda p: _text(new, p))
            if root is not None:
                roots[root].add(places.module_name(path, root))
    after = {root: World(new, root) for root in roots}
    for root, names in roots.items():
        before = World(old, root)
        moved = {name: other for name in names if (other := _moved(before, after, roots, name)) is not None}
        yield from in_root(Sides(before, after[root]), names - moved.keys(), gaps)
        for other in sorted(set(moved.values())):
            there = {name for name in moved if moved[name] == other}
            yield from in_root(Sides(before, after[other]), there, gaps)


def _moved(before: World, after: Mapping[str, World], roots: Mapping[str, set[str]], name: str) -> str | None:
    """The other import root to which a module has moved in this change, its import name unchanged."""
    if before.module(name) is None or after[before.root].module(name) is not None:
        return None
    return next((root for root in sorted(roots) if name in roots[root] and after[root].module(name) is not None), None)


def _text(files: Files, path: str) -> str | None:
    try:
        return files.text(path)
    except Unreadable:
        return None


def in_root(sides: Sides, names: Iterable[str], gaps: dict[str, str]) -> Iterator[Break]:
    """Every break in modules of one import root, each told once."""
    told: set[tuple[str, str, str]] = set()
    names = sorted(names)
    for found in (*_public(sides, names), *_behind(sides, names)):
        key = (found.rule, found.name, found.sentence)
        if key not in told:
            told.add(key)
            yield found
    gaps.update(sides.old.unreadable | sides.new.unreadable)


def _public(sides: Sides, names: list[str]) -> Iterator[Break]:
    gone: list[str] = []
    for name in names:
        if places.is_private(name) or any(name.startswith(f"{parent}.") for parent in gone):
            continue
        old, new = sides.old.module(name), sides.new.module(name)
        if old is None or (new is None and sides.new.is_elsewhere(name)):
            continue
        if new is not None:
            yield from comparing.modules(sides, old, new)
        elif sides.new.is_folder(name):
            yield from comparing.modules(sides, old, Module(name, old.path, is_package=True))
        elif any(comparing.is_public(old, *item) for item in sides.old.names(old).items()):
            gone.append(name)
            yield Break("PY001", name, f"the module {name} is gone", old.path)


def _behind(sides: Sides, names: list[str]) -> Iterator[Break]:
    """Changed private modules, seen through the packages above them that re-export what they define."""
    private = {name for name in names if places.is_private(name)}
    for package in sorted({above for name in private for above in _above(name)}):
        old, new = sides.old.module(package), sides.new.module(package)
        if old is None or new is None:
            continue
        for name, member in sides.old.names(old).items():
            if isinstance(member, Alias) and comparing.is_public(old, name, member):
                found = sides.old.resolve(old, name)
                if found and found.module.name in private:
                    yield from comparing.passed_on(sides, old, new, name, member)


def _above(name: str) -> Iterator[str]:
    """The public packages above a module."""
    parts = name.split(".")
    for cut in range(1, len(parts)):
        if not places.is_private(".".join(parts[:cut])):
            yield ".".join(parts[:cut])
