"""The record: what an RFC says, what happened to it, and what is owed to whom."""

from rfcs.models.attachment import Attachment
from rfcs.models.catalog import Package
from rfcs.models.checklist import ChecklistItem, Evidence, Waiver
from rfcs.models.discussion import Comment, CommentVersion, Thread
from rfcs.models.embargo import Embargo
from rfcs.models.impact import Acknowledgement, ClashResolution, FreezeOverride, OwnerAnswer
from rfcs.models.ledger import Chain, Event, Message, Reminder
from rfcs.models.obligation import FollowUp, IncidentAcceptance, IncidentReview, Obligation, RiskAcceptance
from rfcs.models.outage import Outage
from rfcs.models.policy import PolicyVersion
from rfcs.models.reading import Preference, Rhythm, Watch, Watched
from rfcs.models.record import RFC, AffectedPackage, Contribution, Opened, Revision, SearchText, WorkingCopy
from rfcs.models.rollback import Lesson, LessonVersion
from rfcs.models.roster import TeamLead
from rfcs.models.webhooks import Announcement, Webhook, WebhookCall
from rfcs.models.words import TextToRead, Word

__all__ = [
    "RFC",
    "Acknowledgement",
    "AffectedPackage",
    "Announcement",
    "Attachment",
    "Chain",
    "ChecklistItem",
    "ClashResolution",
    "Comment",
    "CommentVersion",
    "Contribution",
    "Embargo",
    "Event",
    "Evidence",
    "FollowUp",
    "FreezeOverride",
    "IncidentAcceptance",
    "IncidentReview",
    "Lesson",
    "LessonVersion",
    "Message",
    "Obligation",
    "Opened",
    "Outage",
    "OwnerAnswer",
    "Package",
    "PolicyVersion",
    "Preference",
    "Reminder",
    "Revision",
    "Rhythm",
    "RiskAcceptance",
    "SearchText",
    "TeamLead",
    "TextToRead",
    "Thread",
    "Waiver",
    "Watch",
    "Watched",
    "Webhook",
    "WebhookCall",
    "Word",
    "WorkingCopy",
]
