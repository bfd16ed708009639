"""What must be told: rows with unique keys, queued in the transaction that owes them; leased, sent, retried.

A key exists once; sending follows rfcs/delivery/leases.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from socket import gaierror
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import Exists, OuterRef, Q, QuerySet

from rfcs import clock
from rfcs.compiled import Compiled, Place
from rfcs.delivery import leases, mail, preferences, quiet, withholding
from rfcs.models import RFC, Message
from rfcs.models.ledger import Channel
from rfcs.notices import Notice
from rfcs.states import STEWARDS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.case import Case

MOST_UNREAD = 99
RENEWED = 10
"""Mails whose lease is renewed together: each may take the server's whole patience."""
MOST_IN_DIGEST = 500


def queue(
    key: str,
    *,
    to: User,
    rfc: RFC | None,
    subject: str,
    text: str,
    at: datetime,
    kind: Notice = Notice.NEWS,
    channels: Iterable[str] = tuple(Channel),
    path: str = "",
    at_once: bool = False,
) -> None:
    """One message for each channel that the person takes this kind of message over.

    A key that exists already is left alone, so a sweep may run twice. `path` leads elsewhere than to the RFC's page.
    Mail waits for the end of quiet hours or for the mail of the day, unless it is to go `at_once`; what cannot be
    switched off (emergencies, one's account) always does.
    """
    said = {"rfc": rfc, "subject": subject, "text": text, "at": at}
    queue_all(key, [to], **said, kind=kind, channels=channels, path=path, at_once=at_once)  # type: ignore[arg-type]


def queue_all(
    key: str,
    people: Iterable[User],
    *,
    rfc: RFC | None,
    subject: str,
    text: str,
    at: datetime,
    kind: Notice = Notice.NEWS,
    channels: Iterable[str] = tuple(Channel),
    path: str = "",
    at_once: bool = False,
) -> None:
    """The same to many people, in a constant number of queries."""
    people, channels = list(people), tuple(channels)
    choices = preferences.choices_for(people, kind)
    waits = {} if at_once or kind in withholding.URGENT else _waits(people, choices, at)
    said = {
        "kind": kind,
        "rfc": rfc,
        "subject": " ".join(subject.split())[:200],
        "text": text,
        "path": path or (rfc.get_absolute_url() if rfc else "/"),
        "created_at": at,
        "at_once": at_once,
    }
    rows = [
        Message(
            key=f"{key}:{person.pk}:{channel}",
            channel=channel,
            recipient=person,
            sent_at=at if channel == Channel.IN_APP else None,
            not_before=waits.get(person.pk) if channel == Channel.MAIL else None,
            in_digest=channel == Channel.MAIL and person.pk in waits and choices[person.pk].daily,
            **said,
        )
        for person in people
        for channel in channels
        if choices[person.pk].takes(channel) and (person.email or channel != Channel.MAIL)
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def _waits(people: list[User], choices: Mapping[int, preferences.Choice], at: datetime) -> dict[int, datetime]:
    """By person, from when on their mail may go out; nobody to whom it goes at once."""
    hours = preferences.hours_for(people)
    found = {pk: quiet.not_before(hours[pk], at, daily=choices[pk].daily) for pk in hours}
    return {pk: instant for pk, instant in found.items() if instant is not None}


def inbox_of(person: User) -> QuerySet[Message]:
    """What this person was told in the portal, without what is under embargo for them by now."""
    seen = Exists(RFC.objects.visible_to(person).filter(pk=OuterRef("rfc")))
    return Message.objects.filter(Q(rfc=None) | seen, recipient=person, channel=Channel.IN_APP)


def unread_count(person: User) -> int:
    """How many messages of the inbox are unread, at most MOST_UNREAD: asked for on every page, so without `visible_to`.

    Only where an RFC under embargo is among them it depends on the person, and the inbox itself is counted.
    """
    embargoed = _unread(person.pk)
    if True not in embargoed:
        return len(embargoed)
    return inbox_of(person).filter(read_at=None).order_by()[:MOST_UNREAD].count()


@Compiled
def _unread(person: Place) -> QuerySet[Message, bool | None]:
    rows = Message.objects.filter(recipient=person, channel=Channel.IN_APP, read_at=None)
    return rows.order_by().values_list("rfc__embargoed", flat=True)[:MOST_UNREAD]


def mark_read(person: User, ids: Iterable[int] | None = None) -> int:
    """Mark these messages of this person read, or all; how many were not."""
    unread = Message.objects.filter(recipient=person, channel=Channel.IN_APP, read_at=None)
    return (unread if ids is None else unread.filter(pk__in=ids)).update(read_at=clock.now())


# Sending ----------------------------------------------------------------------------------------------------


def claim(limit: int = leases.BATCH) -> list[Message]:
    """Lease the oldest mail that nobody else holds, and with a message of a day's mail all others of that mail."""
    waiting = Message.objects.select_related("recipient").filter(channel=Channel.MAIL)
    claimed = leases.claim(waiting, limit)
    people = {message.recipient_id for message in claimed if message.in_digest}
    if people:
        claimed += leases.claim(waiting.filter(in_digest=True, recipient__in=people), MOST_IN_DIGEST)
    return claimed


def deliver(messages: Sequence[Message]) -> int:
    """Send leased messages over one connection; how many were sent. What fails is tried again by and by."""
    mails, sent, line = _together(messages), 0, get_connection()
    with contextlib.closing(line):
        while mails:
            some, mails = mails[:RENEWED], mails[RENEWED:]
            renewed = leases.renewed([message for mail in some for message in mail])
            ours = {message.pk for message in withholding.to_send(renewed)}
            for group in some:
                held = [message for message in group if message.pk in ours]
                try:
                    sent += _send(line, held) if held else 0
                except Away as away:
                    leases.put_off((row for mail in (*some, *mails) for row in mail if row not in held), str(away))
                    return sent
    return sent


class Away(Exception):
    """The mail server takes nothing at the moment, whatever it is."""


def _together(messages: Sequence[Message]) -> list[list[Message]]:
    """Messages that make one mail, in the order of the first of each."""
    found: dict[tuple[str, int], list[Message]] = {}
    for message in messages:
        place = ("day", message.recipient_id) if message.in_digest else ("one", message.pk)
        found.setdefault(place, []).append(message)
    return list(found.values())


def _send(line: BaseEmailBackend, messages: list[Message]) -> int:
    """One mail; Away when it is not this mail that is at fault."""
    try:
        if isinstance(line, EmailBackend):
            line.open()  # kept open for the next one
        line.send_messages([mail.of(messages)])
    except (OSError, ValueError) as error:  # what SMTP, sockets, files, and addresses that are none raise
        _failed(messages, error)
        if _is_away(error):
            raise Away(_said(error)) from error
        return 0
    leases.sent(messages)
    return len(messages)


def _said(error: Exception) -> str:
    """What went wrong in words: the server's own where it answered, without how Python writes them."""
    if isinstance(error, SMTPRecipientsRefused):
        return _answer(*next(iter(error.recipients.values())))
    if isinstance(error, SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error) or type(error).__name__


def _answer(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"The mail server answered {code}: {' '.join(said.split())}"


def _is_away(error: Exception) -> bool:
    """The line broke or was never there; an answer about one mail or one address says nothing of the next."""
    about_one = isinstance(error, SMTPRecipientsRefused | SMTPDataError | SMTPSenderRefused | ValueError)
    return not about_one and isinstance(error, SMTPException | ConnectionError | TimeoutError | gaierror)


def _is_refusal(error: Exception) -> bool:
    """The server says 5xx of this mail: another try is in vain, but it gets some in case somebody mends it."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def _failed(messages: Iterable[Message], error: Exception) -> None:
    for message in messages:
        if leases.failed(message, _said(error), is_refusal=_is_refusal(error)):
            alert_stewards(f"Mail to {message.recipient.get_username()} was given up: {_said(error)}", "mail")


def alert_stewards(text: str, channel: str) -> None:
    """A dead letter: the stewards, in the portal, once an hour for each channel, however many there are."""
    now = clock.now()
    stewards = get_user_model()._default_manager.filter(groups__name=STEWARDS, is_active=True)
    queue_all(
        f"dead-letters:{channel}:{now:%Y%m%d%H}",
        stewards,
        rfc=None,
        subject="Something could not be delivered",
        text=f"{text[:500]}\n\nLook at what was given up, mend the cause, and send it again.",
        at=now,
        kind=Notice.ACTION_ASKED,
        channels=(Channel.IN_APP,),
        path=f"/deliveries/?channel={channel}&standing=dead",
    )


def let_go(rfc: RFC, keys: str) -> None:
    """Send after all what an embargo held back, of the messages whose key begins so."""
    held = Message.objects.filter(rfc=rfc, key__startswith=keys, sent_at=None, last_error=Message.HIDDEN)
    held.update(dead_at=None, last_error="")


def finished_key(rfc: RFC) -> str:
    return f"rfc:{rfc.pk}:finished"


def tell_package_owners(case: Case) -> None:
    """The process's team notifications: all who were or would be asked to acknowledge hear that the change is in.

    Under embargo, who may not see the RFC is told when it is lifted.
    """
    people = {owner for standing in case.acknowledgements for owner in standing.owners}
    subject = f"{case.rfc.number} is implemented: {case.content.title}"
    text = f"A breaking change to a package of yours is implemented.\n\n{case.content.change_summary}"
    at = clock.now()
    for person in case.rfc.who_see(sorted(people, key=lambda person: person.pk)):
        kind = Notice.PACKAGE_CHANGED
        queue(finished_key(case.rfc), to=person, rfc=case.rfc, subject=subject, text=text, at=at, kind=kind)
