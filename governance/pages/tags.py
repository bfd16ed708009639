"""Tags of the pages' templates: parts that look the same each time they are drawn, drawn once in a process."""

from __future__ import annotations

import re
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def state_badge(state: str, label: str) -> SafeString:
    """A state as icon, word and colour (components/state_badge.html)."""
    return _badge(state, str(label))


@register.filter
def code(text: str) -> SafeString:
    """One line of plain text in which `backticks` set code, as engineers write it; everything else is escaped."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped first


@register.filter
def initials(name: str) -> str:
    """The letters of an avatar: “Ingrid Solberg” -> “IS”."""
    return "".join(part[0] for part in name.split()[:2]).upper() or "?"


@lru_cache(maxsize=256)
def _badge(state: str, label: str) -> SafeString:
    return render_to_string("components/state_badge.html", {"state": state, "label": label})
