"""What production refuses at start-up."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register(deploy=False)
def clock_is_true(**kwargs: Any) -> list[Error]:
    """A shifted clock is for tests and the demo: in production every deadline would lie."""
    if settings.PRODUCTION and settings.CLOCK_SHIFT:
        hint = "Remove BREAKWATER_CLOCK_SHIFT from the environment."
        return [Error("The clock is shifted in production.", hint=hint, id="breakwater.E001")]
    return []
