"""The shell of the project, and whatever spans the rooms below it."""

from governance.celery import app as celery_app

__all__ = ["celery_app"]
