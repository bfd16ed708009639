"""What a function's definition says about calling it: its signature, whether it must be awaited, what it returns."""

import ast
from collections.abc import Iterator

from breakwater.breaks.python.reading import dotted, strings
from breakwater.breaks.python.surface import FunctionNode, Kind, Parameter, Signature

AWAITED = "awaited"
ITERATED = "iterated asynchronously"
PLAIN = "plain"

_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_AWAITABLE = {"Awaitable", "Coroutine", "Future", "Task", "Deferred"}
_COROUTINES = {"coroutine", "inlineCallbacks", "deferred_f_from_coro_f"}
_ASYNC_ITERABLE = {"AsyncIterator", "AsyncIterable", "AsyncGenerator"}


def signature(node: FunctionNode) -> Signature:
    """The parameters as written, `self` included."""
    arguments = node.args
    parameters = [*_positional(arguments)]
    if arguments.vararg:
        parameters.append(Parameter(arguments.vararg.arg, Kind.STAR, annotation=_text(arguments.vararg.annotation)))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(Parameter(argument.arg, Kind.KEYWORD_ONLY, _text(default), _text(argument.annotation)))
    if arguments.kwarg:
        parameters.append(Parameter(arguments.kwarg.arg, Kind.STAR_STAR, annotation=_text(arguments.kwarg.annotation)))
    returns = None if _waits(node) else _text(node.returns)
    return Signature(tuple(parameters), returns, frozenset(_keywords(node)))


def _waits(node: FunctionNode) -> bool:
    """Whether the annotation speaks of what is awaited; `way` compares that."""
    return dotted(node.returns).rpartition(".")[2] in _AWAITABLE | _ASYNC_ITERABLE


def _positional(arguments: ast.arguments) -> Iterator[Parameter]:
    both = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(both) - len(arguments.defaults)) + list(arguments.defaults)
    for index, (argument, default) in enumerate(zip(both, defaults, strict=True)):
        only = index < len(arguments.posonlyargs) or _is_positional_by_name(argument.arg)
        kind = Kind.POSITIONAL_ONLY if only else Kind.EITHER
        yield Parameter(argument.arg, kind, _text(default), _text(argument.annotation))


def _is_positional_by_name(name: str) -> bool:
    """The convention from before `/`: two leading underscores."""
    return name.startswith("__") and not name.endswith("__")


def _text(node: ast.expr | None) -> str | None:
    return None if node is None else ast.unparse(node)


def _keywords(node: FunctionNode) -> Iterator[str]:
    """Names that the body takes out of its `**` parameter, or that a decorator speaks of (`@renamed("old", "new")`).

    Each is a parameter in all but the signature.
    """
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            yield from (word for word in strings(decorator) if word.isidentifier())
    if node.args.kwarg is None:
        return
    bag = node.args.kwarg.arg
    for inner in ast.walk(node):
        match inner:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="pop" | "get"),
                args=[ast.Constant(value=str(key)), *_],
            ) if owner == bag:
                yield key
            case ast.Subscript(value=ast.Name(id=owner), slice=ast.Constant(value=str(key)), ctx=ast.Load()) if (
                owner == bag
            ):
                yield key


def way(node: FunctionNode) -> str:
    """How the result of a call is used: as it is, awaited, or iterated asynchronously."""
    if isinstance(node, ast.AsyncFunctionDef):
        return ITERATED if _yields(node) else AWAITED
    names = {dotted(d).rpartition(".")[2] for d in node.decorator_list}
    words = {dotted(node.returns).rpartition(".")[2]}
    if names & _COROUTINES or words & _AWAITABLE:
        return AWAITED
    return ITERATED if words & _ASYNC_ITERABLE else PLAIN


def is_hook(node: FunctionNode) -> bool:
    """Whether the body asks to be overridden: abstract, not implemented, or empty but for words."""
    if any("abstract" in dotted(d) for d in node.decorator_list):
        return True
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return not body or (len(body) == 1 and _does_nothing(body[0]))


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return dotted(statement.exc) == "NotImplementedError"
    return isinstance(statement, ast.Pass)


def _yields(node: FunctionNode) -> bool:
    return any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in own_nodes(node))


def own_nodes(node: FunctionNode) -> Iterator[ast.AST]:
    """Every node of a body, nested functions and classes left out."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, _NESTED):
            continue
        yield inner
        waiting.extend(ast.iter_child_nodes(inner))
