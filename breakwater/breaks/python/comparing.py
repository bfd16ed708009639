"""One module on both sides: what an importer of the old one no longer finds in the new one."""

import ast
import builtins
from collections.abc import Iterator

from breakwater.breaks.python import classes, functions
from breakwater.breaks.python.reading import dotted
from breakwater.breaks.python.record import Break, Sides
from breakwater.breaks.python.surface import Alias, Attribute, Class, Function, Member, Module
from breakwater.breaks.python.world import Found, World

_OLD_BUILTINS = frozenset(("basestring", "long", "raw_input", "reduce", "unichr", "unicode", "xrange"))


def modules(sides: Sides, old: Module, new: Module) -> Iterator[Break]:
    """Every break between two versions of one module."""
    before, after = sides.old.names(old), sides.new.names(new)
    for name, member in before.items():
        if not is_public(old, name, member):
            continue
        if name not in after:
            yield from _gone(sides, old, new, name, member)
        else:
            yield from members(sides, Found(member, old), Found(after[name], new), f"{old.name}.{name}")
    yield from _exports(old, new, set(after))
    yield from _served(old, new, after)


def is_public(module: Module, name: str, member: Member | Module) -> bool:
    """Whether others may import the name: `__all__` decides; else no underscore, and imports only as re-exports."""
    if isinstance(member, Alias) and member.typing_only:
        return False
    if module.exports is not None:
        return name in module.exports
    if name.startswith("_") or name in module.memory or _is_scaffolding(name, member):
        return False
    return not isinstance(member, Alias) or is_re_export(module, member)


def _is_scaffolding(name: str, member: Member | Module) -> bool:
    """Loggers and type variables: what a module keeps for itself without an underscore."""
    if not isinstance(member, Attribute):
        return False
    made = dotted(member.value).rpartition(".")[2] if isinstance(member.value, ast.Call) else ""
    return name.lower() in ("logger", "log") or made in ("TypeVar", "ParamSpec", "TypeVarTuple", "getLogger")


def is_re_export(module: Module, alias: Alias) -> bool:
    """`import x as x`, one of several ways to a name, or in an `__init__` what comes from the package itself."""
    if alias.explicit or alias.stands_in:
        return True
    return module.is_package and alias.target.startswith(f"{module.name}.")


def _gone(sides: Sides, old: Module, new: Module, name: str, member: Member) -> Iterator[Break]:
    """A name that the new module does not bind; submodules and names made on demand still count as there."""
    if isinstance(member, Attribute) and (hasattr(builtins, name) or name in _OLD_BUILTINS):
        return  # a stand-in for what Python itself has, or had
    if name in new.words or (sides.new.has_unknown_star(new) and not sides.old.has_unknown_star(old)):
        return
    if new.is_package and sides.new.exists(f"{new.name}.{name}"):
        return
    if isinstance(member, Alias):
        yield Break("PY011", f"{old.name}.{name}", f"the re-export {old.name}.{name} is gone", new.path)
    else:
        yield Break("PY002", f"{old.name}.{name}", f"{_noun(member)} {old.name}.{name} is gone", new.path)


def _noun(member: Member | Module) -> str:
    words = {Function: "the function", Class: "the class", Attribute: "the name", Alias: "the import"}
    return words.get(type(member), "the module")


def _exports(old: Module, new: Module, after: set[str]) -> Iterator[Break]:
    """Names that are still there and that `__all__` no longer lists."""
    if old.exports is None or new.exports is None:
        return
    for name in dict.fromkeys(old.exports):
        if name not in new.exports and name in after:
            yield Break("PY009", f"{old.name}.{name}", f"{old.name}.{name}: __all__ no longer lists it", new.path)


def _served(old: Module, new: Module, after: dict[str, Member]) -> Iterator[Break]:
    """Names that the old module made on demand and that the new one does not know."""
    for name in sorted(old.served - set(old.members)):
        if name not in after and name not in new.words and not name.startswith("_"):
            yield Break("PY002", f"{old.name}.{name}", f"the name {old.name}.{name} is gone", new.path)


def passed_on(sides: Sides, old: Module, new: Module, name: str, alias: Alias) -> Iterator[Break]:
    """A name that a package passes on: what it stands for, whether or not the import itself changed."""
    after = sides.new.names(new)
    if name in after:
        yield from definitions(sides, Found(alias, old), Found(after[name], new), f"{old.name}.{name}")
    else:
        yield from _gone(sides, old, new, name, alias)


def members(sides: Sides, old: Found, new: Found, name: str) -> Iterator[Break]:
    """Every break between two members of one name; imports that lead elsewhere now are followed."""
    if isinstance(old.member, Alias) and isinstance(new.member, Alias) and old.member.target == new.member.target:
        return  # what changed at the other end of the import is told there
    yield from definitions(sides, old, new, name)


def definitions(sides: Sides, old: Found, new: Found, name: str) -> Iterator[Break]:
    """Every break between what two names stand for, imports followed on both sides."""
    before, after = _resolved(sides.old, old), _resolved(sides.new, new)
    if before is None or after is None:
        return
    match before.member, after.member:
        case Class(), Class():
            yield from classes.breaks(sides, before, after, name)
        case Function(), Function():
            yield from functions.breaks(sides, before, after, name)
        case Attribute(), Attribute():
            yield from _values(sides, before, after, name)
        case Module(), Module():
            return  # what changed in it is told where it lies
        case _:
            yield from _kinds(before, after, name)


def _resolved(world: World, found: Found) -> Found | None:
    if isinstance(found.member, Alias):
        return world.resolve(found.module, found.member.name)
    return found


def _kinds(old: Found, new: Found, name: str) -> Iterator[Break]:
    """What was one kind of thing is another, and cannot be used as before."""
    if _is_unclear(old.member) or _is_unclear(new.member):
        return
    if isinstance(old.member, Function) and isinstance(new.member, Class):
        return
    sentence = f"{name}: was {_kind(old.member)} and is {_kind(new.member)}"
    yield Break("PY008", name, sentence, new.module.path, getattr(new.member, "line", 0))


def _is_unclear(member: Member | Module) -> bool:
    """A value that may be callable, a class or a module for all that can be read."""
    if not isinstance(member, Attribute):
        return isinstance(member, Alias)
    return not isinstance(member.value, ast.Constant | ast.List | ast.Dict | ast.Tuple | ast.Set)


def _kind(member: Member | Module) -> str:
    words = {Function: "a function", Class: "a class", Attribute: "a value", Module: "a module"}
    return words.get(type(member), "an import")


def _values(sides: Sides, old: Found, new: Found, name: str) -> Iterator[Break]:
    """Constants, and names of bound methods; versions change with every release and are no constant."""
    before, after = old.member, new.member
    assert isinstance(before, Attribute)
    assert isinstance(after, Attribute)
    one, other = bound_method(sides.old, old), bound_method(sides.new, new)
    if one and other:
        yield from functions.breaks(sides, one, other, name)
    last = name.rpartition(".")[2]
    if last.isupper() and last != "VERSION" and _is_constant(before.value) and _is_constant(after.value):
        was, now = _text(before.value), _text(after.value)
        if was != now:
            yield Break("PY021", name, f"{name}: is {now} instead of {was}", new.module.path, after.line)


def _is_constant(node: ast.expr | None) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    return isinstance(node, ast.Constant)


def _text(node: ast.expr | None) -> str:
    return ast.unparse(node) if node else ""


def bound_method(world: World, found: Found) -> Found | None:
    """`name = instance.method`, where `instance = Class()` stands in the same module: the method."""
    member = found.member
    if not isinstance(member, Attribute) or not isinstance(member.value, ast.Attribute):
        return None
    owner = found.module.members.get(dotted(member.value.value))
    if not isinstance(owner, Attribute) or not isinstance(owner.value, ast.Call):
        return None
    cls = world.resolve(found.module, dotted(owner.value.func))
    return world.member(cls, member.value.attr) if cls and isinstance(cls.member, Class) else None
