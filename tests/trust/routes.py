"""Every address of the portal, read from the URLconf: a test that walks them forgets none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

PLAIN: Mapping[str, Any] = {
    "number": "RFC-0042",
    "other": "RFC-0043",
    "pk": 42,
    "id": 42,
    "key": "0123456789abcdef",
    "uidb36": "1a",
    "slug": "nothing",
    "track": "emergency",
    "username": "nobody",
    "secret": "nobodys",
    "sha256": "0" * 64,
    "channel": "mail",
    "token": "nothing",
    "revision_number": 1,
    "revision": 1,
    "old": 1,
    "new": 1,
}
"""What stands in an address when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Route:
    """One name of the URLconf with what its address needs."""

    name: str
    needs: tuple[tuple[str, str], ...]
    """Names of parameters, each with the kind of its converter."""
    methods: tuple[str, ...] = ("get", "post")
    """Of a call also those beyond, if it knows them; what a page does with others is 403 for want of a token."""

    def __str__(self) -> str:
        return self.name

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api-")

    @property
    def is_of_rfc(self) -> bool:
        return any(name == "number" for name, _ in self.needs)

    def address(self, **known: Any) -> str:
        values = {name: self._value(name, kind, known) for name, kind in self.needs}
        return "/api/v1/nowhere/" if self.name == "api-nowhere" else reverse(self.name, kwargs=values)

    def _value(self, name: str, kind: str, known: Mapping[str, Any]) -> Any:
        value = known.get(name, PLAIN[name])
        if kind == "IntConverter" and not str(value).isdecimal():
            return 42
        return int(str(value).removeprefix("RFC-")) if kind == "NumberConverter" else value


def routes() -> list[Route]:
    """Each name once, in the order of the URLconf."""
    found = {route.name: route for route in _walk(get_resolver().url_patterns, ())}
    return list(found.values())


def pages() -> list[Route]:
    return [route for route in routes() if not route.is_api]


def _walk(patterns: Any, above: tuple[tuple[str, str], ...]) -> Iterator[Route]:
    for pattern in patterns:
        needs = (*above, *_needs(pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, needs)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern} has no name; every address has one."
            yield Route(pattern.name, needs, ("get", "post", *_more(pattern.callback)))


def _more(view: Any) -> Iterator[str]:
    known = getattr(view, "cls", None)
    return (method for method in ("put", "patch", "delete") if hasattr(known, method))


def _needs(pattern: Any) -> tuple[tuple[str, str], ...]:
    inner = pattern.pattern
    kinds = {name: type(converter).__name__ for name, converter in getattr(inner, "converters", {}).items()}
    groups = inner.regex.groupindex
    return tuple((name, kinds.get(name, "")) for name in groups)
