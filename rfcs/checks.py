"""What production refuses at start-up."""

from pathlib import Path
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


@register(deploy=False)
def mail_is_sent(**kwargs: Any) -> list[Error]:
    """In production a file mailbox would swallow every reminder."""
    if settings.PRODUCTION and settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        hint = "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.org:587."
        return [Error("Mail would go to files in production.", hint=hint, id="breakwater.E002")]
    return []


@register(deploy=False)
def uploads_are_not_served(**kwargs: Any) -> list[Error]:
    """What people upload is handed out by a view that asks who wants it, never as a static file."""
    served = [Path(settings.STATIC_ROOT), *(Path(folder) for folder in settings.STATICFILES_DIRS)]
    folder = Path(settings.ATTACHMENTS_ROOT).resolve()
    if any(folder.is_relative_to(public.resolve()) for public in served):
        hint = "Set ATTACHMENTS_ROOT to a folder outside STATIC_ROOT and static/."
        return [Error("Attachments would be served to everybody.", hint=hint, id="breakwater.E003")]
    return []
