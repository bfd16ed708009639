"""Markdown that people wrote, as HTML that is safe to show: rendered first, sanitised afterwards.

nh3 keeps text, structure and http(s) links; it drops images (a remote one would tell who reads), styles, forms,
and every `hx-*`, `data-*`, `id` and `on*` attribute.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown

EXTENSIONS = ["sane_lists", "tables", "pymdownx.superfences", "pymdownx.saneheaders", "pymdownx.tilde"]
TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "code", "em"),
    *("strong", "del", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


@lru_cache(maxsize=512)
def html(text: str) -> SafeString:
    """Safe HTML of a Markdown text; the same text is rendered once."""
    renderer = Markdown(extensions=EXTENSIONS, tab_length=2)
    dirty = renderer.convert(text)
    clean = nh3.clean(dirty, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - nh3 has just sanitised it
