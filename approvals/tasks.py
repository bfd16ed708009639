"""What Celery carries for rounds: the sweep for what is due."""

from celery import shared_task

from approvals import reminders


@shared_task  # type: ignore[untyped-decorator]
def sweep() -> int:
    """Queue every reminder that is due now; the number of new messages."""
    return reminders.sweep()
