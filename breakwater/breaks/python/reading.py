"""From a module's text to its surface. Nothing is executed."""

import ast
import sys
import warnings
from collections.abc import Iterable, Iterator

from breakwater.breaks.python.surface import Alias, Attribute, Class, Function, FunctionNode, Member, Module
from breakwater.records import replace

_VERSION = f"Python {sys.version_info.major}.{sys.version_info.minor}"
_DYNAMIC = {"globals", "vars", "setattr", "attach", "attach_stub", "lazy_import", "LazyModule", "_LazyModule"}


class Unreadable(Exception):
    """The text cannot be had or is no Python that this interpreter knows; says why."""


def read(text: str, *, name: str, path: str, is_package: bool = False) -> Module:
    """The surface of a module. Raises Unreadable."""
    tree = parsed(text)
    module = Module(name, path, is_package)
    reader = _Reader(module)
    reader.block(tree.body)
    module.stars = tuple(reader.stars)
    module.dynamic = "__getattr__" in module.members or reader.dynamic
    if module.dynamic:
        module.words = frozenset(strings(tree))
        module.served = frozenset(_served(module.members.get("__getattr__")))
    if "global " in text:
        module.memory = frozenset(_memory(tree, module.members))
    return module


def parsed(text: str) -> ast.Module:
    """The syntax tree. Raises Unreadable for text that does not parse, for whatever reason the parser has."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        reason = getattr(error, "msg", None) or str(error)
        raise Unreadable(f"no Python that {_VERSION} reads ({reason}{f', line {line}' if line else ''})") from None
    except (RecursionError, MemoryError):
        raise Unreadable("nested too deeply") from None


def dotted(node: ast.AST | None) -> str:
    """`a.b.c` of a name or an attribute, "" of anything else; a subscript or a call counts as what it is made of."""
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return node.id if isinstance(node, ast.Name) else ""


class _Reader:
    """Walks the statements of a module or a class body, branches included, and binds names."""

    def __init__(self, module: Module, members: dict[str, Member] | None = None) -> None:
        self.module = module
        self.members = module.members if members is None else members
        self.top = members is None
        self.stars: list[str] = []
        self.dynamic = False

    def block(self, body: Iterable[ast.stmt], *, branch: bool = False, typing_only: bool = False) -> None:
        for statement in body:
            self.statement(statement, branch=branch, typing_only=typing_only)

    def statement(self, node: ast.stmt, *, branch: bool, typing_only: bool) -> None:
        if typing_only and isinstance(node, FunctionNode | ast.ClassDef | ast.Assign | ast.AnnAssign):
            return  # not there at run time
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node, branch=branch)
            case ast.ClassDef():
                self.bind(self.a_class(node), branch=branch)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self.assignment(node, branch=branch)
            case ast.Import() | ast.ImportFrom():
                self.an_import(node, branch=branch, typing_only=typing_only)
            case ast.If():
                for_typing = dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING"
                self.block(node.body, branch=True, typing_only=typing_only or for_typing)
                self.block(node.orelse, branch=True, typing_only=typing_only)
            case ast.Try():
                self.a_try(node, typing_only=typing_only)
            case ast.With():
                self.block(node.body, branch=True, typing_only=typing_only)
            case ast.For() | ast.While():
                lasting = [one for one in node.body if not isinstance(one, ast.Assign | ast.AnnAssign)]
                self.block(lasting, branch=True, typing_only=typing_only)  # a value of the last round is nobody's
            case ast.Expr(value=ast.Call() as call):
                self.call(call)
            case ast.Delete():
                for target in node.targets:
                    self.members.pop(dotted(target), None)

    # Binding

    def bind(self, member: Member, *, branch: bool) -> None:
        """A later binding wins, but in branches the one that says most stays."""
        before = self.members.get(member.name)
        if branch and isinstance(before, Alias) and isinstance(member, Alias):
            runs = before if member.typing_only or not before.typing_only else member
            self.members[member.name] = replace(runs, stands_in=not (before.typing_only or member.typing_only))
        elif branch and isinstance(before, Alias) and not before.typing_only and not _is_nothing(member):
            self.members[member.name] = replace(before, stands_in=True)
        elif not (branch and before is not None and _is_nothing(member)):
            self.members[member.name] = member

    def function(self, node: FunctionNode, *, branch: bool) -> None:
        decorators = frozenset(filter(None, map(dotted, node.decorator_list)))
        before = self.members.get(node.name)
        if isinstance(before, Function):
            if any(name.endswith((".setter", ".deleter", ".getter")) for name in decorators):
                settable = before.settable or any(name.endswith(".setter") for name in decorators)
                self.members[node.name] = replace(before, settable=settable)
                return
            if branch or _overloaded(before):
                self.members[node.name] = _another(before, node, decorators)
                return
        self.bind(Function(node.name, node.lineno, (node,), decorators), branch=branch)

    def a_class(self, node: ast.ClassDef) -> Class:
        members: dict[str, Member] = {}
        _Reader(self.module, members).block(node.body)
        for attribute in _on_self(node):
            members.setdefault(attribute.name, attribute)
        decorators = {dotted(d): d for d in node.decorator_list}
        keywords = frozenset(f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords if k.arg)
        return Class(node.name, node.lineno, tuple(_bases(node.bases)), members, decorators, keywords)

    def assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, *, branch: bool) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if self.top and isinstance(target, ast.Name) and target.id == "__all__":
                self.exports(node)
            elif dotted(target).startswith("sys.modules"):
                self.dynamic = True
            elif not isinstance(node, ast.AugAssign):
                self.targets(target, node, branch=branch)

    def targets(self, target: ast.expr, node: ast.Assign | ast.AnnAssign, *, branch: bool) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            for item in target.elts:
                if isinstance(item, ast.Name):
                    self.bind(Attribute(item.id, node.lineno), branch=branch)
        elif isinstance(target, ast.Name):
            annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
            self.bind(Attribute(target.id, node.lineno, node.value, annotation), branch=branch)

    def an_import(self, node: ast.Import | ast.ImportFrom, *, branch: bool, typing_only: bool) -> None:
        base = self.base_of(node)
        for name in node.names:
            if name.name == "*":
                self.stars.append(base)
                continue
            target = f"{base}.{name.name}" if base else name.name
            bound = name.asname or (name.name if isinstance(node, ast.ImportFrom) else name.name.partition(".")[0])
            target = target if name.asname or isinstance(node, ast.ImportFrom) else bound
            explicit = name.asname is not None and name.asname == name.name
            self.bind(Alias(bound, node.lineno, target, explicit, typing_only=typing_only), branch=branch)

    def base_of(self, node: ast.Import | ast.ImportFrom) -> str:
        """The absolute name of the module that an import takes from."""
        if isinstance(node, ast.Import):
            return ""
        if not node.level:
            return node.module or ""
        parts = self.module.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if self.module.is_package else 0)]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def a_try(self, node: ast.Try, *, typing_only: bool) -> None:
        self.block(node.body, branch=True, typing_only=typing_only)
        for handler in node.handlers:
            self.block(handler.body, branch=True, typing_only=typing_only)
        self.block([*node.orelse, *node.finalbody], branch=True, typing_only=typing_only)

    # `__all__`, and names made on demand

    def exports(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        if node.value is None:
            return
        names = self.names_in(node.value)
        before = self.module.exports if isinstance(node, ast.AugAssign) else ()
        self.module.exports = None if names is None or before is None else (*before, *names)

    def names_in(self, node: ast.expr) -> tuple[str, ...] | None:
        """The names that an expression lists, None where it cannot be read."""
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                if all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in items):
                    return tuple(item.value for item in items if isinstance(item, ast.Constant))  # type: ignore[misc]
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                one, other = self.names_in(left), self.names_in(right)
                return None if one is None or other is None else (*one, *other)
            case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple"), args=[inner]):
                return self.names_in(inner)
        return None

    def call(self, node: ast.Call) -> None:
        name = dotted(node.func)
        if self.top and name in ("__all__.extend", "__all__.append") and len(node.args) == 1:
            inner = ast.List([node.args[0]]) if name.endswith("append") else node.args[0]
            names = self.names_in(inner)
            before = self.module.exports
            self.module.exports = None if names is None or before is None else (*before, *names)
        elif set(name.split(".")) & _DYNAMIC:
            self.dynamic = True


def _is_nothing(member: Member) -> bool:
    """`name = None` and the like: what a module writes where the real thing is not there."""
    if not isinstance(member, Attribute):
        return False
    return isinstance(member.value, ast.Constant) or (member.value is None and member.annotation is None)


def _overloaded(function: Function) -> bool:
    return any(name.rpartition(".")[2] == "overload" for name in function.decorators)


def _another(before: Function, node: FunctionNode, decorators: frozenset[str]) -> Function:
    """One more definition of the same name; what implements overloads replaces them."""
    if _overloaded(before) and not any(name.rpartition(".")[2] == "overload" for name in decorators):
        return Function(node.name, node.lineno, (node,), decorators)
    return replace(before, nodes=(*before.nodes, node), decorators=before.decorators | decorators)


def _bases(nodes: list[ast.expr]) -> Iterator[str]:
    """The names of the bases; what a call makes has none, but `with_metaclass(Meta, Base)` passes them on."""
    for node in nodes:
        if not isinstance(node, ast.Call):
            yield dotted(node)
        elif dotted(node).rpartition(".")[2] == "with_metaclass":
            yield from map(dotted, node.args[1:])
        else:
            yield ""


def _on_self(node: ast.ClassDef) -> Iterator[Attribute]:
    """What the methods of a class set on `self`."""
    for method in node.body:
        if not isinstance(method, FunctionNode) or not method.args.args:
            continue
        self_name = method.args.args[0].arg
        if self_name != "self":
            continue
        for inner in _of_this_self(method):
            if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and dotted(inner.value) == "self":
                yield Attribute(inner.attr, inner.lineno, on_self=True)


def _of_this_self(method: FunctionNode) -> Iterator[ast.AST]:
    """Every node of a method in which `self` is its own: no class inside, nothing that takes a `self` of its own."""
    waiting: list[ast.AST] = list(method.body)
    while waiting:
        inner = waiting.pop()
        own = isinstance(inner, FunctionNode) and any(a.arg == "self" for a in inner.args.args)
        if not (own or isinstance(inner, ast.ClassDef)):
            yield inner
            waiting.extend(ast.iter_child_nodes(inner))


def strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _memory(tree: ast.Module, members: dict[str, Member]) -> Iterator[str]:
    bound = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    for name in bound:
        member = members.get(name)
        value = member.value if isinstance(member, Attribute) else None
        if isinstance(value, ast.Constant) and value.value is None:
            yield name


def _served(member: Member | None) -> Iterator[str]:
    """The names that a module's `__getattr__` knows by comparing."""
    if not isinstance(member, Function):
        return
    for node in ast.walk(member.nodes[0]):
        if isinstance(node, ast.Compare):
            yield from (word for side in node.comparators for word in strings(side) if word.isidentifier())
