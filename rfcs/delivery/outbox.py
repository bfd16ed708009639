"""What must be told: rows with unique keys, queued in the transaction that owes them; leased, sent, retried.

Delivery is at least once and effects are once: a key exists once, a message is claimed by one worker at a time
(SKIP LOCKED and a lease), and is marked sent only after it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from rfcs import clock
from rfcs.delivery import preferences
from rfcs.models import RFC, Message, Package
from rfcs.models.ledger import Channel
from rfcs.notices import FACTS, Notice
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from rfcs.case import Case

LEASE = timedelta(minutes=2)
BATCH = 50
MOST_ATTEMPTS = 8


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
) -> None:
    """One message for each channel that the person takes this kind of message over.

    A key that exists already is left alone, so a sweep may run twice. `path` leads elsewhere than to the RFC's page.
    """
    queue_all(key, [to], rfc=rfc, subject=subject, text=text, at=at, kind=kind, channels=channels, path=path)


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
) -> None:
    """The same to many people, in a constant number of queries."""
    people, channels = list(people), tuple(channels)
    choices = preferences.choices_for(people, kind)
    said = {
        "kind": kind,
        "rfc": rfc,
        "subject": " ".join(subject.split())[:200],
        "text": text,
        "path": path or (rfc.get_absolute_url() if rfc else "/"),
        "created_at": at,
    }
    rows = [
        Message(
            key=f"{key}:{person.pk}:{channel}",
            channel=channel,
            recipient=person,
            sent_at=at if channel == Channel.IN_APP else None,
            **said,
        )
        for person in people
        for channel in channels
        if choices[person.pk].takes(channel) and (person.email or channel != Channel.MAIL)
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def inbox_of(person: User) -> QuerySet[Message]:
    """What this person was told in the portal, without what is under embargo for them by now."""
    seen = Exists(RFC.objects.visible_to(person).filter(pk=OuterRef("rfc")))
    return Message.objects.filter(Q(rfc=None) | seen, recipient=person, channel=Channel.IN_APP)


def unread_count(person: User, most: int = 99) -> int:
    """How many messages of the inbox are unread, at most `most`: asked for on every page, so without `visible_to`.

    Only where an RFC under embargo is among them it depends on the person, and the inbox itself is counted.
    """
    unread = Message.objects.filter(recipient=person, channel=Channel.IN_APP, read_at=None)
    embargoed = list(unread.order_by().values_list("rfc__embargoed", flat=True)[:most])
    if True not in embargoed:
        return len(embargoed)
    return inbox_of(person).filter(read_at=None).order_by()[:most].count()


def mark_read(person: User, ids: Iterable[int] | None = None) -> int:
    """Mark these messages of this person read, or all; how many were not."""
    unread = Message.objects.filter(recipient=person, channel=Channel.IN_APP, read_at=None)
    return (unread if ids is None else unread.filter(pk__in=ids)).update(read_at=clock.now())


def claim(limit: int = BATCH) -> list[Message]:
    """Lease the oldest messages that nobody else holds."""
    now = clock.now()
    with transaction.atomic():
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        rows = Message.objects.select_for_update(skip_locked=True, of=("self",)).select_related("recipient")
        claimed = list(rows.filter(free, sent_at=None, dead_at=None).order_by("id")[:limit])
        ids = [message.pk for message in claimed]
        Message.objects.filter(pk__in=ids).update(leased_until=now + LEASE)
    for message in claimed:
        message.leased_until = now + LEASE
    return claimed


def deliver(message: Message) -> bool:
    """Send one leased message; a failure is kept on the row and tried again when its lease has run out."""
    if not _still_ours(message):
        return False
    try:
        _mail(message).send()
    except (OSError, ValueError) as error:  # what SMTP, sockets, files, and addresses that are none raise
        _failed(message, error)
        return False
    Message.objects.filter(pk=message.pk).update(sent_at=clock.now(), leased_until=None)
    return True


def _still_ours(message: Message) -> bool:
    """Renew the lease just before sending: behind a slow server it may have gone to another worker."""
    held = Message.objects.filter(pk=message.pk, sent_at=None, leased_until=message.leased_until)
    return bool(held.update(leased_until=clock.now() + LEASE))


def _mail(message: Message) -> EmailMessage:
    link = f"{settings.PORTAL_URL}{message.path}"
    body = f"Hello {display_name(message.recipient)},\n\n{message.text}\n\n{link}\n\nBreakwater\n{_why(message)}"
    headers = {"Message-ID": f"<{message.pk}.{message.created_at:%Y%m%d%H%M%S}@breakwater.invalid>"}
    return EmailMessage(message.subject, body, to=[message.recipient.email], headers=headers)


def _why(message: Message) -> str:
    """Why the mail came, and where its reader chooses otherwise; a kind of another version says nothing."""
    if message.kind not in set(Notice):
        return ""
    label = FACTS[Notice(message.kind)].label
    return f"-- \nSent because of: {label}. Choose what you get: {settings.PORTAL_URL}{reverse('notifications')}\n"


def _failed(message: Message, error: OSError | ValueError) -> None:
    now = clock.now()
    attempts = message.attempts + 1
    Message.objects.filter(pk=message.pk).update(
        attempts=attempts,
        last_error=str(error)[:500],
        leased_until=now + timedelta(minutes=min(2**attempts, 60)),
        dead_at=now if attempts >= MOST_ATTEMPTS else None,
    )


def tell_package_owners(case: Case) -> None:
    """The process's team notifications: every owner of an affected package hears that the change is in."""
    packages = Package.objects.filter(path__in=case.content.paths)
    owned = Q(pk__in=packages.values("owners")) | Q(groups__in=packages.values("owner_teams"))
    people = get_user_model()._default_manager.filter(owned, is_active=True).distinct()
    subject = f"{case.rfc.number} is implemented: {case.content.title}"
    text = f"A breaking change to a package of yours is implemented.\n\n{case.content.change_summary}"
    at = clock.now()
    for person in people:
        if not RFC.objects.visible_to(person).filter(pk=case.rfc.pk).exists():
            continue  # under embargo: who may not see the RFC is told when it is lifted
        key = f"rfc:{case.rfc.pk}:finished"
        kind = Notice.PACKAGE_CHANGED
        queue(key, to=person, rfc=case.rfc, subject=subject, text=text, at=at, kind=kind)
