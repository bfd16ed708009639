"""Fields that take what the schema says and nothing that merely resembles it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string as it is, blanks included; NUL and lone surrogates are refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False} | kwargs)

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class Reference(Text):
    """A key of the issue tracker: `PLAT-123`, or a number, which is kept as text."""

    def to_internal_value(self, data: object) -> str:
        is_number = isinstance(data, int) and not isinstance(data, bool) and abs(data) < 10**18
        return super().to_internal_value(str(data) if is_number else data)


class Flag(serializers.BooleanField):
    """true or false; not "yes", not 1."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A JSON integer; not "3", not true, not 3.0."""

    def to_internal_value(self, data: object) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Exact(serializers.Serializer[Any]):
    """A body in which every field has a meaning. A misspelt field is an error, never lost in silence.

    `ignored` names what the API itself shows and never takes: a client may send back what it read.
    """

    ignored: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(data.keys() - self.fields.keys() - self.ignored)
            if unknown:
                known = ", ".join(self.fields)
                message = f"There is no such field here; known are: {known}."
                raise serializers.ValidationError({name: [message] for name in unknown[:20]}, code="unknown_field")
        return super().to_internal_value(data)
