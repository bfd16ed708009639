"""PY001 to PY024: what a change takes away from those who import a Python package.

Files that nobody imports (tests, scripts, generated code) and names with an underscore are left out.
`[tool.breakwater.python] private = ["globs"]` leaves out more.
"""

from collections.abc import Iterator

from breakwater.breaks.python import packages
from breakwater.breaks.python.reading import Unreadable
from breakwater.breaks.python.record import Break
from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import WARNING, CannotCheck, Finding, Rule
from breakwater.globs import matches
from breakwater.sides import Side


def _rule(number: str, name: str, summary: str, bad: str, good: str, *, level: str = "error", why: str = "") -> Rule:
    mend = "keep the old way working beside the new one for a time, or mark the change as breaking and justify it."
    return Rule(f"PY{number}", name, summary, bad, good, level=level, why=why, mend=mend, language="diff")


RULES: tuple[Rule, ...] = (
    _rule(
        "001", "module-removed", "A public module is gone: importing it fails.",
        "- shop/prices.py\n+ shop/pricing.py",
        "  shop/prices.py    (now: from shop.pricing import *)\n+ shop/pricing.py",
    ),
    _rule(
        "002", "object-removed", "A public function, class, method or attribute is gone.",
        "- def total(items): ...\n+ def grand_total(items): ...",
        "+ def grand_total(items): ...\n+ total = grand_total",
    ),
    _rule(
        "003", "parameter-removed", "A parameter is gone or renamed, also one that was taken out of **kwargs.",
        "- def total(items, vat): ...\n+ def total(items, tax): ...",
        "- def total(items, vat): ...\n+ def total(items, vat=None, *, tax=None): ...",
        why="A positional-only parameter, and one of an operator such as __eq__, may be renamed: no caller names it.",
    ),
    _rule(
        "004", "parameter-required", "A parameter must be given that old calls do not give.",
        "- def total(items): ...\n+ def total(items, vat): ...",
        "- def total(items): ...\n+ def total(items, vat=0): ...",
        why="Fields of dataclasses, named tuples and pydantic models are parameters of their class.",
    ),
    _rule(
        "005", "parameter-moved", "A positional parameter stands at another place: old calls pass it something else.",
        "- def total(items, vat=0): ...\n+ def total(items, rounding=2, vat=0): ...",
        "- def total(items, vat=0): ...\n+ def total(items, vat=0, rounding=2): ...",
    ),
    _rule(
        "006", "parameter-kind", "A parameter can no longer be given by position, or no longer by name.",
        "- def total(items, vat=0): ...\n+ def total(items, *, vat=0): ...",
        "- def total(items, *, vat=0): ...\n+ def total(items, vat=0): ...",
    ),
    _rule(
        "007", "base-removed", "A class no longer inherits from a class that others can name.",
        "- class Missing(KeyError): ...\n+ class Missing(Exception): ...",
        "- class Missing(Exception): ...\n+ class Missing(KeyError): ...",
        why="`except` and `isinstance` of others rely on it. `object`, ABC, Generic and Protocol never count.",
    ),
    _rule(
        "008", "kind-changed", "A name stands for another kind of thing: a property where a method was.",
        "-     @property\n      def total(self): ...",
        "      def total(self): ...\n+     @property\n+     def sum(self): ...",
    ),
    _rule(
        "009", "exports-shrank", "`__all__` no longer lists a name that is still there.",
        '- __all__ = ["total", "vat"]\n+ __all__ = ["total"]',
        '- __all__ = ["total"]\n+ __all__ = ["total", "vat"]',
        why="What is not in `__all__` is no promise any longer, and star imports lose it.",
    ),
    _rule(
        "010", "async-changed", "A call must be awaited now, or must not be awaited any longer.",
        "- def total(items): ...\n+ async def total(items): ...",
        "  def total(items): ...\n+ async def total_async(items): ...",
        why="`@coroutine`, and annotations such as `Awaitable[...]`, count as async.",
    ),
    _rule(
        "011", "re-export-removed", "A package no longer passes on a name that it imports.",
        "- from shop.pricing import total",
        "- from shop.pricing import total\n+ from shop.sums import total",
        why="Also names that a module binds in several ways, as in `try: ... except ImportError: ...`.",
    ),
    _rule(
        "012", "entry-point-removed", "An entry point that other packages look up is gone.",
        '  [project.entry-points."shop.plugins"]\n- vat = "shop.vat:Plugin"',
        '  [project.entry-points."shop.plugins"]\n- vat = "shop.vat:Plugin"\n+ vat = "shop.taxes:Plugin"',
    ),
    _rule(
        "020", "default-changed", "A parameter has another default: calls that leave it out behave differently.",
        "- def total(items, vat=0): ...\n+ def total(items, vat=19): ...",
        "  def total(items, vat=0): ...\n+ def total_with_vat(items, vat=19): ...",
        level=WARNING,
    ),
    _rule(
        "021", "constant-changed", "A public constant has another value.",
        "- LIMIT = 100\n+ LIMIT = 10", "  LIMIT = 100\n+ STRICT_LIMIT = 10", level=WARNING,
    ),
    _rule(
        "022", "annotation-changed", "A parameter takes less, or a function may return more, than it said.",
        "- def total(items: Iterable[Item]) -> int: ...\n+ def total(items: list[Item]) -> int | None: ...",
        "- def total(items: list[Item]) -> int | None: ...\n+ def total(items: list[Item] | None) -> int: ...",
        level=WARNING,
    ),
    _rule(
        "023", "override-outdated", "A method that others override takes a new optional parameter.",
        "  class BasePrice:\n-     def total(self, items): ...\n+     def total(self, items, vat=0): ...",
        "  class BasePrice:\n      def total(self, items): ...\n+     def total_with_vat(self, items, vat=0): ...",
        level=WARNING,
        why="A warning where the method asks to be overridden (abstract, empty, of a Base class), else a notice.",
    ),
    _rule(
        "024", "return-type-changed", "A function without annotations returns another built-in type, its body shows.",
        '- return b"".join(parts)\n+ return b"".join(parts).decode()',
        '  return b"".join(parts)',
        level=WARNING,
    ),
)  # fmt: skip
_BY_ID = {rule.id: rule for rule in RULES}


class _Files:
    """One side of a change, for `breakwater.breaks.python`."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._folders: set[str] | None = None
        self._contents: dict[str, bytes | CannotCheck | None] = {}

    def content(self, path: str) -> bytes | CannotCheck | None:
        if path not in self._contents:
            try:
                self._contents[path] = self.side.content(path)
            except CannotCheck as error:
                self._contents[path] = error
        return self._contents[path]

    def text(self, path: str) -> str | None:
        content = self.content(path)
        if isinstance(content, CannotCheck):
            raise Unreadable(str(content).rstrip("."))
        return None if content is None else decoded(content)

    def exists(self, path: str) -> bool:
        return self.content(path) is not None

    def has_folder(self, path: str) -> bool:
        if self._folders is None:
            self._folders = {folder for name in self.side.tree() for folder in _above(name)}
        return path in self._folders


def _above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def decoded(content: bytes) -> str:
    """Python's text: UTF-8 with or without a mark in front; Latin-1 fits whatever says otherwise."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    """Every break of a Python API in the change, and a gap for every file that cannot be compared."""
    if change_set.old.root is None:
        return
    private = _private(config)
    changed = {path for change in change_set.changes if change.status != "A" for path in change.paths}
    changed |= {path for path in change_set.paths if path.endswith("/__init__.py")}
    gaps: dict[str, str] = {}
    old, new = _Files(change_set.old), _Files(change_set.new)
    for found in packages.breaks(old, new, (p for p in changed if not matches(p, private)), gaps):
        yield finding(found)
    for path, reason in gaps.items():
        if path in change_set.paths:
            change_set.could_not(f"The API of {shown(path)} could not be compared: {reason}.")


def _private(config: Config) -> list[str]:
    table = config.table.get("python", {})
    return [glob for glob in table.get("private", []) if isinstance(glob, str)] if isinstance(table, dict) else []


def finding(found: Break) -> Finding:
    rule = _BY_ID[found.rule]
    sentence = (
        f"{found.sentence[0].upper()}{found.sentence[1:]}"
        if " " in found.sentence.partition(":")[0]
        else found.sentence
    )
    return Finding(rule.id, found.level or rule.level, found.path, found.line, f"{sentence}.")
