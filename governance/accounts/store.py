"""Where sessions are kept: Django's table, whose row every request reads by a compiled query."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from rfcs.compiled import Compiled, Place


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        """As Django's own; what is not there, or over, loses its key, so that nobody can choose one."""
        row = _live.first(self.session_key, timezone.now()) if self.session_key else None
        if row is None:
            self._session_key = None
        return row


@Compiled
def _live(key: Place, now: Place) -> QuerySet[Session]:
    return Session.objects.filter(pk=key, expire_date__gt=now)
