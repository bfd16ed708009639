"""Two versions of a class: its bases, its members, how it is called."""

import ast
from collections.abc import Iterator

from breakwater.breaks.python import functions, signatures
from breakwater.breaks.python.annotations import widens
from breakwater.breaks.python.constructing import constructor, field_names
from breakwater.breaks.python.record import Break, Sides
from breakwater.breaks.python.surface import Alias, Attribute, Class, Function, Member
from breakwater.breaks.python.world import Found, Line, World, builtin_members
from breakwater.findings import WARNING

_NO_BASE = {"object", "Generic", "Protocol", "ABC", "NamedTuple", "TypedDict"}
_SAYS_ALL = _NO_BASE | {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "BaseModel", "BaseSettings"}
"""Classes from elsewhere that bring no members which a class of ours could lose and still have."""
_CONSTRUCTORS = ("__init__", "__new__")
_EVERY_CLASS = set(dir(object)) | {
    "__slots__",
    "__match_args__",
    "__annotations__",
    "__getattr__",
    "__post_init__",
    "__del__",
}
_SETTINGS = {"Config", "Meta", "model_config"}


def breaks(sides: Sides, old: Found, new: Found, name: str) -> Iterator[Break]:
    """Every break between two versions of a class."""
    before, after = sides.old.line(old), sides.new.line(new)
    yield from _bases(old, new, before, after, name)
    yield from _calls(sides, old, new, name)
    for member_name, found in _members(before):
        yield from _member(sides, found, new, member_name, f"{name}.{member_name}", (before, after))


# Bases


def _bases(old: Found, new: Found, before: Line, after: Line, name: str) -> Iterator[Break]:
    """Bases that others can name and that the class no longer has. A base that moved counts as the same."""
    if after.unknown - before.unknown:
        return
    kept = {base.rpartition(".")[2] for base in after.names}
    for base in sorted(_direct(old, before)):
        last = base.rpartition(".")[2]
        if last and last not in kept and last not in _NO_BASE and not last.startswith("_"):
            yield Break("PY007", name, f"{name}: no longer inherits from {last}", new.module.path, _line(new))


def _direct(found: Found, line: Line) -> set[str]:
    assert isinstance(found.member, Class)
    last = {base.rpartition(".")[2] for base in found.member.bases}
    return {name for name in line.names if name.rpartition(".")[2] in last}


def _line(found: Found) -> int:
    return getattr(found.member, "line", 0)


# Calling


def _calls(sides: Sides, old: Found, new: Found, name: str) -> Iterator[Break]:
    """The constructor. A field that is gone is told once, as an attribute."""
    before, after = constructor(sides.old, old), constructor(sides.new, new)
    if before is None or after is None:
        return
    fields = field_names(sides.old, old)
    for difference in signatures.differences(before, after):
        told = any(f"the parameter {field} is gone" == difference.sentence for field in fields)
        if not told:
            line = _line(_constructor_of(sides.new, new))
            yield Break(difference.rule, name, f"{name}(): {difference.sentence}", new.module.path, line)


def _constructor_of(world: World, found: Found) -> Found:
    method = next(filter(None, (world.member(found, name) for name in _CONSTRUCTORS)), None)
    return method if method and method.module is found.module else found


# Members


def _members(line: Line) -> Iterator[tuple[str, Found]]:
    """What the class itself gives to others, and what it inherits from classes that nobody else sees."""
    seen: set[str] = set()
    for index, level in enumerate(line.classes):
        assert isinstance(level.member, Class)
        if index and not level.member.name.startswith("_"):
            continue
        for name, member in level.member.own():
            if name not in seen and _is_public(name, member):
                seen.add(name)
                yield name, Found(member, level.module, level.member)


def _is_public(name: str, member: Member) -> bool:
    if isinstance(member, Alias) or name in _EVERY_CLASS or name in _SETTINGS:
        return False
    special = name.startswith("__") and name.endswith("__")
    return not name.startswith("_") or (special and isinstance(member, Function))


def _member(
    sides: Sides, old: Found, new: Found, member_name: str, name: str, lines: tuple[Line, Line]
) -> Iterator[Break]:
    found = sides.new.member(new, member_name)
    if found is None:
        if not _may_inherit(new, member_name, *lines):
            what = "the method" if isinstance(old.member, Function) else "the attribute"
            outside = sorted({base.rpartition(".")[2] for base in lines[1].unknown} - _SAYS_ALL)
            doubt = f" unless {' or '.join(outside)} has it" if outside else ""
            level = WARNING if outside else ""
            yield Break("PY002", name, f"{what} {name} is gone{doubt}", new.module.path, _line(new), level)
        return
    match old.member, found.member:
        case Function(), Function():
            yield from functions.breaks(sides, old, found, name)
        case Class(), Class():
            yield from breaks(sides, old, found, name)
        case Attribute(), Attribute():
            yield from _attribute(old.member, found.member, name, new)
        case Function(), Attribute():
            if not old.member.is_property and _is_plain(found.member):
                yield Break("PY008", name, f"{name}: was a method and is a value", new.module.path, found.member.line)
        case Attribute(), Function():
            if not found.member.is_property and _is_plain(old.member):
                yield Break("PY008", name, f"{name}: was a value and is a method", new.module.path, found.member.line)


def _is_plain(attribute: Attribute) -> bool:
    """A value that nobody can call."""
    return isinstance(attribute.value, ast.Constant) and attribute.value.value is not None


def _may_inherit(new: Found, name: str, before: Line, after: Line) -> bool:
    """Whether a class that cannot be read, or a built-in one, may give the member."""
    if after.unknown - before.unknown or name in builtin_members(after.names):
        return True
    return _makes_members(after) and not _makes_members(before)


def _makes_members(line: Line) -> bool:
    return any("__getattr__" in level.member.members for level in line.classes if isinstance(level.member, Class))


def _attribute(old: Attribute, new: Attribute, name: str, at: Found) -> Iterator[Break]:
    one = ast.unparse(old.annotation) if old.annotation else None
    other = ast.unparse(new.annotation) if new.annotation else None
    if not widens(one, other) and not widens(other, one):
        yield Break("PY022", name, f"{name}: is {other} instead of {one}", at.module.path, new.line)
