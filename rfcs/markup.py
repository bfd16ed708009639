"""Markdown that people wrote, as HTML that is safe to show: rendered first, sanitised afterwards.

CommonMark with tables, as code hosts show the exported file; HTML in the text is shown as text. nh3 then keeps
structure and links; it drops images (a remote one would tell who reads), styles, forms, and every `hx-*`, `data-*`,
`id` and `on*` attribute.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "code", "em"),
    *("strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
RENDERER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@lru_cache(maxsize=512)
def html(text: str) -> SafeString:
    """Safe HTML of a Markdown text; the same text is rendered once."""
    clean = nh3.clean(RENDERER.render(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - nh3 has just sanitised it
