"""The shapes of bodies and answers: what a body may hold, and what the OpenAPI document promises."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.fields import Field

from approvals.positions import RoundKind
from governance.api.fields import Exact, Flag, Reference, Text, Whole
from governance.api.questions import ANSWERS, RISK, AnswersSerializer, RiskScoreSerializer, RiskSerializer
from governance.exporting.models import ExportKind
from governance.finding import STATES
from rfcs.states import ObligationKind, Scenario, Severity, State, Track
from rfcs.table import TABLE

AnyField = Field[Any, Any, Any, Any]

NOTE = 20_000
"""Characters of a note or reason; they are kept in the chain of events."""

SEVERITY = (
    "How hard the package is hit. Left out, it is `medium`, and `api`, `data` and `behavior`, when all three are left "
    "out too, follow from which of `api_changes`, `data_changes` and `behavioral_changes` are filled "
    "(`behavior` if none is). What is given counts."
)
VERSION = "Of the working copy; an edit names the version that it read. 409 when somebody saved in between."


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable; for programs.")
    message = serializers.CharField(help_text="A sentence to act on.")
    field = serializers.CharField(help_text="What it is about; dots lead into objects and lists.", allow_blank=True)
    who = serializers.CharField(help_text="Who can remove the obstacle.", allow_blank=True)


class RefusalSerializer(serializers.Serializer[Any]):
    """Every reason at once. Nothing was changed."""

    reasons = ReasonSerializer(many=True)


class PackageSerializer(Exact):
    path = Text(allow_blank=False, help_text="Relative to the root of the repository.")
    description = Text(required=False, help_text="What changes there.")
    api = Flag(required=False)
    data = Flag(required=False)  # type: ignore[assignment]
    behavior = Flag(required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False, allow_blank=True, help_text=SEVERITY)


class PeriodSerializer(Exact):
    start = serializers.DateField(required=False, allow_null=True)
    end = serializers.DateField(required=False, allow_null=True)


class TimelineSerializer(Exact):
    development = PeriodSerializer(required=False)
    testing = PeriodSerializer(required=False)
    deployment = PeriodSerializer(required=False)


class DraftSerializer(Exact):
    """What engineers write. Any subset; `submit` and `request_review` say what is missing."""

    title = Text(required=False)
    track = serializers.ChoiceField(
        Track.choices, required=False, help_text="Only its owner changes it, and only of a draft."
    )
    scenario = serializers.ChoiceField(Scenario.choices, required=False, allow_blank=True)
    answers = AnswersSerializer(required=False, help_text=ANSWERS)
    risk = RiskSerializer(required=False, help_text=RISK)
    change_summary = Text(required=False)
    affected_packages = PackageSerializer(many=True, required=False)
    api_changes = Text(required=False)
    data_changes = Text(required=False)
    behavioral_changes = Text(required=False)
    justification = Text(required=False)
    rollback_plan = Text(required=False)
    testing_unit = Text(required=False)
    testing_integration = Text(required=False)
    testing_performance = Text(required=False)
    timeline = TimelineSerializer(required=False, help_text="A phase or day that is left out stays; null clears a day.")
    touches_security = Flag(required=False)
    embargoed = Flag(required=False)
    issue = Reference(required=False, help_text="A key of the issue tracker; a number is taken too and kept as text.")


class Shown(serializers.Serializer[Any]):
    """A shape that is only ever answered: every field is there, none is taken."""

    def get_fields(self) -> dict[str, AnyField]:
        return shown(super().get_fields())


def shown(fields: dict[str, AnyField]) -> dict[str, AnyField]:
    for field in fields.values():
        field.read_only, field.required = True, False
    return fields


class TeamStandingSerializer(Shown):
    team = serializers.CharField()
    needed = serializers.IntegerField()
    approvals = serializers.IntegerField()
    forecast = serializers.CharField(help_text="Whether the team can still pass, and what it waits for.")


class RoundSerializer(Shown):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(RoundKind.choices)
    teams = TeamStandingSerializer(many=True)
    first_response_due = serializers.DateTimeField()
    decision_due = serializers.DateTimeField()
    paused_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when the clock stands still, for a concern waits for the owner."
    )


class ObligationSerializer(Shown):
    kind = serializers.ChoiceField(ObligationKind.choices)
    due_at = serializers.DateTimeField()
    met_at = serializers.DateTimeField(allow_null=True)


class TurnSerializer(Shown):
    who = serializers.CharField()
    what = serializers.CharField()
    due = serializers.DateTimeField(allow_null=True)


class SummarySerializer(Shown):
    """One RFC in a list."""

    number = serializers.CharField(help_text="`RFC-0042`; addresses also take `42`.")
    title = serializers.CharField()
    track = serializers.ChoiceField(Track.choices)
    scenario = serializers.ChoiceField(Scenario.choices, allow_blank=True)
    state = serializers.ChoiceField(State.choices)
    touches_security = serializers.BooleanField()
    embargoed = serializers.BooleanField()
    author = serializers.CharField(help_text="User name.")
    owner = serializers.CharField(help_text="User name.")
    revision = serializers.IntegerField(allow_null=True, help_text="Of the current revision; null before the first.")
    digest = serializers.CharField(help_text="The material digest of the current revision: what a signature names.")
    created_at = serializers.DateTimeField()
    state_since = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField(help_text="The page of the portal.")


class FileSerializer(Shown):
    """A file that belongs to what the RFC says: `GET rfcs/{number}/attachments/{sha256}`."""

    name = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of its bytes; names it in addresses.")
    size = serializers.IntegerField(help_text="Bytes.")


class UploadSerializer(Exact):
    """One file. Its content decides whether it is taken; the ending of its name must agree."""

    file = serializers.FileField(allow_empty_file=True)
    version = serializers.IntegerField(required=False, min_value=1, help_text=VERSION)


class RFCSerializer(SummarySerializer):
    """One RFC: what its current revision says (in draft: the working copy), and how it stands."""

    version = serializers.IntegerField(help_text=VERSION)
    unsaved_fields = serializers.ListField(
        child=serializers.CharField(), help_text="In which the working copy differs from the current revision."
    )
    attachments = FileSerializer(many=True)
    risk_score = RiskScoreSerializer()
    round = RoundSerializer(allow_null=True, help_text="The open round of sign-offs.")
    obligations = ObligationSerializer(many=True)
    waiting_on = TurnSerializer(many=True)

    def get_fields(self) -> dict[str, AnyField]:
        return shown(DraftSerializer().get_fields()) | super().get_fields()


SHOWN_ONLY = frozenset(RFCSerializer().get_fields()) - frozenset(DraftSerializer().get_fields())


class NewRFCSerializer(DraftSerializer):
    """A new draft. Fields that the API only shows are ignored; unknown ones are refused."""

    ignored = SHOWN_ONLY


class EditSerializer(DraftSerializer):
    """Any subset of the fields, and the version that was read. Fields that the API only shows are ignored."""

    ignored = SHOWN_ONLY - {"version"}
    version = Whole(help_text=VERSION)


class ConflictSerializer(RefusalSerializer):
    """Somebody saved in between: `stored` is the working copy as it is now, with its version."""

    stored = serializers.DictField(required=False)


class ProspectSerializer(Shown):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    allowed = serializers.BooleanField()
    reasons = ReasonSerializer(many=True, help_text="All of them; empty when the move is allowed.")
    who = serializers.CharField(help_text="Who may ask for it.")


UNKNOWN_MOVE = f"There is no move “{{input}}”; the moves are {', '.join(TABLE)}."


class MoveSerializer(Exact):
    move = serializers.ChoiceField(
        [(move.name, move.label) for move in TABLE.values()], error_messages={"invalid_choice": UNKNOWN_MOVE}
    )
    note = Text(required=False, max_length=NOTE, help_text="Reason or note; some moves need one.")
    revert_commit = Text(required=False, max_length=200, help_text="For `roll_back`; or `nothing_merged`.")
    nothing_merged = Flag(required=False, help_text="For `roll_back`: there is no commit to revert.")
    outage_start = serializers.DateTimeField(required=False, help_text="For `roll_back`, if there was an outage.")
    outage_end = serializers.DateTimeField(required=False, help_text="Left out while the outage lasts.")


class EventSerializer(Shown):
    stream = serializers.CharField()
    seq = serializers.IntegerField()
    kind = serializers.CharField()
    actor = serializers.CharField(allow_null=True, help_text="User name; null for the portal itself.")
    at = serializers.DateTimeField()
    payload = serializers.DictField()
    previous = serializers.CharField(help_text="Digest of the event before it in its stream.")
    digest = serializers.CharField()


class HealthSerializer(Shown):
    version = serializers.CharField()
    live = serializers.BooleanField()
    ready = serializers.BooleanField(help_text="Whether the database answers; 503 when it does not.")
    database = serializers.CharField(help_text="`ok` or `away`.")
    redis = serializers.CharField(help_text="`ok` or `away`; only a doorbell, the portal serves without it.")


class ImportQuery(Exact):
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text=VERSION)
    digest = Text(
        required=False, default="", max_length=64, help_text="Of the dry run; 409 when the import would differ by now."
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Show what would change; store nothing."
    )
    empty = serializers.ListField(
        child=Text(max_length=300), required=False, help_text="What may go; repeat the parameter."
    )
    note = Text(required=False, default="", max_length=NOTE, help_text="What you changed; stands at the revision.")


class ChangeSerializer(Shown):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.JSONField(help_text="As the RFC's own field has it.")
    after = serializers.JSONField()


class ImportSerializer(Shown):
    version = serializers.IntegerField(help_text="Of the working copy that the document was held against.")
    digest = serializers.CharField(help_text="Binds an import to what was shown.")
    changes = ChangeSerializer(many=True)
    kept = serializers.ListField(
        child=serializers.CharField(), help_text="Fields that the file left as its revision had them; kept as they are."
    )
    emptied = serializers.ListField(child=serializers.CharField())
    lacks = serializers.ListField(child=serializers.CharField(), help_text="What the document then still lacks.")
    rfc = RFCSerializer(allow_null=True, help_text="After the import; null for a dry run.")


class ExportQuery(Exact):
    again = serializers.BooleanField(required=False, default=False, help_text="Another try of one that failed.")


class ExportSerializer(Shown):
    kind = serializers.ChoiceField(ExportKind.choices)
    status = serializers.ChoiceField(["waiting", "working"])
    revision = serializers.IntegerField(allow_null=True, help_text="Null for a draft that no revision holds.")
    asked_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="Its page in the portal.")


class SigningKeySerializer(Shown):
    id = serializers.CharField(help_text="As manifest.json names it.")
    algorithm = serializers.CharField()
    public_key = serializers.CharField(help_text="32 bytes as base64.")
    pem = serializers.CharField()
    current = serializers.BooleanField(help_text="Whether it signs now.")


class PageQuery(Exact):
    cursor = Text(required=False, help_text="From `next` or `previous` of a page.")
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=200, help_text="Rows; 50 by default.")


class RFCFilters(Exact):
    """The filters of the list; each narrows it."""

    state = serializers.ChoiceField(STATES, required=False, help_text="A state, or all that are `open` or `ended`.")
    track = serializers.ChoiceField(Track.choices, required=False)
    scenario = serializers.ChoiceField(Scenario.choices, required=False)
    owner = Text(required=False, allow_blank=False, max_length=150, help_text="User name.")
    author = Text(required=False, allow_blank=False, max_length=150, help_text="User name.")
    package = Text(
        required=False, allow_blank=False, max_length=255, help_text="An affected package, or a folder above."
    )
    team = Text(required=False, allow_blank=False, max_length=150, help_text="Slug of a team that was asked to sign.")
    touches_security = serializers.BooleanField(required=False)
    since = serializers.DateField(required=False, help_text="Opened on this day or later (UTC).")
    until = serializers.DateField(required=False, help_text="Opened on this day or earlier (UTC).")
    q = Text(required=False, allow_blank=False, max_length=200, help_text="Full text; a number finds its RFC.")


class RFCQuery(RFCFilters, PageQuery):
    pass


def page_of(row: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The shape of one page of these rows."""
    name = row.__name__.removesuffix("Serializer")
    members = {
        "next": serializers.URLField(allow_null=True, help_text="The next page; null on the last."),
        "previous": serializers.URLField(allow_null=True),
        "results": row(many=True),
    }
    return type(f"{name}PageSerializer", (Shown,), members)


RFCPage = page_of(SummarySerializer)
EventPage = page_of(EventSerializer)
