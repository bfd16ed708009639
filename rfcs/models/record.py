"""RFC, its working copy and its revisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.urls import reverse

from rfcs.compiled import Compiled, Place
from rfcs.content import Content
from rfcs.models.policy import PolicyVersion
from rfcs.models.triggers import append_only, legal_states, texts_to_read
from rfcs.states import (
    ARCHITECTURE,
    AUDITORS,
    ENDED,
    INCIDENT_COMMAND,
    MINTING,
    SECURITY,
    SHORT,
    STEWARDS,
    WRITABLE,
    ObligationKind,
    Scenario,
    State,
    Track,
    state_name,
)
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet

USER = settings.AUTH_USER_MODEL
WRITTEN = (
    ObligationKind.POST_HOC_JUSTIFICATION,
    ObligationKind.COMPLIANCE_CHECKLIST,
    ObligationKind.RETROACTIVE_REVIEW,
)
"""What an emergency owes and pays with its text."""
SEES_EMBARGOED = frozenset({ARCHITECTURE, SECURITY, STEWARDS, AUDITORS})
"""Teams whose members see every RFC under embargo: the board signs each track in the end, if only afterwards."""
SIGNS_TRACK = {INCIDENT_COMMAND: Track.HOTFIX}
"""Teams that sign one track alone, and see what is under embargo on it."""


TELLING = SEES_EMBARGOED | SIGNS_TRACK.keys()
"""Teams in which somebody sees more than others do."""


def teams_that_see(track: str) -> frozenset[str]:
    """Slugs of the teams that see an RFC of this track under embargo."""
    return SEES_EMBARGOED | {team for team, signs in SIGNS_TRACK.items() if signs == track}


def number_in(text: str) -> int | None:
    """The number that a search text is (`42`, `RFC-0042`), or None."""
    digits = text.strip().upper().removeprefix("RFC-").lstrip("0")
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None


WINDOW = Func("window_start", "window_end", Value("[]"), function="daterange", output_field=DateRangeField())
"""The planned days as a range, for an index that finds what meets other days. Only for a window in order."""


class RFCQuerySet(models.QuerySet["RFC"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Without what is under embargo for this person; for them it does not exist."""
        return self.visible_from(teams_of(user), user.pk) if user.is_authenticated else self.none()

    def visible_from(self, teams: Collection[str], person: int | Place) -> Self:
        """The same for anybody who is in these teams; of them only those count of which `TELLING` tells."""
        if SEES_EMBARGOED & set(teams):
            return self
        signs = Q(track__in=[track for team, track in SIGNS_TRACK.items() if team in teams])
        wrote = Exists(Contribution.objects.filter(rfc=OuterRef("pk"), person=person))
        edits = Exists(RFC.editors.through._default_manager.filter(rfc=OuterRef("pk"), user=person))
        return self.filter(Q(embargoed=False) | Q(author=person) | Q(owner=person) | wrote | edits | signs)

    def meeting(self, first: date, last: date) -> Self:
        """Whose window, from its first to its last planned day, meets these days; both ends included."""
        days = DateRange(first, last, bounds="[]")
        return self.filter(window_start__lte=F("window_end")).alias(window=WINDOW).filter(window__overlap=days)

    def with_people(self) -> Self:
        return self.select_related("author", "owner", "revision")

    def matching(self, text: str) -> Self:
        """Full-text search in title and document; the number (`42`, `RFC-0042`) finds its RFC too."""
        query = SearchQuery(text, search_type="websearch", config="english")
        number = number_in(text)
        if number is None:
            return self.filter(search__vector=query)
        hits = SearchText.objects.filter(vector=query).order_by().values("rfc")
        return self.filter(pk__in=hits.union(RFC.objects.filter(pk=number).order_by().values("pk")))

    def open(self) -> Self:
        return self.exclude(state__in=ENDED)


class RFC(models.Model):
    """One breaking change on its way. `state` is written by rfcs/lifecycle.py alone; the texts live in revisions.

    title, scenario and flags mirror the current revision (in draft: the working copy), so that lists need no join.
    """

    title = models.CharField(max_length=200, blank=True)
    track = models.CharField(max_length=16, choices=Track, default=Track.STANDARD)
    scenario = models.CharField(max_length=16, choices=Scenario, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    author = models.ForeignKey(USER, models.PROTECT, related_name="+")
    owner = models.ForeignKey(USER, models.PROTECT, related_name="+")
    editors: models.ManyToManyField[User, models.Model] = models.ManyToManyField(USER, related_name="+", blank=True)
    touches_security = models.BooleanField(default=False)
    embargoed = models.BooleanField(default=False)
    revision = models.ForeignKey("Revision", models.PROTECT, null=True, related_name="+")
    material_digest = models.CharField(max_length=64, blank=True)
    approved_revision = models.ForeignKey("Revision", models.PROTECT, null=True, related_name="+")
    approved_digest = models.CharField(max_length=64, blank=True)
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, related_name="+")
    window_start = models.DateField(null=True)
    """First day of the timeline; it and the next three mirror the current revision, as lists and clashes need them."""
    window_end = models.DateField(null=True)
    deploy_start = models.DateField(null=True)
    deploy_end = models.DateField(null=True)
    created_at = models.DateTimeField()
    state_since = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[RFCQuerySet] = RFCQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        triggers: ClassVar = legal_states()
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"]),
            models.Index(fields=["owner", "state"]),
            models.Index(fields=["author", "-id"]),
            models.Index(fields=["created_at"], name="rfc_by_creation"),
            models.Index(fields=["state_since"], condition=~Q(state__in=sorted(ENDED)), name="rfc_open_by_age"),
            GistIndex(WINDOW, condition=Q(window_start__lte=F("window_end")), name="rfc_by_window"),
            models.Index(
                fields=["window_end", "window_start"],
                condition=~Q(state__in=sorted({*ENDED, State.DRAFT})),
                name="rfc_on_the_way_by_window",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="rfc_known_state"),
            models.CheckConstraint(condition=Q(track__in=Track.values), name="rfc_known_track"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.title or 'untitled'}"

    def get_absolute_url(self) -> str:
        return _page_of(self.number)

    @property
    def impact_url(self) -> str:
        return reverse("rfc-impact", args=[self.number])

    @property
    def lesson_url(self) -> str:
        return f"{self.get_absolute_url()}#lesson"

    @property
    def number(self) -> str:
        return f"RFC-{self.pk:04d}"

    @property
    def stream(self) -> str:
        """The name of its chain of events."""
        return f"rfc:{self.pk}"

    @property
    def state_name(self) -> str:
        """The state as it is printed: on the short tracks the review is an authorisation."""
        return state_name(self.state, self.track)

    @property
    def is_writable(self) -> bool:
        if self.track in SHORT and self.state not in MINTING:
            return self.owes_text
        return self.state in WRITABLE

    @property
    def owes_text(self) -> bool:
        """An authorised emergency is written on until its justification, checklist and review are done."""
        return self.track == Track.EMERGENCY and self.obligations.filter(kind__in=WRITTEN, met_at=None).exists()

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    @cached_property
    def pinned(self) -> PolicyVersion:
        """The policy that binds it: the one it was submitted under, before that the one in force."""
        return PolicyVersion.known(self.policy_id) if self.policy_id else PolicyVersion.current()

    def seen_by(self, people: QuerySet[User]) -> QuerySet[User]:
        """Those of these people who may see it: `visible_to`, asked the other way round."""
        people = people.filter(is_active=True)
        if not self.embargoed:
            return people
        in_teams = Q(pk__in=Group.objects.filter(name__in=teams_that_see(self.track)).values("user"))
        wrote = Q(pk__in=self.contributions.values("person")) | Q(pk__in=self.editors.values("pk"))
        return people.filter(Q(pk__in=(self.author_id, self.owner_id)) | in_teams | wrote)

    def who_see(self, people: Iterable[User]) -> list[User]:
        """Those of these people for whom it exists, in their order; under embargo one query."""
        rows = list(people)
        if not self.embargoed:
            return rows
        everybody = get_user_model()._default_manager.filter(pk__in=[person.pk for person in rows])
        seeing = set(self.seen_by(everybody).values_list("pk", flat=True))
        return [person for person in rows if person.pk in seeing]

    def contributor_ids(self) -> frozenset[int]:
        """All who made any revision, and the author."""
        return frozenset({*_contributors(self.pk), self.author_id})

    def editor_ids(self) -> frozenset[int]:
        """Co-authors whom the owner invited."""
        return frozenset(_editors(self.pk))


@Compiled
def _editors(rfc: Place) -> QuerySet[Any, int]:
    """Few: the owner invites each."""
    return RFC.editors.through._default_manager.filter(rfc=rfc).values_list("user", flat=True)


class Opened(models.Model):
    """A form that opened an RFC: sent twice, it is one RFC."""

    rfc = models.OneToOneField(RFC, models.PROTECT, related_name="+", primary_key=True)
    author = models.ForeignKey(USER, models.PROTECT, related_name="+")
    once = models.CharField(max_length=64)
    """A digest of the form's token, the track and the text."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["author", "once"], name="opened_once")]

    def __str__(self) -> str:
        return f"{self.author_id} opened {self.rfc_id}"


class Revision(models.Model):
    """What the RFC said at one moment: immutable, and what a signature points at."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    content_json = models.JSONField()
    material_digest = models.CharField(max_length=64)
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        triggers: ClassVar = append_only("revision")
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rfc", "number"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.rfc_id} revision {self.number}"

    @cached_property
    def content(self) -> Content:
        return Content.read(self.content_json)


class WorkingCopy(models.Model):
    """What is being written: one row for each RFC, its `version` counts every save."""

    rfc = models.OneToOneField(RFC, models.PROTECT, related_name="working_copy")
    content_json = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    writers = models.JSONField(default=list)
    """Ids of those who wrote since the last revision; minting makes them contributors."""

    def __str__(self) -> str:
        return f"{self.rfc_id} working copy {self.version}"

    @property
    def content(self) -> Content:
        return Content.read(self.content_json)


@lru_cache(maxsize=16_384)
def _page_of(number: str) -> str:
    return reverse("rfc-page", args=[number])


@Compiled
def _contributors(rfc: Place) -> QuerySet[Contribution, int]:
    return Contribution.objects.filter(rfc=rfc).values_list("person", flat=True)


class Contribution(models.Model):
    """Somebody made, or wrote a part of, some revision: for ever barred from signing this RFC."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="contributions")
    person = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        triggers: ClassVar = append_only("contribution")
        constraints: ClassVar = [models.UniqueConstraint(fields=["rfc", "person"], name="contribution_once")]

    def __str__(self) -> str:
        return f"{self.person_id} wrote in {self.rfc_id}"


class AffectedPackage(models.Model):
    """A package of the current revision, as a row to find RFCs by."""

    rfc = models.ForeignKey(RFC, models.CASCADE, related_name="packages")
    path = models.CharField(max_length=255, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["rfc", "path"], name="package_once_per_rfc")]
        indexes: ClassVar = [models.Index(fields=["path", "-rfc"], name="package_newest_first")]

    def __str__(self) -> str:
        return self.path

    @classmethod
    def replace(cls, rfc: RFC, paths: Iterable[str]) -> None:
        wanted = set(paths)
        rows = cls.objects.filter(rfc=rfc)
        rows.exclude(path__in=wanted).delete()
        rows_wanted = [AffectedPackage(rfc=rfc, path=path) for path in sorted(wanted)]
        AffectedPackage.objects.bulk_create(rows_wanted, ignore_conflicts=True)


class SearchText(models.Model):
    """What full-text search reads, beside the RFC row so that a change of state rewrites no index."""

    rfc = models.OneToOneField(RFC, models.CASCADE, related_name="search", primary_key=True)
    title = models.TextField()
    body = models.TextField()
    vector = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="english")
        + SearchVector("body", weight="B", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        triggers: ClassVar = texts_to_read()
        indexes: ClassVar = [GinIndex(fields=["vector"], name="rfc_search")]

    def __str__(self) -> str:
        return self.title
