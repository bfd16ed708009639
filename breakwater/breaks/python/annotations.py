"""Whether two annotations say the same, or the new one allows what the old one did."""

import ast
from functools import lru_cache

_OLD_NAMES = {"List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "Type": "type"}
_ANYTHING = {"Any", "object", "Incomplete"}


def members(annotation: str) -> frozenset[str]:
    """The alternatives of a union, spelled one way: `Optional[List[int]]` is {`list[int]`, `None`}."""
    try:
        node = ast.parse(annotation, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return frozenset({annotation})
    return frozenset(_members(node))


def widens(old: str | None, new: str | None) -> bool:
    """Whether whatever fitted the old annotation fits the new one, as far as the text can tell."""
    if old is None or new is None or old == new:
        return True
    before, after = members(old), members(new)
    return before <= after or bool(after & _ANYTHING) or bool(before & _ANYTHING)


def _members(node: ast.expr) -> set[str]:
    match node:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _members(left) | _members(right)
        case ast.Subscript(value=outer, slice=inner) if _last(outer) == "Optional":
            return _members(inner) | {"None"}
        case ast.Subscript(value=outer, slice=inner) if _last(outer) == "Union":
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return set().union(*map(_members, parts))
        case ast.Subscript(value=outer, slice=inner) if _last(outer) in ("Annotated", "Required", "NotRequired"):
            return _members(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
        case ast.Subscript(value=outer, slice=inner) if _last(outer) == "Literal":
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return {f"Literal[{ast.unparse(part)}]" for part in parts}
        case ast.Constant(value=str(text)):
            return set(members(text))
    return {_spelled(node)}


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _spelled(node: ast.expr) -> str:
    """One spelling: no module in front of a name, the built-in names for typing's old ones, unions in order."""
    match node:
        case ast.Subscript(value=outer, slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return f"{_spelled(outer)}[{', '.join(_union(part) for part in parts)}]"
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return _OLD_NAMES.get(name, name)
        case ast.List(elts=parts):
            return f"[{', '.join(_union(part) for part in parts)}]"
    return ast.unparse(node)


def _union(node: ast.expr) -> str:
    return " | ".join(sorted(_members(node)))


members = lru_cache(maxsize=4096)(members)
