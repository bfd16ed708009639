"""Markdown that people wrote, as HTML that is safe to show: rendered first, sanitised afterwards.

CommonMark with tables, as code hosts show the exported file; HTML in the text is shown as text. nh3 then keeps
structure and links; it drops images (a remote one would tell who reads), styles, forms, and every `hx-*`, `data-*`,
`id` and `on*` attribute.

Rendering some texts takes time that grows with the square of their length. What is beyond the bounds below is shown
as it was typed; they are far above what people write (a document of 450,000 characters is within them).
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "code", "em"),
    *("strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
RENDERER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
NAMED = re.compile(r"@(\w(?:[\w.+-]{0,148}\w)?)")
"""A user name with an @ before it; a dot behind it ends the sentence."""

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


def comment_html(text: str, names: Mapping[str, str]) -> SafeString:
    """Safe HTML of a comment. `names`: the printed name of each user name that is mentioned; others stay text.

    A heading is shown as a bold line: the outline of the page is not the comment's to change.
    """
    return _comment(text, tuple(sorted(names.items())))


@lru_cache(maxsize=512)
def _comment(text: str, names: tuple[tuple[str, str], ...]) -> SafeString:
    if not is_bounded(text):
        return format_html("<pre>{}</pre>", text)
    rendered = COMMENTS.render(text, {"names": dict(names)})
    clean = nh3.clean(
        rendered,
        tags=TAGS | {"span"},
        attributes=ATTRIBUTES,
        allowed_classes={"span": {"mention"}},
        url_schemes={"http", "https", "mailto"},
    )
    return mark_safe(clean)  # noqa: S308 - nh3 has just sanitised it


def mentions(text: str) -> frozenset[str]:
    """User names that a comment mentions; what is code, or escaped, mentions nobody."""
    if "@" not in text or not is_bounded(text):
        return frozenset()
    inline = (child for block in COMMENTS.parse(text) for child in block.children or ())
    return frozenset(token.content for token in inline if token.type == "mention")


def _mention(state: StateInline, silent: bool) -> bool:
    """The rule of `@name`; behind a letter it is an address."""
    found = NAMED.match(state.src, state.pos)
    if found is None or (state.pos and re.match(r"[\w.@/+-]", state.src[state.pos - 1])):
        return False
    if not silent:
        state.push("mention", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _chip(_: object, tokens: Sequence[Token], index: int, options: object, env: Mapping[str, Any]) -> str:
    username = tokens[index].content
    name = env.get("names", {}).get(username)
    return f"@{escape(username)}" if name is None else f'<span class="mention">@{escape(name)}</span>'


def _comments() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.inline.ruler.before("escape", "mention", _mention)
    made.add_render_rule("mention", _chip)
    made.add_render_rule("heading_open", lambda *_: "<p><strong>")
    made.add_render_rule("heading_close", lambda *_: "</strong></p>\n")
    return made


COMMENTS = _comments()


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
