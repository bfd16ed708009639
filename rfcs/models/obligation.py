"""What an authorised emergency or hotfix owes, and the records with which it is paid."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from rfcs.models.ledger import Event
from rfcs.models.record import RFC
from rfcs.models.triggers import append_only, only_set
from rfcs.states import ObligationKind, team_name
from rfcs.teams import display_name

USER = settings.AUTH_USER_MODEL


class Obligation(models.Model):
    """One thing owed until a time. A rollback leaves it; only that it was met is ever written to the row again."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="obligations")
    kind = models.CharField(max_length=32, choices=ObligationKind)
    team = models.CharField(max_length=150)
    """The team that authorised: its debt, when this is overdue."""
    owed_by = models.CharField(max_length=150, blank=True)
    """The team that has to act; empty for the owner of the RFC."""
    due_at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")
    """With which it began."""
    met_at = models.DateTimeField(null=True)
    met_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    """Nobody for what the clock did."""
    met_event = models.OneToOneField(Event, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        triggers: ClassVar = [
            *only_set("obligation", "rfc_id", "kind", "team", "owed_by", "due_at", "event_id"),
            pgtrigger.Protect(
                name="obligation_met_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__met_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rfc", "kind"], name="obligation_once"),
            models.CheckConstraint(condition=Q(kind__in=ObligationKind.values), name="obligation_known_kind"),
            models.CheckConstraint(
                condition=Q(met_at=None, met_event=None) | Q(met_at__isnull=False, met_event__isnull=False),
                name="obligation_met_on_record",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(met_at=None), name="obligation_open_by_due"),
            models.Index(fields=["team", "due_at"], condition=Q(met_at=None), name="obligation_debt_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} {self.kind}"

    @property
    def is_met(self) -> bool:
        return self.met_at is not None

    @property
    def who(self) -> str:
        """The printed name of whoever has to act."""
        return team_name(self.owed_by) if self.owed_by else display_name(self.rfc.owner)

    def facts(self) -> dict[str, object]:
        """What the event with which it began says of it."""
        due = self.due_at.isoformat()
        return {"obligation": str(self.kind), "team": self.team, "owed_by": self.owed_by, "due_at": due}


class FollowUp(models.Model):
    """The RFC on the standard track that carries on what a hotfix mended for the moment. Linked both ways, for ever."""

    hotfix = models.ForeignKey(RFC, models.PROTECT, related_name="follow_ups")
    rfc = models.OneToOneField(RFC, models.PROTECT, related_name="follows")
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        triggers: ClassVar = append_only("follow_up")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(hotfix=models.F("rfc")), name="follow_up_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} follows {self.hotfix_id}"


class RiskAcceptance(models.Model):
    """A member of the board stands for the risk of a denied emergency until a day. The latest one counts."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="risk_acceptances")
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    reason = models.TextField()
    until = models.DateField()
    """The last day, in the zone of the policy's calendar."""
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        triggers: ClassVar = append_only("risk_acceptance")

    def __str__(self) -> str:
        return f"{self.rfc_id} accepted until {self.until}"


class IncidentReview(models.Model):
    """One version of the post-incident review; each save is the next one."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="incident_reviews")
    number = models.PositiveIntegerField()
    timeline = models.TextField()
    cause = models.TextField()
    went_well = models.TextField()
    actions = models.JSONField()
    """What follows: a list of {"what", "owner", "due"}; the owner a user name, due an ISO day."""
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-number"]
        triggers: ClassVar = append_only("incident_review")
        constraints: ClassVar = [models.UniqueConstraint(fields=["rfc", "number"], name="incident_review_once")]

    def __str__(self) -> str:
        return f"{self.rfc_id} incident review {self.number}"


class IncidentAcceptance(models.Model):
    """An incident commander accepted one version of the review; it is final."""

    review = models.OneToOneField(IncidentReview, models.PROTECT, related_name="acceptance")
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    class Meta:
        triggers: ClassVar = append_only("incident_acceptance")

    def __str__(self) -> str:
        return f"{self.review_id} accepted"
