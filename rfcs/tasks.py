"""What Celery carries for the record: emptying the outbox."""

from celery import shared_task

from rfcs import outbox


@shared_task  # type: ignore[untyped-decorator]
def deliver() -> int:
    """Send what waits, batch by batch; the number of messages sent. Run it as often as you like."""
    sent = 0
    while batch := outbox.claim():
        sent += sum(outbox.deliver(message) for message in batch)
    return sent
