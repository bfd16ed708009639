"""Who owns what, from CODEOWNERS: names of owners, never boundaries of packages.

Source: the formats of GitHub and GitLab. The last line that matches wins; a section's own owners stand in for lines
that name none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from breakwater.globs import expression

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SECTION = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?\s*(.*)")


@dataclass(frozen=True, slots=True)
class Owners:
    """The lines of the file that say something: an expression for paths and the owners."""

    lines: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a file; of a folder if the path ends with a slash."""
        for pattern, owners in reversed(self.lines):
            if pattern.fullmatch(path):
                return owners
        return ()

    def of_package(self, folder: str) -> tuple[str, ...]:
        """The owners of a file that would be new in the folder."""
        return self.of(f"{folder}/new-file")


def read(content: Callable[[str], bytes | None]) -> Owners:
    """The owners that the first CODEOWNERS found names."""
    text = next((found for place in PLACES if (found := content(place)) is not None), b"")
    return parse(text.decode("utf-8", "replace"))


def parse(text: str) -> Owners:
    lines: list[tuple[re.Pattern[str], tuple[str, ...]]] = []
    usual: tuple[str, ...] = ()
    for raw in text.splitlines():
        line = re.sub(r"(?:\A|\s)#.*", "", raw).strip()
        section = _SECTION.fullmatch(line)
        if section:
            usual = tuple(section[1].split())
        elif line:
            path, *owners = re.split(r"(?<!\\)\s+", line)
            lines.append((_pattern(path.replace("\\ ", " ")), tuple(owners) or usual))
    return Owners(tuple(lines))


def _pattern(path: str) -> re.Pattern[str]:
    """As in .gitignore: without a slash inside it matches at any depth; a folder means all that is in it."""
    anchored = "/" in path.rstrip("/")
    lead = "" if anchored else "(?:.*/)?"
    tail = "/.*" if path.endswith("/") else "" if path.endswith("/*") else "(?:/.*)?"
    return re.compile(f"{lead}{expression(path.strip('/'))}{tail}", re.DOTALL)
