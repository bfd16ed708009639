"""Tags of the pages' templates: parts that look the same each time they are drawn, drawn once in a process."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from django import template
from django.forms import BoundField, ChoiceField
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from rfcs import teams

if TYPE_CHECKING:
    from django.contrib.auth.models import User

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
def path(text: str) -> SafeString:
    """A path that breaks after its slashes where it does not fit, instead of within a name."""
    return mark_safe(escape(text).replace("/", "/<wbr>"))  # noqa: S308 - escaped first


@register.filter
def display_name(user: User | None) -> str:
    """The printed name of a person; nothing for nobody."""
    return teams.display_name(user) if user else ""


@register.filter
def initials(name: str) -> str:
    """The letters of an avatar: “Ingrid Solberg” -> “IS”."""
    return "".join(part[0] for part in name.split()[:2]).upper() or "?"


@register.simple_tag
def pure(component: str, **given: Hashable) -> SafeString:
    """A component that shows the values given to it and nothing else, not even the time (`include … only`).

    Equal values of other types look different: a string that is safe, and one that has to be escaped.
    """
    return _drawn(component, tuple((name, type(value), value) for name, value in given.items()))


@register.simple_tag
def select(field: BoundField) -> SafeString:
    """A bound ChoiceField as a labelled select."""
    choices = tuple(cast("Iterable[tuple[str, str]]", cast(ChoiceField, field.field).choices))
    facts = {"id": field.id_for_label, "name": field.html_name, "label": field.label, "chosen": field.value()}
    return pure("components/select.html", **facts, choices=choices)


@lru_cache(maxsize=4_096)
def _drawn(component: str, given: tuple[tuple[str, type, Hashable], ...]) -> SafeString:
    return render_to_string(component, {name: value for name, _, value in given})


@lru_cache(maxsize=256)
def _badge(state: str, label: str) -> SafeString:
    return render_to_string("components/state_badge.html", {"state": state, "label": label})
