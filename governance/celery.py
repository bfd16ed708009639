"""Celery carries; it never remembers. What is due are rows, and a static schedule sweeps them."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
app = Celery("breakwater")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


# Celery's own question; whoever answers keeps it from putting its handlers before ours.
@setup_logging.connect  # type: ignore[untyped-decorator] # Celery has no types
def logging_is_set_up(**asked: Any) -> None:
    """By LOGGING of the settings: one line a record, without secrets. `--loglevel` gives way to `LOG_LEVEL`."""
