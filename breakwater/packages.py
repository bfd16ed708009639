"""Which package a file belongs to.

Source: the design of the validators, "Packages". The configured globs decide alone where they match any file of the
tree; else the members of a workspace (uv, npm, pnpm, Cargo); else the deepest folder below the root that holds a
manifest. A workspace speaks for manifests of its own kind alone: Cargo's says nothing of Python packages beside it.
Manifests among tests, fixtures, examples and vendored code make no package, unless a workspace has them as members.
Every other file belongs to `//root`, which never counts as crossing.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from breakwater.globs import expression, matches
from breakwater.records import record

ROOT = "//root"
MANIFESTS = ("pyproject.toml", "package.json", "Cargo.toml", "go.mod")
_MANIFEST = re.compile(rf"(?:\A|/)(?:{'|'.join(map(re.escape, MANIFESTS))})\Z")
ASIDE = frozenset(
    {"test", "tests", "__tests__", "testdata", "test-data", "test_data", "fixture", "fixtures", "__fixtures__"}
    | {"example", "examples", "sample", "samples", "demo", "demos", "node_modules", "vendor", "vendored"}
)
"""Folders whose manifests serve a test, show something or are somebody else's."""
_PNPM_ITEM = re.compile(r"""\s+-\s+['"]?([^'"#]+?)['"]?\s*(?:#.*)?\Z""")

Read = Callable[[str], bytes | None]


@record(frozen=True, slots=True)
class ByGlobs:
    """Packages by their place: the longest folder above the file that matches a glob."""

    globs: tuple[str, ...]

    def of(self, path: str) -> str:
        found = (match[0] for match in self._matches(path) if match)
        return max(found, key=len, default=ROOT)

    def _matches(self, path: str) -> Iterator[re.Match[str] | None]:
        for glob in self.globs:
            yield re.compile(rf"{expression(glob)}(?=/)", re.DOTALL).match(path)


@record(frozen=True, slots=True)
class ByFolders:
    """Packages that are known one by one: the deepest of them above the file."""

    folders: frozenset[str]

    def of(self, path: str) -> str:
        above = path.rpartition("/")[0]
        while above and above not in self.folders:
            above = above.rpartition("/")[0]
        return above or ROOT

    def __or__(self, other: "ByFolders") -> "ByFolders":
        return ByFolders(self.folders | other.folders)


PackageMap = ByGlobs | ByFolders


def by_globs(globs: tuple[str, ...], paths: Iterable[str]) -> ByGlobs | None:
    """The map of the globs, if one of the paths lies in a package of theirs."""
    found = ByGlobs(globs)
    return found if any(found.of(path) != ROOT for path in paths) else None


def by_manifests(paths: Iterable[str], read: Read, left_out: tuple[str, ...] = ()) -> ByFolders:
    """The map that the manifests give: workspace members and, of kinds without a workspace, every folder with one.

    Manifests that match `left_out`, globs, make no package.
    """
    found = [path.rpartition("/") for path in paths if _MANIFEST.search(path) and not matches(path, left_out)]
    workspaces = {name: workspace for name in MANIFESTS if (workspace := _workspace(name, read))[0]}
    placed = [(folder, workspaces.get(name)) for folder, _, name in found if folder]
    members = {folder for folder, workspace in placed if workspace and _is_member(folder, workspace)}
    others = {folder for folder, workspace in placed if workspace is None}
    return ByFolders(frozenset(members | {folder for folder in others if not _is_aside(folder, members | others)}))


def _is_aside(folder: str, packages: set[str]) -> bool:
    """Whether it lies in a folder aside, or is one at the top or inside a package; `libs/test` is a package."""
    *above, last = folder.split("/")
    if not ASIDE.isdisjoint(above):
        return True
    return last in ASIDE and (not above or any("/".join(above[: at + 1]) in packages for at in range(len(above))))


def folders_of(packages: PackageMap, paths: Iterable[str]) -> tuple[str, ...]:
    """Every package that has a file among the paths, sorted."""
    return tuple(sorted({packages.of(path) for path in paths} - {ROOT}))


Workspace = tuple[list[str], list[str]]
"""The globs of the members, and of what is left out."""


def _is_member(folder: str, workspace: Workspace) -> bool:
    members, excluded = workspace
    wanted = [glob for glob in members if not glob.startswith("!")]
    unwanted = [*(glob.removeprefix("!") for glob in members if glob.startswith("!")), *excluded]
    return matches(folder, wanted) and not matches(folder, unwanted)


def _workspace(name: str, read: Read) -> Workspace:
    """What the root declares for manifests of that name; without members it declares none."""
    found = [declared(read) for declared in _DECLARED.get(name, ())]
    return [glob for members, _ in found for glob in members], [glob for _, excluded in found for glob in excluded]


def _uv(read: Read) -> Workspace:
    table = _at(_toml(read("pyproject.toml")), "tool", "uv", "workspace")
    return _texts(_at(table, "members")), _texts(_at(table, "exclude"))


def _cargo(read: Read) -> Workspace:
    table = _at(_toml(read("Cargo.toml")), "workspace")
    return _texts(_at(table, "members")), _texts(_at(table, "exclude"))


def _npm(read: Read) -> Workspace:
    workspaces = _at(_json(read("package.json")), "workspaces")
    listed = _at(workspaces, "packages") if isinstance(workspaces, dict) else workspaces
    return _texts(listed), []


def _pnpm(read: Read) -> Workspace:
    """The list under `packages:`, one item to a line, as pnpm's own documentation writes it."""
    lines = (read("pnpm-workspace.yaml") or b"").decode("utf-8", "replace").splitlines()
    globs: list[str] = []
    inside = False
    for line in lines:
        if line[:1].strip():
            inside = line.startswith("packages:")
        item = _PNPM_ITEM.match(line) if inside else None
        if item:
            globs.append(item[1])
    return globs, []


_DECLARED: dict[str, tuple[Callable[[Read], Workspace], ...]] = {
    "pyproject.toml": (_uv,),
    "package.json": (_npm, _pnpm),
    "Cargo.toml": (_cargo,),
}


def _at(table: object, *names: str) -> object:
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _toml(content: bytes | None) -> object:
    """The table; a broken manifest declares nothing (the rules on manifests say that it is broken)."""
    import tomllib  # noqa: PLC0415  only where there is something to read: the hook stays fast

    try:
        return tomllib.loads((content or b"").decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _json(content: bytes | None) -> object:
    import json  # noqa: PLC0415  as above

    try:
        return json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return {}
