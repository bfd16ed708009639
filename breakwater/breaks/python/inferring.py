"""What a function without annotation returns, where its body leaves no doubt."""

import ast
import builtins
from collections.abc import Iterator

from breakwater.breaks.python.annotations import members
from breakwater.breaks.python.calls import own_nodes
from breakwater.breaks.python.reading import dotted
from breakwater.breaks.python.surface import Class, Function, FunctionNode
from breakwater.breaks.python.world import Found, World

_DEPTH = 4
_DISPLAYS: dict[type[ast.expr], str] = {
    ast.JoinedStr: "str", ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict",
    ast.Set: "set", ast.SetComp: "set", ast.Tuple: "tuple", ast.Compare: "bool",
}  # fmt: skip
_METHODS = {("str", "encode"): "bytes", ("bytes", "decode"): "str"}
_METHODS |= {(kind, name): kind for kind in ("str", "bytes") for name in ("join", "replace", "strip", "lower", "upper")}
_METHODS |= {("str", "format"): "str", ("str", "split"): "list"}
_BUILT = {"str", "bytes", "int", "float", "bool", "list", "dict", "set", "frozenset", "tuple", "sorted", "len", "repr"}
_RESULTS = {"sorted": "list", "len": "int", "repr": "str"}

Types = frozenset[str] | None


def returned(world: World, found: Found, depth: int = 0) -> Types:
    """The names of the types that a call may give, None where the text does not say."""
    if not isinstance(found.member, Function) or depth > _DEPTH or len(found.member.nodes) != 1:
        return None
    node = found.member.nodes[0]
    if node.returns is not None:
        return members(ast.unparse(node.returns))
    if found.member.decorators - {"staticmethod", "classmethod"} or isinstance(node, ast.AsyncFunctionDef):
        return None
    return _union(_Body(world, found, node, depth).results())


def _union(parts: Iterator[Types]) -> Types:
    result: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        result |= part
    return result or None


class _Body:
    """One function's body."""

    def __init__(self, world: World, found: Found, node: FunctionNode, depth: int) -> None:
        self.world, self.found, self.depth = world, found, depth
        self.nodes = list(own_nodes(node))
        self.values: dict[str, list[ast.expr | None]] = {}
        for inner in self.nodes:
            self._note(inner)
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                self.values.setdefault(argument.arg, []).append(None)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.values.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self.values.setdefault(node.id, [])
        elif isinstance(node, ast.AugAssign | ast.For | ast.withitem | ast.NamedExpr | ast.AnnAssign):
            for target in ast.walk(node):
                if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                    self.values.setdefault(target.id, []).append(None)

    def results(self) -> Iterator[Types]:
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in self.nodes):
            yield None
        for node in self.nodes:
            if isinstance(node, ast.Return):
                yield self.type_of(node.value) if node.value else frozenset({"None"})

    def type_of(self, node: ast.expr, depth: int = 0) -> Types:
        if depth > _DEPTH:
            return None
        if kind := _DISPLAYS.get(type(node)):
            return frozenset({kind})
        match node:
            case ast.Constant(value=value):
                return frozenset({"None" if value is None else type(value).__name__})
            case ast.UnaryOp(op=ast.Not()):
                return frozenset({"bool"})
            case ast.IfExp(body=body, orelse=orelse):
                return _union(iter((self.type_of(body, depth + 1), self.type_of(orelse, depth + 1))))
            case ast.BinOp(left=ast.Constant(value=str() | bytes() as text), op=ast.Add() | ast.Mod()):
                return frozenset({type(text).__name__})
            case ast.Name(id=name):
                values = self.values.get(name, [])
                return self.type_of(values[0], depth + 1) if len(values) == 1 and values[0] is not None else None
            case ast.Call():
                return self.type_of_call(node)
        return None

    def type_of_call(self, node: ast.Call) -> Types:
        match node.func:
            case ast.Attribute(attr=name, value=receiver) if kind := self._method(receiver, name):
                return frozenset({kind})
            case ast.Name(id=name) if name in _BUILT and hasattr(builtins, name):
                return frozenset({_RESULTS.get(name, name)})
        return self._follow(node.func)

    def _method(self, receiver: ast.expr, name: str) -> str | None:
        """What a method of a built-in type gives, where the receiver's type is known."""
        kinds = self.type_of(receiver, 1) if not isinstance(receiver, ast.Call) or dotted(receiver) != "super" else None
        return _METHODS.get((next(iter(kinds)), name)) if kinds and len(kinds) == 1 else None

    def _follow(self, function: ast.expr) -> Types:
        """Into a function of the project: by name, by `self.` or by `super().`."""
        target = self._target(function)
        if target is None:
            return None
        if isinstance(target.member, Class):
            return frozenset({target.member.name})
        return returned(self.world, target, self.depth + 1)

    def _target(self, function: ast.expr) -> Found | None:
        owner = self.found.owner
        match function:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if owner:
                return self.world.member(Found(owner, self.found.module), name)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if owner:
                line = self.world.line(Found(owner, self.found.module)).classes[1:]
                return next(filter(None, (self.world.member(level, name) for level in line)), None)
        name = dotted(function) if not isinstance(function, ast.Call) else ""
        return self.world.resolve(self.found.module, name) if name and name.split(".")[0] not in self.values else None
