"""Paths matched by globs: `*` and `?` stay inside a folder, `**` crosses folders, `[abc]` is one of these."""

import re
from collections.abc import Iterable
from functools import lru_cache

_PIECE = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^]/]+\]|[^*?\[]+|\[")
_MEANS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def expression(glob: str) -> str:
    """The glob as a regular expression for a whole path; a slash at its end says nothing."""
    return "".join(_piece(piece) for piece in _PIECE.findall(glob.removeprefix("./").rstrip("/")))


def _piece(piece: str) -> str:
    if piece in _MEANS:
        return _MEANS[piece]
    if piece.startswith("[") and len(piece) > 1:
        return f"[{'^' if piece[1] == '!' else ''}{re.escape(piece[1:-1].lstrip('!'))}]".replace(r"\-", "-")
    return re.escape(piece)


@lru_cache(maxsize=256)
def compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for several globs; none of them matches nothing."""
    return re.compile("|".join(f"(?:{expression(glob)})" for glob in globs) or r"(?!)", re.DOTALL)


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether the whole path matches one of the globs."""
    return compiled(tuple(globs)).fullmatch(path) is not None
