"""Which lines of an edited message are comments: git lets everybody choose the sign, and may choose one itself.

Source: `core.commentChar` and `core.commentString` of git-config; `auto` takes the first sign of `SIGNS` that begins no
line of the message, which is then the one that begins the lines git wrote at the end.
"""

import re

from breakwater.commits.grammar import SCISSORS

DEFAULT = "#"
SIGNS = "#;@!$%^&|:"
_CUT = re.compile(rf"^(.{{1,20}}){re.escape(SCISSORS)}[ \t\r]*$", re.MULTILINE)
_UNCLEAR = re.compile(r"^[^\w\s#*-]", re.MULTILINE)


def is_unclear(text: str) -> bool:
    """Whether some line may be a comment of another sign than git's usual one, so that its settings must be asked.

    A text with comments of the usual sign has none of another, but where that sign was chosen for lack of a better one.
    """
    return _UNCLEAR.search(text) is not None


def sign(text: str, setting: str) -> str:
    """What begins a comment, given what the setting says ("" where it says nothing)."""
    if setting != "auto":
        return setting or DEFAULT
    cut = _CUT.search(text)
    if cut:
        return cut[1]
    last = next((line for line in reversed(text.split("\n")) if line.strip()), "")
    return last[0] if last[0:1] in tuple(SIGNS) else DEFAULT
