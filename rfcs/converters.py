"""RFC numbers in URLs: `RFC-0042`, and `42` as well."""

from django.urls import register_converter


class NumberConverter:
    regex = r"(?:RFC-)?[0-9]{1,15}"

    def to_python(self, value: str) -> int:
        return int(value.removeprefix("RFC-"))

    def to_url(self, value: int | str) -> str:
        return f"RFC-{value:04d}" if isinstance(value, int) else value


register_converter(NumberConverter, "rfc")
