"""Webhooks and deliveries on the wire: the shapes, and the rows as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.fields import Exact, Text
from governance.api.serializers import PageQuery, Shown, page_of
from governance.delivering import CHANNELS, STANDINGS
from rfcs.delivery.topics import TOPICS
from rfcs.models import Message, Webhook, WebhookCall
from rfcs.models.webhooks import Style

JSON = dict[str, Any]


class WebhookSerializer(Shown):
    id = serializers.IntegerField()
    name = serializers.CharField()
    host = serializers.CharField(help_text="Of the address; the rest of it may be a secret and is not shown.")
    style = serializers.CharField()  # type: ignore[assignment] # a name of theirs
    topics = serializers.ListField(child=serializers.CharField(), help_text="Empty: all.")
    packages = serializers.ListField(child=serializers.CharField(), help_text="Empty: all.")
    teams = serializers.ListField(child=serializers.CharField(), help_text="Empty: all.")
    made_at = serializers.DateTimeField()


class SecretSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="`whsec_...`, shown this once.")


class WishSerializer(Exact):
    name = Text(max_length=80)
    url = Text(max_length=2_000, help_text="https://..., not into a private network.")
    style = serializers.ChoiceField(  # type: ignore[assignment] # a name of theirs
        Style.choices, required=False, default=Style.STANDARD.value
    )
    topics = serializers.ListField(child=serializers.ChoiceField(list(TOPICS.items())), required=False, default=list)
    packages = serializers.ListField(child=Text(max_length=255), required=False, default=list, max_length=200)
    teams = serializers.ListField(child=Text(max_length=150), required=False, default=list, max_length=200)


class ChangeSerializer(WishSerializer):
    """The whole wish again; without an address the one there is stays."""

    url = Text(max_length=2_000, required=False, default="")


class DeliverySerializer(Shown):
    id = serializers.IntegerField()
    channel = serializers.ChoiceField(CHANNELS)
    standing = serializers.ChoiceField(list(STANDINGS))
    to = serializers.CharField(help_text="A user name, or the name of a webhook.")
    about = serializers.CharField(help_text="The subject, or the topic.")
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    last_error = serializers.CharField(allow_blank=True)


class DeliveryQuery(PageQuery):
    channel = serializers.ChoiceField(CHANNELS, required=False, default="mail")
    standing = serializers.ChoiceField(list(STANDINGS), required=False)


DeliveryPage = page_of(DeliverySerializer)


def webhook(row: Webhook) -> JSON:
    filters = {"topics": row.topics, "packages": row.packages, "teams": row.teams}
    return {"id": row.pk, "name": row.name, "host": row.host, "style": row.style, "made_at": row.made_at} | filters


def delivery(row: Message | WebhookCall) -> JSON:
    is_call = isinstance(row, WebhookCall)
    return {
        "id": row.pk,
        "channel": "webhook" if is_call else "mail",
        "standing": row.standing,
        "to": row.webhook.name if isinstance(row, WebhookCall) else row.recipient.get_username(),
        "about": row.topic if isinstance(row, WebhookCall) else row.subject,
        "created_at": row.created_at,
        "sent_at": row.sent_at,
        "attempts": row.attempts,
        "last_error": row.last_error,
    }
