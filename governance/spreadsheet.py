"""Rows as CSV that a spreadsheet opens without running anything. Pure.

Source: OWASP, CSV Injection. A cell that a spreadsheet would take for a formula gets an apostrophe in front; so does
one whose formula sign stands behind blanks, and one that begins with the full-width forms, which some programs fold.
A program may also split at semicolons or tabs, whatever is quoted, so a sign behind one of these gets the same.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
BEGINS = re.compile(r"""([;\t\r\n]["\s\u00a0\u3000]*)(?=[=+\-@＝＋－＠])""")
"""Where another program's cell would begin with a formula sign."""
SPLITS = re.compile(r'[,;"\t\r\n]')
BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that the text is UTF-8."""


def cell(value: object) -> str:
    """The text of one cell: instants as ISO 8601 in UTC, nothing for None, never a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    text = str(value).replace("\0", "")
    if isinstance(value, (int, float)):
        return text
    text = BEGINS.sub(r"\1'", text)
    return f"'{text}" if text[:1] in FORMULA or text.lstrip(" \u00a0\u3000")[:1] in FORMULA - {"\n"} else text


def lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The file line by line, for an answer that is streamed."""
    yield BYTE_ORDER_MARK + _line(header)
    for row in rows:
        yield _line(row)


def _line(values: Iterable[object]) -> str:
    return ",".join(_quoted(cell(value)) for value in values) + "\r\n"


def _quoted(text: str) -> str:
    """RFC 4180, section 2; also where a character separates cells for other programs."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if SPLITS.search(text) else text
