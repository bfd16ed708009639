"""One side of a change: its modules by name, read when they are asked for, and where a name leads.

A `Files` gives texts by path. A `World` sees one import root (the folder that import names are relative to) and reads
no more of it than a question needs.
"""

import builtins
from collections.abc import Iterator
from typing import Protocol

from breakwater.breaks.python.reading import Unreadable, read
from breakwater.breaks.python.surface import Alias, Class, Member, Module
from breakwater.records import record

_DEPTH = 20


class Files(Protocol):
    """One side's files."""

    def text(self, path: str) -> str | None:
        """The text of a file, None where there is none. Raises Unreadable for one that cannot be had."""

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""

    def has_folder(self, path: str) -> bool:
        """Whether any file lies below the folder."""


@record(frozen=True, slots=True)
class Found:
    """Where a name leads: the member, and the module that defines it; `owner` is its class, if it has one."""

    member: Member | Module
    module: Module
    owner: Class | None = None

    @property
    def path(self) -> str:
        if isinstance(self.member, Module):
            return self.member.name
        owner = (self.owner.name,) if self.owner else ()
        return ".".join((self.module.name, *owner, self.member.name))


@record(frozen=True, slots=True)
class Line:
    """A class and those it inherits from, nearest first. `unknown` are bases that could not be read."""

    classes: tuple[Found, ...]
    unknown: frozenset[str]
    names: frozenset[str]
    """Every base by its dotted name, built-in ones and unknown ones too."""


class World:
    """The modules below one import root, on one side."""

    def __init__(self, files: Files, root: str) -> None:
        self.files = files
        self.root = root
        self.unreadable: dict[str, str] = {}
        """path -> why it cannot be read."""
        self._modules: dict[str, Module | None] = {}
        self._all: dict[str, dict[str, Member]] = {}

    def module(self, name: str) -> Module | None:
        """The module of that import name, None where there is none that can be read."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def path_of(self, name: str, *, package: bool = False) -> str:
        inside = name.replace(".", "/") + ("/__init__.py" if package else ".py")
        return f"{self.root}/{inside}" if self.root else inside

    def _read(self, name: str) -> Module | None:
        for package in (True, False):
            path = self.path_of(name, package=package)
            try:
                text = self.files.text(path)
                if text is None:
                    continue
                return read(text, name=name, path=path, is_package=package)
            except Unreadable as reason:
                self.unreadable[path] = str(reason)
                return None
        return None

    def is_folder(self, name: str) -> bool:
        """Whether the import name is a folder (without `__init__.py`: a namespace)."""
        return self.files.has_folder(self.path_of(name).removesuffix(".py"))

    def is_elsewhere(self, name: str) -> bool:
        """Whether the import name leads to something that is not read: compiled, a stub, or it does not parse."""
        if any(self.path_of(name, package=package) in self.unreadable for package in (True, False)):
            return True
        stem = self.path_of(name).removesuffix(".py")
        return any(self.files.exists(stem + ending) for ending in (".pyi", ".pyx", ".pxd", ".c", ".so"))

    def exists(self, name: str) -> bool:
        """Whether the import name leads anywhere."""
        return self.module(name) is not None or self.is_elsewhere(name) or self.is_folder(name)

    # Names

    def names(self, module: Module) -> dict[str, Member]:
        """Every name of a module, those of its star imports included."""
        if module.name not in self._all:
            self._all[module.name] = dict(self._names(module, frozenset()))
        return self._all[module.name]

    def _names(self, module: Module, seen: frozenset[str]) -> Iterator[tuple[str, Member]]:
        for source in module.stars:
            other = self.module(source) if source not in seen else None
            if other is not None:
                for name in self._exported(other, seen | {module.name}):
                    yield name, Alias(name, 1, f"{source}.{name}", explicit=True)
        yield from module.members.items()

    def _exported(self, module: Module, seen: frozenset[str]) -> list[str]:
        if module.exports is not None:
            return list(module.exports)
        return [name for name, _ in self._names(module, seen) if not name.startswith("_")]

    def has_unknown_star(self, module: Module) -> bool:
        """Whether names come from a star import of something outside."""
        return any(self.module(source) is None for source in module.stars)

    def lookup(self, module: Module, name: str) -> Member | Module | None:
        """What `module.name` is: a member, or a submodule."""
        member = module.members.get(name) or self.names(module).get(name)
        if member is not None:
            return member
        return self.module(f"{module.name}.{name}") if module.is_package else None

    def resolve(self, module: Module, name: str, depth: int = 0) -> Found | None:
        """Follow a name from a module through imports to its definition; None where it leads outside."""
        head, _, rest = name.partition(".")
        member = self.lookup(module, head)
        if member is None or depth > _DEPTH:
            return None
        if isinstance(member, Alias):
            return self.absolute(f"{member.target}.{rest}" if rest else member.target, depth + 1)
        if isinstance(member, Module):
            return self.resolve(member, rest, depth + 1) if rest else Found(member, member)
        return self._inside(Found(member, module), rest)

    def absolute(self, name: str, depth: int = 0) -> Found | None:
        """Like `resolve`, for a name that begins at the import root."""
        parts = name.split(".")
        for cut in range(len(parts), 0, -1):
            module = self.module(".".join(parts[:cut]))
            if module is not None:
                rest = ".".join(parts[cut:])
                return self.resolve(module, rest, depth + 1) if rest else Found(module, module)
            if cut == 1:
                return None
        return None

    def _inside(self, found: Found, rest: str) -> Found | None:
        if not rest:
            return found
        if isinstance(found.member, Class) and "." not in rest:
            return self.member(found, rest)
        return None

    # Classes

    def line(self, found: Found) -> Line:
        """The class and everything that it inherits from."""
        classes: list[Found] = []
        unknown: set[str] = set()
        names: set[str] = set()
        waiting = [found]
        while waiting and len(classes) < 100:
            current = waiting.pop(0)
            if current in classes or not isinstance(current.member, Class):
                continue
            classes.append(current)
            for base in current.member.bases:
                waiting.extend(self._base(current.module, base, unknown, names))
        return Line(tuple(classes), frozenset(unknown), frozenset(names))

    def _base(self, module: Module, base: str, unknown: set[str], names: set[str]) -> Iterator[Found]:
        found = self.resolve(module, base) if base else None
        if found is not None and isinstance(found.member, Class):
            names.add(found.path)
            yield found
        elif isinstance(builtin := getattr(builtins, base, None), type) and found is None:
            names.update(kind.__name__ for kind in builtin.__mro__)
        else:
            names.add(self.spelled(module, base))
            unknown.add(self.spelled(module, base))

    def spelled(self, module: Module, name: str) -> str:
        """The absolute dotted name, through the module's own imports."""
        head, _, rest = name.partition(".")
        member = module.members.get(head)
        target = member.target if isinstance(member, Alias) else head
        return f"{target}.{rest}" if rest else target

    def member(self, found: Found, name: str) -> Found | None:
        """The member of a class, its own or the nearest inherited one."""
        for level in self.line(found).classes:
            if isinstance(level.member, Class) and name in level.member.members:
                return Found(level.member.members[name], level.module, level.member)
        return None


def builtin_members(names: frozenset[str]) -> set[str]:
    """What the built-in classes among the names offer."""
    kinds = (getattr(builtins, name, None) for name in names)
    return {member for kind in kinds if isinstance(kind, type) for member in dir(kind)}
