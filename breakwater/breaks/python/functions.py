"""Two versions of a function or method."""

import ast
from collections.abc import Iterator

from breakwater.breaks.python import calls, signatures
from breakwater.breaks.python.inferring import returned
from breakwater.breaks.python.record import Break, Sides
from breakwater.breaks.python.signatures import Difference
from breakwater.breaks.python.surface import Class, Function, FunctionNode, Kind, Parameter, Signature
from breakwater.breaks.python.world import Found
from breakwater.findings import NOTICE, WARNING

_BUILT_IN = {"str", "bytes", "int", "float", "bool", "list", "dict", "set", "frozenset", "tuple", "None"}
_HOOKED = ("Base", "Abstract")
_HOOKS = ("Base", "Mixin", "Protocol", "Interface", "Plugin")


def breaks(sides: Sides, old: Found, new: Found, name: str) -> Iterator[Break]:
    """Every break between two versions. Of several definitions (branches, overloads) the kindest counts."""
    before, after = old.member, new.member
    assert isinstance(before, Function)
    assert isinstance(after, Function)

    def at(rule: str, sentence: str, level: str = "") -> Break:
        level = level or (WARNING if before.is_provisional else "")
        return Break(rule, name, f"{name}: {sentence}", new.module.path, after.line, level)

    if old.owner and before.is_property != after.is_property:
        kinds = ("a property", "a method") if before.is_property else ("a method", "a property")
        yield at("PY008", f"was {kinds[0]} and is {kinds[1]}")
        return
    if before.is_property:
        if before.settable and not after.settable:
            yield at("PY008", "can no longer be set")
        return
    if old.owner and before.binding != "method" and after.binding == "method":
        yield at("PY008", f"was a {before.binding} and needs an instance now")
        return
    if before.is_command or after.is_command:
        return
    seen = set()
    for difference in _differences(before, after, bound=bool(old.owner)):
        if difference not in seen:
            seen.add(difference)
            yield at(difference.rule, difference.sentence)
    yield from (at("PY010", sentence) for sentence in _ways(before, after))
    yield from (at("PY024", sentence) for sentence in _results(sides, old, new))
    if old.owner and new.owner:
        hooked = _is_hooked(old.owner, before)
        for parameter in _additions(before, after):
            sentence = f"a method that overrides it must take the new parameter {parameter.name} too"
            yield at("PY023", sentence, "" if hooked else NOTICE)


def _differences(old: Function, new: Function, *, bound: bool) -> list[Difference]:
    result: list[Difference] = []
    for node in old.nodes:
        one = callers_view(old, node, bound=bound)
        options = [list(signatures.differences(one, callers_view(new, other, bound=bound))) for other in new.nodes]
        result.extend(min(options, key=lambda found: sum(d.rule < "PY020" for d in found)))
    return result


def callers_view(function: Function, node: FunctionNode, *, bound: bool) -> Signature:
    """The signature without `self`; operators are called by position alone, so their names do not count."""
    whole = calls.signature(node)
    if not bound or function.binding == "staticmethod":
        return whole
    seen = whole.without_first()
    return _by_position_alone(seen) if _is_operator(function.name) else seen


def _is_operator(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in ("__init__", "__new__", "__call__")


def _by_position_alone(signature: Signature) -> Signature:
    parameters = (
        Parameter(p.name, Kind.POSITIONAL_ONLY, p.default, p.annotation) if p.kind is Kind.EITHER else p
        for p in signature.parameters
    )
    return Signature(tuple(parameters), signature.returns, signature.keywords, signature.exact)


def _ways(old: Function, new: Function) -> Iterator[str]:
    """From plain to awaited and back; a definition in one branch that is as before is enough.

    Without `async` on either side only annotations can tell, and those must stand on both.
    """
    nodes = (*old.nodes, *new.nodes)
    if not any(isinstance(node, ast.AsyncFunctionDef) for node in nodes) and any(
        node.returns is None for node in nodes
    ):
        return
    before, after = {calls.way(node) for node in old.nodes}, {calls.way(node) for node in new.nodes}
    if not before & after:
        yield f"the result was {min(before)} and is {min(after)} now"


def _results(sides: Sides, old: Found, new: Found) -> Iterator[str]:
    """Return types that the bodies tell, where at most one side says it by annotation."""
    if all(_is_annotated(found) for found in (old, new)):
        return
    before, after = _built_in(returned(sides.old, old)), _built_in(returned(sides.new, new))
    if before and after and not before & after and before != {"None"}:
        yield f"returns {_listed(after)} where it returned {_listed(before)}"


def _built_in(types: frozenset[str] | None) -> frozenset[str]:
    """The types without their parameters, if all of them are built in: nothing else can be told apart by name."""
    bare = frozenset(name.partition("[")[0] for name in types or ())
    return bare if bare <= _BUILT_IN else frozenset()


def _is_annotated(found: Found) -> bool:
    return isinstance(found.member, Function) and found.member.nodes[0].returns is not None


def _listed(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def _additions(old: Function, new: Function) -> Iterator[Parameter]:
    if len(old.nodes) == len(new.nodes) == 1 and not old.name.startswith("__") and new.binding != "staticmethod":
        yield from signatures.optional_additions(calls.signature(old.nodes[0]), calls.signature(new.nodes[0]))


def _is_hooked(owner: Class, function: Function) -> bool:
    """Whether the method is there to be overridden."""
    named = owner.name.startswith(_HOOKED) or owner.name.endswith(_HOOKS)
    return named or "Protocol" in owner.bases or any(calls.is_hook(node) for node in function.nodes)
