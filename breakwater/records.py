"""Records: to a type checker the dataclasses of the standard library, at run time the same at a tenth of their cost.

Importing `dataclasses` and making twenty of them took a third of the time of a hook. What is left out here: at run time
nothing hinders an assignment to a frozen record (the type checker does), and there are no slots and no inheritance of
fields. `typing` is not imported either, for the same reason; type checkers know the name `TYPE_CHECKING`.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass as record
    from dataclasses import field, replace
    from typing import Any

    Make = Callable[[type[Any]], type[Any]]
else:

    class _Made:
        """A default that is made anew for each record."""

        def __init__(self, make: Callable[[], Any]) -> None:
            self.make = make

    def field(*, default_factory: Callable[[], Any]) -> _Made:
        return _Made(default_factory)

    def record(*, frozen: bool = False, slots: bool = False) -> Make:
        """`@record(frozen=True, slots=True)`; a record that may change cannot be hashed."""
        return _hashable if frozen else _made

    def replace(one: Any, **changes: Any) -> Any:
        return type(one)(**{**{name: getattr(one, name) for name in one.__match_args__}, **changes})

    def _hashable(cls: type[Any]) -> type[Any]:
        made = _made(cls)
        made.__hash__ = lambda self: hash(made._values(self))
        return made

    def _made(cls: type[Any]) -> type[Any]:
        names = tuple(cls.__annotations__)
        values = attrgetter(*names) if len(names) > 1 else lambda self: tuple(getattr(self, name) for name in names)
        cls.__match_args__ = names
        cls._values = staticmethod(values)
        cls.__init__ = _init(cls, names)
        cls.__eq__ = lambda self, other: values(self) == values(other) if type(self) is type(other) else NotImplemented
        cls.__hash__ = None
        cls.__repr__ = _shown
        return cls

    def _init(cls: type[Any], names: tuple[str, ...]) -> Callable[..., None]:
        """A constructor as one would write it by hand; the text holds nothing but names of fields."""
        defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
        taken = "".join(f", {name}=_defaults[{name!r}]" if name in defaults else f", {name}" for name in names)
        body = [f" self.{name} = {_value(name, defaults.get(name))}" for name in names]
        body += [" self.__post_init__()"] if hasattr(cls, "__post_init__") else []
        scope: dict[str, Any] = {"_defaults": defaults, "_Made": _Made}
        exec(f"def __init__(self{taken}):\n" + "\n".join(body), scope)  # noqa: S102  as `dataclasses` does
        made: Callable[..., None] = scope["__init__"]
        return made

    def _value(name: str, default: object) -> str:
        return f"{name}.make() if type({name}) is _Made else {name}" if isinstance(default, _Made) else name

    def _shown(self: Any) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"


__all__ = ["field", "record", "replace"]
