"""The shapes of revisions and of what differs between two."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api import wire
from governance.api.fields import Exact
from governance.api.serializers import (
    AnyField,
    ChangeSerializer,
    DraftSerializer,
    FileSerializer,
    Shown,
    page_of,
    shown,
)
from rfcs.content import LABELS, changed_fields
from rfcs.models import RFC, Revision
from rfcs.teams import display_name

OF_THE_RFC = frozenset({"track"})
"""Fields of the RFC itself, which no revision holds."""


class RevisionSerializer(Shown):
    """One revision in a list."""

    revision = serializers.IntegerField(help_text="Its number, from 1.")
    digest = serializers.CharField(help_text="Its material digest.")
    by = serializers.CharField(help_text="User name.")
    by_name = serializers.CharField(help_text="The printed name.")
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)
    is_current = serializers.BooleanField()
    is_approved = serializers.BooleanField(help_text="Whether the approval was bound to it.")


class RevisionTextSerializer(RevisionSerializer):
    """One revision with all that it says."""

    attachments = FileSerializer(many=True)

    def get_fields(self) -> dict[str, AnyField]:
        said = {name: field for name, field in DraftSerializer().get_fields().items() if name not in OF_THE_RFC}
        return shown(said) | super().get_fields()


class ComparisonSerializer(Shown):
    older = RevisionSerializer(help_text="The one named `from`.")
    newer = RevisionSerializer(help_text="The one named `to`.")
    changes = ChangeSerializer(many=True, help_text="Every field that differs, in the document's order.")
    url = serializers.CharField(help_text="The page that shows it.")


def _number(what: str) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=10**9, help_text=what)


ComparisonQuery = type(
    "ComparisonQuery",
    (Exact,),
    {"from": _number("The earlier revision's number."), "to": _number("The later one's; at least `from`.")},
)
RevisionPage = page_of(RevisionSerializer)


def revision(rfc: RFC, row: Revision) -> wire.JSON:
    """A row of the list; it reads no content."""
    return {
        "revision": row.number,
        "digest": row.material_digest,
        "by": row.made_by.get_username(),
        "by_name": display_name(row.made_by),
        "at": row.made_at,
        "note": row.note,
        "is_current": row.pk == rfc.revision_id,
        "is_approved": row.pk == rfc.approved_revision_id,
    }


def text(rfc: RFC, row: Revision) -> wire.JSON:
    return wire.document(row.content) | revision(rfc, row)


def changes(older: Revision, newer: Revision) -> list[dict[str, Any]]:
    before, after = wire.document(older.content), wire.document(newer.content)
    differ = set(changed_fields(older.content, newer.content))
    names = [name for name in LABELS if name in differ] + sorted(differ - set(LABELS))
    return [_change(name, before, after) for name in names]


def _change(name: str, before: wire.JSON, after: wire.JSON) -> wire.JSON:
    field = wire.WIRE_NAMES.get(name, name)
    return {"field": field, "label": LABELS.get(name, name), "before": before[field], "after": after[field]}
