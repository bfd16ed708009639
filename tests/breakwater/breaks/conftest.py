"""Two versions of a few files, and what is found between them."""

from collections.abc import Iterator, Mapping

import pytest

from breakwater.breaks.python import packages
from breakwater.breaks.python.record import Break
from breakwater.findings import NOTICE


class Texts:
    """Files of a dictionary."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def text(self, path: str) -> str | None:
        return self.texts.get(path)

    def exists(self, path: str) -> bool:
        return path in self.texts

    def has_folder(self, path: str) -> bool:
        return any(name.startswith(f"{path}/") for name in self.texts)


def python_breaks(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Break]:
    """Breaks between two trees of Python files; `gaps` must stay empty."""
    gaps: dict[str, str] = {}
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    yield from packages.breaks(Texts(old), Texts(new), changed, gaps)
    assert gaps == {}


@pytest.fixture
def found():
    """`found(old, new)`: the set of (rule, name); a text stands for the module `shop.api`."""

    def look(old: str | dict[str, str], new: str | dict[str, str]) -> set[tuple[str, str]]:
        trees = (
            {"shop/api.py": side, "shop/__init__.py": ""} if isinstance(side, str) else side for side in (old, new)
        )
        return {
            (item.rule, item.name.removeprefix("shop.api.")) for item in python_breaks(*trees) if item.level != NOTICE
        }

    return look
