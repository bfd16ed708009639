"""What Celery carries for the shell: making exports."""

from celery import shared_task

from governance.api import once
from governance.exporting import asking, making


@shared_task  # type: ignore[untyped-decorator]
def forget_answers() -> int:
    """Remove what calls with an `Idempotency-Key` were answered a day ago; their number."""
    return once.collect()


@shared_task  # type: ignore[untyped-decorator]
def make_exports() -> int:
    """Make what waits, one by one, and remove what is old; the number of files made. Run it as often as you like."""
    made = 0
    while export := making.claim():
        made += making.make(export)
    asking.collect()
    return made
