"""The settings of a repository: `breakwater.toml`, or `[tool.breakwater]` in `pyproject.toml`.

Read from the same side as the change: the index for what is staged, the head of a range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from breakwater.findings import Usage
from breakwater.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILES = ("breakwater.toml", "pyproject.toml")
PACKAGES = ("src/packages/*/*",)
DOCUMENT = "BREAKING_CHANGE_JUSTIFICATION.md"
BASELINE = "breakwater-baseline.json"
SECURITY = ("**/security/**", "**/auth/**", "**/crypto/**")


@record(frozen=True, slots=True)
class Config:
    """What a repository says of itself. `table` is the whole table as read, for rules with settings of their own."""

    packages: tuple[str, ...] = PACKAGES
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    security: tuple[str, ...] = SECURITY
    document: str = DOCUMENT
    baseline: str = BASELINE
    table: Mapping[str, Any] = field(default_factory=dict)

    def ignores(self, rule: str) -> bool:
        """Whether a rule is switched off, by its id or by the letters of its family."""
        return rule in self.ignore or rule.rstrip("0123456789") in self.ignore


_LISTS = ("packages", "ignore", "exclude", "security")
_TEXTS = ("document", "baseline")
_TABLES = ("python", "external")
"""What single rule families read for themselves."""


def load(read: Callable[[str], bytes | None]) -> Config:
    """The settings; `read` gives the content of a path or None. Raises Usage for what cannot be understood."""
    own = read(FILES[0])
    if own is not None:
        return _config(_toml(FILES[0], own), FILES[0])
    project = read(FILES[1])
    if project is not None and b"breakwater" in project:
        table = _toml(FILES[1], project).get("tool", {}).get("breakwater", {})
        return _config(table, f"[tool.breakwater] of {FILES[1]}")
    return Config()


def _toml(name: str, content: bytes) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  only where there is something to read: the hook stays fast

    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Usage(f"{name} cannot be read: {error}.") from None


def _config(table: Mapping[str, Any], where: str) -> Config:
    if not isinstance(table, dict):
        raise Usage(f"{where} must be a table.")
    known = (*_LISTS, *_TEXTS, *_TABLES)
    if unknown := sorted(set(table) - set(known)):
        raise Usage(f"{where}: there is no setting {unknown[0]!r}; known are {', '.join(sorted(known))}.")
    fields: dict[str, Any] = {name: _texts(table[name], name, where) for name in _LISTS if name in table}
    fields |= {name: _one_text(table[name], name, where) for name in _TEXTS if name in table}
    return Config(table=table, **fields)


def _texts(value: object, name: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise Usage(f"{where}: {name} must be a list of texts.")
    return tuple(value)


def _one_text(value: object, name: str, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise Usage(f"{where}: {name} must be a text.")
    return value
