"""What Celery carries for the record: emptying the outbox, clearing away files that nothing names."""

import time

from celery import shared_task

from rfcs import embargo, spelling
from rfcs.delivery import calls, leases, outbox
from rfcs.files import uploads
from rfcs.impact import answering


@shared_task  # type: ignore[untyped-decorator]
def deliver() -> int:
    """Send what waits, batch by batch; the number of messages sent. Run it as often as you like."""
    sent, end = 0, time.monotonic() + leases.STINT
    while batch := outbox.claim():
        sent += outbox.deliver(batch)
        if time.monotonic() > end:
            break
    return sent


@shared_task  # type: ignore[untyped-decorator]
def call_webhooks() -> int:
    """Queue what happened for the webhooks that listen, and send it; the number of calls sent."""
    while calls.announce():
        pass
    return calls.deliver()


@shared_task  # type: ignore[untyped-decorator]
def clear_attachments() -> int:
    """Remove files that nothing has named for a day; their number."""
    return uploads.collect()


@shared_task  # type: ignore[untyped-decorator]
def lapse() -> int:
    """Record every acknowledgement whose deadline passed; their number. Run it as often as you like."""
    return answering.sweep()


@shared_task  # type: ignore[untyped-decorator]
def lift_embargoes() -> int:
    """Lift every embargo whose time is over; their number. Run it as often as you like."""
    return embargo.sweep()


@shared_task  # type: ignore[untyped-decorator]
def read_words() -> int:
    """Read the words of every text that changed, so that a search can suggest them; the number of texts."""
    texts, end = 0, time.monotonic() + leases.STINT
    while taken := spelling.read():
        texts += taken
        if time.monotonic() > end:
            break
    return texts
