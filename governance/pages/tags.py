"""Tags of the pages' templates: parts that look the same each time they are drawn, drawn once in a process."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def state_badge(state: str, label: str) -> SafeString:
    """A state as icon, word and colour (components/state_badge.html)."""
    return _badge(state, str(label))


@lru_cache(maxsize=256)
def _badge(state: str, label: str) -> SafeString:
    return render_to_string("components/state_badge.html", {"state": state, "label": label})
