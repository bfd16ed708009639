"""What a module offers, as its text says it: names, signatures, classes, re-exports."""

import ast
from collections.abc import Iterator, Mapping
from enum import Enum

from breakwater.records import field, record

FRAMEWORK_CALLS = frozenset(
    {
        "command",
        "group",
        "callback",
        "option",
        "argument",
        "route",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "websocket",
    }
    | {"exception_handler", "fixture", "errorhandler", "on_event", "tool", "resource", "prompt"}
)
_PROVISIONAL = frozenset(("unstable", "experimental", "provisional", "beta", "alpha"))
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Kind(Enum):
    """How a parameter takes its argument."""

    POSITIONAL_ONLY = "positional only"
    EITHER = "positional or keyword"
    STAR = "*"
    KEYWORD_ONLY = "keyword only"
    STAR_STAR = "**"

    @property
    def by_position(self) -> bool:
        return self in (Kind.POSITIONAL_ONLY, Kind.EITHER)

    @property
    def by_name(self) -> bool:
        return self in (Kind.EITHER, Kind.KEYWORD_ONLY)


@record(frozen=True, slots=True)
class Parameter:
    """One parameter; `default` and `annotation` are source text, None where there is none."""

    name: str
    kind: Kind
    default: str | None = None
    annotation: str | None = None

    @property
    def required(self) -> bool:
        return self.default is None and self.kind not in (Kind.STAR, Kind.STAR_STAR)


@record(frozen=True, slots=True)
class Signature:
    """How something is called. `keywords` are names that the body takes out of its `**` parameter."""

    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    keywords: frozenset[str] = frozenset()
    exact: bool = True
    """False where positions are unknown (fields inherited from a class that cannot be read)."""

    def named(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)

    def variadic(self, kind: Kind) -> bool:
        return any(p.kind is kind for p in self.parameters)

    def without_first(self) -> "Signature":
        """As a caller of a bound method sees it."""
        rest = self.parameters[1:] if self.parameters and self.parameters[0].kind.by_position else self.parameters
        return Signature(rest, self.returns, self.keywords, self.exact)


@record(frozen=True, slots=True)
class Function:
    """A function or method; several nodes where branches or overloads define it more than once."""

    name: str
    line: int
    nodes: tuple[FunctionNode, ...]
    decorators: frozenset[str]
    settable: bool = False
    """A property with a setter."""

    @property
    def is_property(self) -> bool:
        return any(name.rpartition(".")[2].endswith(("property", "Property")) for name in self.decorators)

    @property
    def is_command(self) -> bool:
        """Whether a framework calls it (a command line, a route), so that its parameters are nobody's arguments."""
        return any("." in name and name.rpartition(".")[2] in FRAMEWORK_CALLS for name in self.decorators)

    @property
    def is_provisional(self) -> bool:
        """Whether a decorator says that it may change at any time."""
        return any(name.rpartition(".")[2] in _PROVISIONAL for name in self.decorators)

    @property
    def binding(self) -> str:
        return next((word for word in ("staticmethod", "classmethod") if word in self.decorators), "method")


@record(frozen=True, slots=True)
class Attribute:
    """A value: a constant of a module, an attribute of a class or (`on_self`) of its instances."""

    name: str
    line: int
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    on_self: bool = False


@record(frozen=True, slots=True)
class Alias:
    """A name that an import binds. `target` is absolute and dotted.

    `stands_in` means one of several ways to the same name (`try: ... except ImportError: ...`), which is how a module
    offers a name to others; `typing_only` an import that does not happen at run time.
    """

    name: str
    line: int
    target: str
    explicit: bool = False
    stands_in: bool = False
    typing_only: bool = False


@record(frozen=True, slots=True)
class Class:
    """A class; `bases` are dotted names as written, "" for an expression."""

    name: str
    line: int
    bases: tuple[str, ...]
    members: Mapping[str, "Member"]
    decorators: Mapping[str, ast.expr]
    keywords: frozenset[str] = frozenset()

    def own(self) -> Iterator[tuple[str, "Member"]]:
        yield from self.members.items()


Member = Function | Attribute | Alias | Class


@record(slots=True)
class Module:
    """A module's names. `exports` is what `__all__` says, None where it says nothing that can be read.

    `words` are the string constants of a module that makes names on demand (`__getattr__`, `globals()`).
    """

    name: str
    path: str
    is_package: bool
    members: dict[str, Member] = field(default_factory=dict)
    exports: tuple[str, ...] | None = None
    stars: tuple[str, ...] = ()
    dynamic: bool = False
    words: frozenset[str] = frozenset()
    served: frozenset[str] = frozenset()
    """Names that the module's `__getattr__` compares with."""
    memory: frozenset[str] = frozenset()
    """Names that begin as None and that functions bind by `global`: the module's own memory, nobody's import."""
