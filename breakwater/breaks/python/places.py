"""Which Python files are an API: where import names begin, and which paths are nobody else's."""

import re
from collections.abc import Callable

PRIVATE = frozenset(
    {"test", "tests", "docs", "doc", "examples", "example", "samples", "demo", "demos", "benchmarks", "benchmark"}
    | {"bench", "scripts", "tools", "hack", "dev", "ci", "vendor", "vendored", "third_party", "extern", "migrations"}
    | {"node_modules", "internal", "internals", "notebooks", "cookbook", "tutorials", "site-packages", "templates"}
)
"""Folders whose modules others do not import."""
_SHOWS = re.compile(r"(?:\A|[-_])(?:examples?|samples?|demos?)\Z")
_SCRIPTS = frozenset(("setup", "conftest", "noxfile", "tasks", "fabfile", "manage", "dodo", "wsgi", "asgi"))
_TEST = re.compile(r"(?:\A|/)(?:test_[^/]*|[^/]*_test|tests?)\.py\Z")
_GENERATED = re.compile(r"_pb2(?:_grpc)?\.py\Z")
_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg")


def is_aside(folder: str) -> bool:
    """Whether a folder of that name holds what nobody else imports or depends on."""
    return folder in PRIVATE or _SHOWS.search(folder) is not None


def is_hidden(path: str) -> bool:
    """Whether the file is a test, a script, generated, or otherwise no API whatever it contains."""
    *folders, name = path.split("/")
    if any(is_aside(folder) or folder.startswith(".") for folder in folders):
        return True
    return name.removesuffix(".py") in _SCRIPTS or bool(_TEST.search(path) or _GENERATED.search(path))


def is_private(module: str) -> bool:
    """Whether a part of the import name says that it is nobody else's."""
    return any(part.startswith("_") for part in module.split("."))


def import_root(
    path: str, exists: Callable[[str], bool], text: Callable[[str], str | None] = lambda path: None
) -> str | None:
    """The folder that the file's import name is relative to; None for a file that nobody can import.

    `src` directly below a manifest; the manifest's folder, where it says that a namespace without `__init__.py` lies
    there; else the first folder above that has no `__init__.py`.
    """
    parts = path.split("/")[:-1]
    project = next((i for i in range(len(parts), -1, -1) if _has_manifest(parts[:i], exists)), None)
    if project is not None and parts[project : project + 1] == ["src"] and len(parts) > project:
        return "/".join(parts[: project + 1])
    above = _above_packages(parts, exists)
    if above and project is not None and above != "/".join(parts[:project]):
        between = parts[project : above.count("/") + 1]
        if between and _names_package(between[0], text("/".join([*parts[:project], "pyproject.toml"]))):
            return "/".join(parts[:project])
    return above


def _names_package(folder: str, manifest: str | None) -> bool:
    """Whether a manifest lists the folder among its packages."""
    listed = rf"""(?m)^\s*(?:packages|include)\s*=\s*\[[^\]]*["']{re.escape(folder)}["'/.*]"""
    return re.search(listed, manifest or "") is not None


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
