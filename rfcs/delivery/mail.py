"""How a message looks as mail: text and HTML, why it came, and how to end it with one click (RFC 8058)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from rfcs.models import Message
from rfcs.notices import FACTS, Notice
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SALT = "unsubscribe"


class Letter(EmailMultiAlternatives):
    """Text and HTML between boundaries that are drawn: Python would compile an expression for each to look for one."""

    def message(self, **how: Any) -> Any:
        made = super().message(**how)
        made.set_boundary(secrets.token_hex(16))
        return made


def of(messages: Sequence[Message]) -> Letter:
    """One mail for these messages of one person: a single one as itself, several as the mail of the day."""
    return _digest(messages) if messages[0].in_digest else _single(messages[0])


def _single(message: Message) -> Letter:
    about = {"subject": message.subject, "parts": [_part(message)]}
    return _mail(message, about, _kind(message))


def _digest(messages: Sequence[Message]) -> Letter:
    count = f"{len(messages)} message{'s' if len(messages) > 1 else ''}"
    about = {"subject": f"Your day in Breakwater: {count}", "parts": [_part(message) for message in messages]}
    return _mail(messages[0], about, None)


def _part(message: Message) -> dict[str, str]:
    return {"subject": message.subject, "text": message.text, "link": f"{settings.PORTAL_URL}{message.path}"}


def _kind(message: Message) -> Notice | None:
    """A kind of another version has no name here."""
    return Notice(message.kind) if message.kind in set(Notice) else None


def _mail(first: Message, about: Mapping[str, object], kind: Notice | None) -> Letter:
    """The same Message-ID in every try: what was sent twice after a crash is one mail to its reader."""
    person = first.recipient
    end = unsubscribe_url(person, kind) if kind and not FACTS[kind].keeps_mail else ""
    facts = {
        **about,
        "name": display_name(person),
        "is_digest": first.in_digest,
        "why": FACTS[kind].label if kind else "",
        "choices": f"{settings.PORTAL_URL}{reverse('notifications')}",
        "unsubscribe": end,
    }
    headers = {"Message-ID": f"<{first.pk}.{first.created_at:%Y%m%d%H%M%S}@breakwater.invalid>"}
    if end:
        headers |= {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    text = render_to_string("mail/message.txt", facts).strip() + "\n"
    mail = Letter(str(about["subject"]), text, to=[person.email], headers=headers)
    mail.attach_alternative(render_to_string("mail/message.html", facts), "text/html")
    return mail


def unsubscribe_url(person: User, kind: Notice) -> str:
    return f"{settings.PORTAL_URL}{reverse('unsubscribe', args=[token(person, kind)])}"


def token(person: User, kind: Notice) -> str:
    """Says whose mail of which kind ends; nobody makes one without the portal's key. It has no end itself."""
    return signing.Signer(salt=SALT).sign_object([person.pk, kind.value], compress=False)


def read_token(text: str) -> tuple[User, Notice] | None:
    """Whose mail of which kind; None for a token of somebody else's making, and of a kind or person long gone."""
    try:
        pk, kind = signing.Signer(salt=SALT).unsign_object(text)
        return get_user_model()._default_manager.get(pk=pk), Notice(kind)
    except (signing.BadSignature, ValueError, TypeError, get_user_model().DoesNotExist):
        return None
