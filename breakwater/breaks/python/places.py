"""Which Python files are an API: where import names begin, and which paths are nobody else's."""

import re
from collections.abc import Callable

PRIVATE = frozenset(
    {"test", "tests", "docs", "doc", "examples", "example", "samples", "demo", "demos", "benchmarks", "benchmark"}
    | {"bench", "scripts", "tools", "hack", "dev", "ci", "vendor", "vendored", "third_party", "extern", "migrations"}
    | {"node_modules", "internal", "internals", "notebooks", "cookbook", "tutorials", "site-packages", "templates"}
)
"""Folders whose modules others do not import."""
_SCRIPTS = frozenset(("setup", "conftest", "noxfile", "tasks", "fabfile", "manage", "dodo", "wsgi", "asgi"))
_TEST = re.compile(r"(?:\A|/)(?:test_[^/]*|[^/]*_test|tests?)\.py\Z")
_GENERATED = re.compile(r"_pb2(?:_grpc)?\.py\Z")
_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg")


def is_hidden(path: str) -> bool:
    """Whether the file is a test, a script, generated, or otherwise no API whatever it contains."""
    *folders, name = path.split("/")
    if any(folder in PRIVATE or folder.startswith(".") for folder in folders):
        return True
    return name.removesuffix(".py") in _SCRIPTS or bool(_TEST.search(path) or _GENERATED.search(path))


def is_private(module: str) -> bool:
    """Whether a part of the import name says that it is nobody else's."""
    return any(part.startswith("_") for part in module.split("."))


def import_root(path: str, exists: Callable[[str], bool]) -> str | None:
    """The folder that the file's import name is relative to; None for a file that nobody can import.

    `src` directly below a manifest; else the first folder above that has no `__init__.py`.
    """
    parts = path.split("/")[:-1]
    project = next((i for i in range(len(parts), -1, -1) if _has_manifest(parts[:i], exists)), None)
    if project is not None and parts[project : project + 1] == ["src"] and len(parts) > project:
        return "/".join(parts[: project + 1])
    return _above_packages(parts, exists)


def _has_manifest(parts: list[str], exists: Callable[[str], bool]) -> bool:
    return any(exists("/".join([*parts, name])) for name in _MANIFESTS)


def _above_packages(parts: list[str], exists: Callable[[str], bool]) -> str | None:
    depth = len(parts)
    while depth and exists("/".join([*parts[:depth], "__init__.py"])):
        depth -= 1
    if depth == len(parts):
        return "/".join(parts) if parts[-1:] == ["src"] else None
    return "/".join(parts[:depth])


def module_name(path: str, root: str) -> str:
    """`a.b` of `root/a/b.py` and of `root/a/b/__init__.py`."""
    inside = path[len(root) + 1 :] if root else path
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
