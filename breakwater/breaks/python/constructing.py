"""How a class is called: its `__init__` or `__new__`, or what a dataclass and its kin make of the fields."""

import ast
from collections.abc import Iterator

from breakwater.breaks.python.calls import signature
from breakwater.breaks.python.reading import dotted
from breakwater.breaks.python.surface import Attribute, Class, Function, Kind, Parameter, Signature
from breakwater.breaks.python.world import Found, Line, World

_DATACLASS = {"dataclass", "define", "frozen", "mutable", "attrs", "attributedclass", "dataclass_transform"}
_ATTRS = {"s", "attrs", "define", "frozen", "mutable"}
_MODELS = {"BaseModel", "BaseSettings", "SQLModel", "Struct"}
_OUTSIDE = {"typing.Generic", "typing.Protocol", "abc.ABC", "Generic", "Protocol", "ABC", "typing_extensions.Protocol"}
_NO_FIELD = {"ClassVar"}


def constructor(world: World, found: Found) -> Signature | None:
    """The signature of calling a class, without `self`; None where it cannot be known."""
    line = world.line(found)
    for level in line.classes:
        assert isinstance(level.member, Class)
        for name in ("__init__", "__new__"):
            method = level.member.members.get(name)
            if isinstance(method, Function):
                return signature(method.nodes[-1]).without_first()
        if made := _made(level.member, line):
            return made
    outside = {name for name in line.unknown if name not in _OUTSIDE}
    return None if outside or line.names - {"object"} - _OUTSIDE - _paths(line) else Signature()


def _paths(line: Line) -> set[str]:
    return {level.path for level in line.classes}


def _made(cls: Class, line: Line) -> Signature | None:
    """The signature that a decorator or a base makes of the annotated fields."""
    decorator = next((node for name, node in cls.decorators.items() if name.rpartition(".")[2] in _DATACLASS), None)
    attrs = any(name in ("attr.s", "attr.attrs", "attr.dataclass") for name in cls.decorators)
    if decorator is not None or attrs:
        keyword_only = decorator is not None and _flag(decorator, "kw_only", default=False)
        if decorator is not None and not _flag(decorator, "init", default=True):
            return None
        return _from_fields(line, keyword_only=keyword_only)
    ends = {name.rpartition(".")[2] for name in line.names}
    if ends & _MODELS:
        return _from_fields(line, keyword_only=True)
    return _from_fields(line, keyword_only=False) if "NamedTuple" in ends else None


def _flag(decorator: ast.expr, name: str, *, default: bool) -> bool:
    if isinstance(decorator, ast.Call):
        for keyword in decorator.keywords:
            if keyword.arg == name and isinstance(keyword.value, ast.Constant):
                return bool(keyword.value.value)
    return default


def _from_fields(line: Line, *, keyword_only: bool) -> Signature:
    """Fields of the farthest base first; one that is declared again keeps its place."""
    fields: dict[str, Parameter] = {}
    for level in reversed(line.classes):
        assert isinstance(level.member, Class)
        after_marker = keyword_only
        for attribute in level.member.members.values():
            if not isinstance(attribute, Attribute) or attribute.annotation is None or attribute.on_self:
                continue
            if dotted(attribute.annotation).rpartition(".")[2] == "KW_ONLY":
                after_marker = True
            elif parameter := _field(attribute, keyword_only=after_marker):
                fields[attribute.name] = parameter
    ordered = sorted(fields.values(), key=lambda p: p.kind is Kind.KEYWORD_ONLY)
    return Signature(tuple(ordered), exact=not {n for n in line.unknown if n.rpartition(".")[2] != "NamedTuple"})


def _field(attribute: Attribute, *, keyword_only: bool) -> Parameter | None:
    assert attribute.annotation is not None
    if dotted(attribute.annotation).rpartition(".")[2] in _NO_FIELD or attribute.name == "model_config":
        return None
    options = dict(_options(attribute.value))
    if options.get("init") == "False":
        return None
    alias = options.get("alias", options.get("validation_alias", ""))
    name = alias.strip("'\"") if alias.strip("'\"").isidentifier() else attribute.name
    kind = Kind.KEYWORD_ONLY if keyword_only or options.get("kw_only") == "True" else Kind.EITHER
    return Parameter(
        name.lstrip("_") or name, kind, _default(attribute.value, options), ast.unparse(attribute.annotation)
    )


def _options(value: ast.expr | None) -> Iterator[tuple[str, str]]:
    if isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2].lower().endswith(
        ("field", "ib", "attrib")
    ):
        for keyword in value.keywords:
            if keyword.arg:
                yield keyword.arg, ast.unparse(keyword.value)
        if value.args:
            yield "default", ast.unparse(value.args[0])


def _default(value: ast.expr | None, options: dict[str, str]) -> str | None:
    """The default as text, None where the field must be given."""
    if value is None:
        return None
    is_field = isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2].lower().endswith(
        ("field", "ib", "attrib")
    )
    if not is_field:
        return None if ast.unparse(value) == "..." else ast.unparse(value)
    for name in ("default", "default_factory", "factory"):
        if name in options:
            return None if options[name] in ("...", "NOTHING", "attr.NOTHING") else options[name]
    return None


def field_names(world: World, found: Found) -> frozenset[str]:
    """The names that are both attributes and parameters of the constructor."""
    made = None
    line = world.line(found)
    if isinstance(found.member, Class) and not any(n in found.member.members for n in ("__init__", "__new__")):
        made = _made(found.member, line)
    return frozenset(p.name for p in made.parameters) if made else frozenset()
