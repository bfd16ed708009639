"""Addresses of the API, below /api/."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from governance.api.views.attachments import Attachment, Attachments
from governance.api.views.base import Nowhere
from governance.api.views.calendar import Calendar
from governance.api.views.channels import (
    Deliveries,
    DeliveryRetry,
    OneWebhook,
    WebhookKey,
    Webhooks,
    WebhookTest,
)
from governance.api.views.checklist import Checklist, ChecklistItem
from governance.api.views.discussion import Comments, OneComment, Resolve, Retract, Threads
from governance.api.views.documents import HTML, PDF, Bundle, CommitMessage, Markdown, SigningKeys
from governance.api.views.events import Events, RFCEvents
from governance.api.views.health import Health
from governance.api.views.impact import Acknowledgements, Clashes, Embargo, Freezes, OneLesson, Owners
from governance.api.views.inbox import MailHours, Messages, Preferences, ReadMessages, Watching
from governance.api.views.me import AbsenceEnd, Absences, DelegationEnd, Delegations
from governance.api.views.obligations import (
    AskingAgain,
    Filing,
    Following,
    IncidentAccepting,
    IncidentReviews,
    Obligations,
    Outages,
    Risk,
)
from governance.api.views.revisions import Comparison, OneRevision, Revisions
from governance.api.views.rfcs import Moves, OneRFC, Outlook, RFCs, Spreadsheet
from governance.api.views.sign_offs import Answer, Override, SignOffs
from governance.api.views.teams import Members, OneMember, OneTeam, Teams

ONE = "v1/rfcs/<str:number>"

urlpatterns = [
    path("v1/rfcs/", RFCs.as_view(), name="api-rfcs"),
    path("v1/rfcs.csv", Spreadsheet.as_view(), name="api-rfcs-csv"),
    path(f"{ONE}/", OneRFC.as_view(), name="api-rfc"),
    path(f"{ONE}/outlook/", Outlook.as_view(), name="api-outlook"),
    path(f"{ONE}/moves/", Moves.as_view(), name="api-moves"),
    path(f"{ONE}/sign-offs/", SignOffs.as_view(), name="api-sign-offs"),
    path(f"{ONE}/sign-offs/<int:id>/answer/", Answer.as_view(), name="api-concern-answer"),
    path(f"{ONE}/sign-offs/<int:id>/override/", Override.as_view(), name="api-concern-override"),
    path(f"{ONE}/obligations/", Obligations.as_view(), name="api-obligations"),
    path(f"{ONE}/obligations/justification/", Filing.as_view(), name="api-filing"),
    path(f"{ONE}/obligations/review-again/", AskingAgain.as_view(), name="api-ask-again"),
    path(f"{ONE}/obligations/risk/", Risk.as_view(), name="api-risk"),
    path(f"{ONE}/obligations/follow-up/", Following.as_view(), name="api-follow-up"),
    path(f"{ONE}/outages/", Outages.as_view(), name="api-outages"),
    path(f"{ONE}/incident-review/", IncidentReviews.as_view(), name="api-incident-review"),
    path(f"{ONE}/incident-review/accept/", IncidentAccepting.as_view(), name="api-incident-accept"),
    path(f"{ONE}/clashes/", Clashes.as_view(), name="api-clashes"),
    path(f"{ONE}/lesson/", OneLesson.as_view(), name="api-lesson"),
    path(f"{ONE}/freezes/", Freezes.as_view(), name="api-freezes"),
    path(f"{ONE}/embargo/", Embargo.as_view(), name="api-embargo"),
    path(f"{ONE}/owners/", Owners.as_view(), name="api-owners"),
    path(f"{ONE}/acknowledgements/", Acknowledgements.as_view(), name="api-acknowledgements"),
    path(f"{ONE}/checklist/", Checklist.as_view(), name="api-checklist"),
    path(f"{ONE}/checklist/<slug:slug>/", ChecklistItem.as_view(), name="api-checklist-item"),
    path(f"{ONE}/attachments/", Attachments.as_view(), name="api-attachments"),
    path(f"{ONE}/attachments/<str:sha256>", Attachment.as_view(), name="api-attachment"),
    path(f"{ONE}/justification.md", Markdown.as_view(), name="api-justification"),
    path(f"{ONE}/justification.html", HTML.as_view(), name="api-justification-html"),
    path(f"{ONE}/justification.pdf", PDF.as_view(), name="api-justification-pdf"),
    path(f"{ONE}/bundle.zip", Bundle.as_view(), name="api-bundle"),
    path(f"{ONE}/commit-message", CommitMessage.as_view(), name="api-commit-message"),
    path(f"{ONE}/threads/", Threads.as_view(), name="api-threads"),
    path("v1/threads/<int:key>/comments/", Comments.as_view(), name="api-comments"),
    path("v1/threads/<int:key>/resolve/", Resolve.as_view(), name="api-thread-resolve"),
    path("v1/comments/<int:key>/", OneComment.as_view(), name="api-comment"),
    path("v1/comments/<int:key>/retract/", Retract.as_view(), name="api-comment-retract"),
    path("v1/me/messages/", Messages.as_view(), name="api-messages"),
    path("v1/me/messages/read/", ReadMessages.as_view(), name="api-messages-read"),
    path("v1/me/preferences/", Preferences.as_view(), name="api-preferences"),
    path("v1/me/mail-hours/", MailHours.as_view(), name="api-mail-hours"),
    path("v1/webhooks/", Webhooks.as_view(), name="api-webhooks"),
    path("v1/webhooks/<int:id>/", OneWebhook.as_view(), name="api-webhook"),
    path("v1/webhooks/<int:id>/key/", WebhookKey.as_view(), name="api-webhook-key"),
    path("v1/webhooks/<int:id>/test/", WebhookTest.as_view(), name="api-webhook-test"),
    path("v1/deliveries/", Deliveries.as_view(), name="api-deliveries"),
    path("v1/deliveries/<slug:channel>/<int:id>/retry/", DeliveryRetry.as_view(), name="api-delivery-retry"),
    path("v1/me/watching/", Watching.as_view(), name="api-watching"),
    path(f"{ONE}/revisions/", Revisions.as_view(), name="api-revisions"),
    path(f"{ONE}/revisions/<int:revision>/", OneRevision.as_view(), name="api-revision"),
    path(f"{ONE}/comparison/", Comparison.as_view(), name="api-comparison"),
    path(f"{ONE}/events/", RFCEvents.as_view(), name="api-rfc-events"),
    path("v1/calendar/", Calendar.as_view(), name="api-calendar"),
    path("v1/events/", Events.as_view(), name="api-events"),
    path("v1/signing-keys/", SigningKeys.as_view(), name="api-signing-keys"),
    path("v1/me/absences/", Absences.as_view(), name="api-absences"),
    path("v1/me/absences/<int:id>/end/", AbsenceEnd.as_view(), name="api-absence-end"),
    path("v1/me/delegations/", Delegations.as_view(), name="api-delegations"),
    path("v1/me/delegations/<int:id>/", DelegationEnd.as_view(), name="api-delegation-end"),
    path("v1/teams/", Teams.as_view(), name="api-teams"),
    path("v1/teams/<str:slug>/", OneTeam.as_view(), name="api-team"),
    path("v1/teams/<str:slug>/members/", Members.as_view(), name="api-team-members"),
    path("v1/teams/<str:slug>/members/<str:username>/", OneMember.as_view(), name="api-team-member"),
    path("v1/health/", Health.as_view(), name="api-health"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    re_path(r"^v1/(?:.*/)?$", Nowhere.as_view(), name="api-nowhere"),
]
