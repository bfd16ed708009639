"""Markdown that people wrote, as HTML that is safe to show: rendered first, sanitised afterwards.

CommonMark with tables, as code hosts show the exported file; HTML in the text is shown as text. nh3 then keeps
structure and links; it drops images (a remote one would tell who reads), styles, forms, and every `hx-*`, `data-*`,
`id` and `on*` attribute.

Rendering some texts takes time that grows with the square of their length. What is beyond the bounds below is shown
as it was typed; they are far above what people write (a document of 450,000 characters is within them).
"""

import re
from functools import lru_cache

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "code", "em"),
    *("strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
RENDERER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

MOST_MARKS = 40_000
"""Characters that may mean something inside a paragraph, line ends too."""
MOST_SEARCHES = 10_000_000
"""`[` (an image twice) times marks: each looks for its end through all marks that follow in its paragraph."""
MOST_WORK = 20_000
"""Lines, each times its table's columns and its depth in quotes and lists."""
LONGEST_KEPT = 100_000
"""Characters of a text whose HTML is kept in memory."""
MARKS = re.compile(r"[\[\]*_~`<&\\!:\n]")
BLANK = re.compile(r"\n[ \t\r>]*+\n")
NESTING = re.compile(r"(?:[ \t]*+(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*+[ \t]*+")


def html(text: str) -> SafeString:
    """Safe HTML of a Markdown text; a text of usual length is rendered once."""
    return _kept(text) if len(text) <= LONGEST_KEPT else _rendered(text)


@lru_cache(maxsize=64)
def _kept(text: str) -> SafeString:
    return _rendered(text)


def _rendered(text: str) -> SafeString:
    if not is_bounded(text):
        return format_html("<pre>{}</pre>", text)
    clean = nh3.clean(RENDERER.render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - nh3 has just sanitised it


def is_bounded(text: str) -> bool:
    """Whether rendering it takes about as long as its length says."""
    parts = [(len(MARKS.findall(part)), part.count("[") + part.count("![")) for part in BLANK.split(text)]
    marks, searches = sum(marks for marks, _ in parts), sum(marks * brackets for marks, brackets in parts)
    return marks <= MOST_MARKS and searches <= MOST_SEARCHES and _work(text) <= MOST_WORK


def _work(text: str) -> int:
    """A table's rows get all its columns and a quote's lines all its levels, named or not, up to a blank line."""
    work = here = 0
    for line in text.split("\n"):
        here = max(here, _weight(line)) if line.strip(" \t\r>") else 1
        work += here
    return work


def _weight(line: str) -> int:
    nesting = NESTING.match(line)
    opened = nesting[0].expandtabs(4) if nesting else ""
    return 1 + line.count("|") + len(opened.replace(" ", "")) + opened.count(" ") // 2
