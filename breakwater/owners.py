"""Who owns what, from CODEOWNERS: names of owners, never boundaries of packages.

Source: the formats of GitHub and GitLab. The last line that matches wins; a line that names nobody leaves its files
without owners. GitLab's sections: the owners of every section count, and a section's own stand in for lines that name
none.
"""

import re
from collections.abc import Callable

from breakwater.globs import expression
from breakwater.records import record

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SECTION = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?(?:\s+(.*))?")
_COMMENT = re.compile(r"(?:\A|\s)#.*")
_BLANK = re.compile(r"(?<!\\)\s+")
_ESCAPED = re.compile(r"\\([ #\\])")


@record(frozen=True, slots=True)
class Line:
    """One line that says something: an expression for paths, and the owners. `excludes` is GitLab's `!path`."""

    pattern: re.Pattern[str]
    owners: tuple[str, ...]
    section: int = 0
    excludes: bool = False


@record(frozen=True, slots=True)
class Owners:
    """The lines of the file."""

    lines: tuple[Line, ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a file, in the file's order of sections."""
        last: dict[int, Line] = {}
        excluded: set[int] = set()
        for line in self.lines:
            if line.pattern.fullmatch(path):
                excluded |= {line.section} if line.excludes else set()
                last[line.section] = line
        found = (owner for section, line in last.items() if section not in excluded for owner in line.owners)
        return tuple(dict.fromkeys(found))

    def of_package(self, folder: str) -> tuple[str, ...]:
        """The owners of a file that would be new in the folder."""
        return self.of(f"{folder}/new-file")


def read(content: Callable[[str], bytes | None]) -> Owners:
    """What the first CODEOWNERS says of those that are there."""
    text = next((found for place in PLACES if (found := content(place)) is not None), b"")
    return parse(text.decode("utf-8-sig", "surrogateescape"))


def parse(text: str) -> Owners:
    lines: list[Line] = []
    sections = {"": 0}
    usual: tuple[str, ...] = ()
    current = 0
    for raw in text.splitlines():
        line = _COMMENT.sub("", raw).strip()
        section = _SECTION.fullmatch(line)
        if section:
            usual = tuple((section[1] or "").split())
            current = sections.setdefault(line.strip("^").partition("]")[0].casefold(), len(sections))
        elif line:
            lines.append(_line(line, usual, current))
    return Owners(tuple(lines))


def _line(text: str, usual: tuple[str, ...], section: int) -> Line:
    path, *owners = _BLANK.split(text)
    return Line(_pattern(_ESCAPED.sub(r"\1", path.removeprefix("!"))), tuple(owners) or usual, section, path[0] == "!")


def _pattern(path: str) -> re.Pattern[str]:
    """As in .gitignore: without a slash inside it matches at any depth; a folder means all that is in it."""
    anchored = "/" in path.rstrip("/")
    lead = "" if anchored else "(?:.*/)?"
    tail = "/.*" if path.endswith("/") else "" if path.endswith("/*") else "(?:/.*)?"
    try:
        return re.compile(f"{lead}{expression(path.strip('/'))}{tail}", re.DOTALL)
    except re.error:  # a range that ends before it begins
        return re.compile(r"(?!)")
