"""Commit messages in the process's own format: read, written and judged.

Sources: the process, "Commit Message Format" (a breaking change is marked twice, by `!` and by the
`BREAKING CHANGE:` footer; the footer's value holds the `- Updated path` list; `Closes #N` names the
issue); the rules CM001 to CM007 and CM010; Conventional Commits 1.0 for the grammar. CM006 and CM008 need a
tree and a comparison, so they live with the callers that have one.

Lines are git's lines: only LF ends one, and only space, tab and CR count as trailing blanks. Every
function is linear in the length of the text.
"""

from breakwater.commits import comments
from breakwater.commits.composing import compose
from breakwater.commits.grammar import SCISSORS, SHAPE, TYPES
from breakwater.commits.judging import problems
from breakwater.commits.model import CommitError, Footer, Message, Problem
from breakwater.commits.parsing import breaks, clean, parse

__all__ = [
    "SCISSORS",
    "SHAPE",
    "TYPES",
    "CommitError",
    "Footer",
    "Message",
    "Problem",
    "breaks",
    "clean",
    "comments",
    "compose",
    "parse",
    "problems",
]
