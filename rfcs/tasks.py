"""What Celery carries for the record: emptying the outbox, clearing away files that nothing names."""

from celery import shared_task

from rfcs.delivery import outbox
from rfcs.files import uploads
from rfcs.impact import answering


@shared_task  # type: ignore[untyped-decorator]
def deliver() -> int:
    """Send what waits, batch by batch; the number of messages sent. Run it as often as you like."""
    sent = 0
    while batch := outbox.claim():
        sent += sum(outbox.deliver(message) for message in batch)
    return sent


@shared_task  # type: ignore[untyped-decorator]
def clear_attachments() -> int:
    """Remove files that nothing has named for a day; their number."""
    return uploads.collect()


@shared_task  # type: ignore[untyped-decorator]
def lapse() -> int:
    """Record every acknowledgement whose deadline passed; their number. Run it as often as you like."""
    return answering.sweep()
