"""Rounds of sign-offs: which teams must agree, who may sign for them, what they said."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from approvals.positions import Outcome, Position, ReplyKind, RoundKind, result
from rfcs.models import RFC, Event, Revision
from rfcs.models.triggers import append_only
from rfcs.states import team_name
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

USER = settings.AUTH_USER_MODEL


class Round(models.Model):
    """One asking of all required teams. Open while `closed_at` is empty; REVIEW <=> one open deciding round."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=RoundKind, default=RoundKind.REVIEW)
    in_debt = models.BooleanField(default=False)
    """The team that authorises had overdue obligations when it opened: two of its members, each with a reason."""
    continues = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    """The round before an amendment: its sign-offs stand where their scope did not change."""
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    first_response_due = models.DateTimeField()
    decision_due = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    """Since when the clock stands still because a concern waits for the owner; the due times move when it goes on."""
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rfc"],
                condition=Q(closed_at=None, kind__in=[RoundKind.REVIEW, RoundKind.AUTHORISATION]),
                name="one_open_round",
            ),
            models.UniqueConstraint(
                fields=["rfc"],
                condition=Q(closed_at=None, kind=RoundKind.RETROACTIVE),
                name="one_open_retroactive_round",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="round_closed_with_outcome",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["first_response_due"], condition=Q(closed_at=None), name="round_awaiting_response"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.rfc_id}"

    @property
    def result(self) -> str:
        """How it ended: “authorised”, “ratified”, “rejected”; only of one that is closed."""
        return result(self.kind, self.outcome)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class RequiredTeam(models.Model):
    """A team that this round asks, with the quorum of the policy that binds the RFC."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="teams")
    slug = models.CharField(max_length=150)
    minimum = models.PositiveSmallIntegerField()
    fraction = models.FloatField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "slug"], name="team_once_per_round")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return team_name(self.slug)


class Seat(models.Model):
    """A member of a required team when the round opened: the roster snapshot."""

    team = models.ForeignKey(RequiredTeam, models.PROTECT, related_name="seats")
    person = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "person"], name="seat_once")]
        indexes: ClassVar = [models.Index(fields=["person"], name="seats_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.team_id}"


class SignOff(models.Model):
    """One position of one signer, bound to what was read. Appended, never changed; the last one counts.

    It counts while `scope_digest` equals the team's current scope digest. `event` holds the same facts in the
    RFC's chain, so that a copied or altered row is found (verify_audit).
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="sign_offs")
    team = models.CharField(max_length=150)
    signer = models.ForeignKey(USER, models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    """Whose seat a delegate used; nobody when the signer used their own."""
    position = models.CharField(max_length=16, choices=Position)
    title = models.CharField(max_length=200, blank=True)
    rationale = models.TextField(blank=True)
    until = models.DateField(null=True)
    """Of a `hold`: its last day, in the zone of the policy's calendar."""
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    material_digest = models.CharField(max_length=64)
    scope_digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        triggers: ClassVar = append_only("sign_off")
        indexes: ClassVar = [models.Index(fields=["round", "team", "signer"])]

    def __str__(self) -> str:
        return f"{self.signer_id} {self.position} for {self.team}"

    @property
    def team_name(self) -> str:
        return team_name(self.team)

    @property
    def holder_id(self) -> int:
        """Whose seat it fills."""
        return self.on_behalf_of_id or self.signer_id

    @property
    def holder(self) -> User:
        return self.on_behalf_of or self.signer

    @property
    def signed_by(self) -> str:
        """The printed name: “Kofi Mensah”, or “Kofi Mensah for Ingrid Solberg”."""
        name = display_name(self.signer)
        return f"{name} for {display_name(self.on_behalf_of)}" if self.on_behalf_of else name

    def facts(self) -> dict[str, object]:
        """What the event in the chain says of this signature; what a signature does not have is not told."""
        more: dict[str, object] = {"until": self.until.isoformat()} if self.until else {}
        more |= {"on_behalf_of": self.on_behalf_of_id} if self.on_behalf_of_id else {}
        return more | {
            "round": self.round_id,
            "team": self.team,
            "signer": self.signer_id,
            "position": str(self.position),
            "title": self.title,
            "rationale": self.rationale,
            "revision": self.revision.number,
            "material_digest": self.material_digest,
            "scope_digest": self.scope_digest,
        }


class Reply(models.Model):
    """What became of one concern. Appended, never changed; its event in the RFC's chain says the same."""

    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=16, choices=ReplyKind)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    """Nobody for what the clock did."""
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        triggers: ClassVar = append_only("reply")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sign_off", "kind"], condition=~Q(kind=ReplyKind.ANSWER), name="concern_ends_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.sign_off_id}"

    def facts(self) -> dict[str, object]:
        """What the event in the chain says of it."""
        concern = self.sign_off
        said = {"round": concern.round_id, "sign_off": concern.pk, "team": concern.team, "signer": concern.signer_id}
        return said | {"title": concern.title, "reply": self.text}


class Absence(models.Model):
    """Days on which somebody is away, both included, in the zone of the policy's calendar. They may still sign."""

    person = models.ForeignKey(USER, models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """When it was taken back, or the person came back early."""

    class Meta:
        ordering: ClassVar = ["starts_on", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="absence_ends_after_it_starts"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "ends_on"], condition=Q(ended_at=None), name="absence_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} away {self.starts_on} to {self.ends_on}"

    def facts(self) -> dict[str, object]:
        """What the event of the roster says of it."""
        days = {"starts_on": self.starts_on.isoformat(), "ends_on": self.ends_on.isoformat()}
        return {"person": self.person_id, "note": self.note} | days


class Delegation(models.Model):
    """A seat lent for some days, both included: the delegate signs for the principal, and every signature says so."""

    principal = models.ForeignKey(USER, models.PROTECT, related_name="+")
    delegate = models.ForeignKey(USER, models.PROTECT, related_name="+")
    team = models.CharField(max_length=150)
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    """When the principal took the seat back, or the delegate gave it back."""

    class Meta:
        ordering: ClassVar = ["starts_on", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="delegation_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(principal=models.F("delegate")), name="delegation_to_another"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["principal", "ends_on"], condition=Q(revoked_at=None), name="delegation_of_principal"),
            models.Index(fields=["delegate", "ends_on"], condition=Q(revoked_at=None), name="delegation_of_delegate"),
        ]

    def __str__(self) -> str:
        return f"{self.principal_id} to {self.delegate_id} for {self.team}"

    @property
    def team_name(self) -> str:
        return team_name(self.team)

    def facts(self) -> dict[str, object]:
        """What the event of the roster says of it."""
        people = {"principal": self.principal_id, "delegate": self.delegate_id, "team": self.team}
        days = {"starts_on": self.starts_on.isoformat(), "ends_on": self.ends_on.isoformat()}
        return people | days | {"reason": self.reason}
