"""The vocabulary of the process; the values are wire values (API, URLs, exports)."""

from django.db.models import TextChoices


class Track(TextChoices):
    STANDARD = "standard", "Standard"
    EMERGENCY = "emergency", "Emergency"
    HOTFIX = "hotfix", "Hotfix"


class State(TextChoices):
    DRAFT = "draft", "Draft"
    ASSESSMENT = "assessment", "Impact assessment"
    REVIEW = "review", "Architecture review"
    APPROVED = "approved", "Approved"
    IMPLEMENTATION = "implementation", "Implementation"
    POST_IMPLEMENTATION = "post_implementation", "Post-implementation"
    CLOSED = "closed", "Closed"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ROLLED_BACK = "rolled_back", "Rolled back"


SHORT_STEPS = (State.DRAFT, State.REVIEW, State.IMPLEMENTATION, State.POST_IMPLEMENTATION, State.CLOSED)
"""The way of emergencies and hotfixes, in order."""
STEPS = (
    State.DRAFT,
    State.ASSESSMENT,
    State.REVIEW,
    State.APPROVED,
    State.IMPLEMENTATION,
    State.POST_IMPLEMENTATION,
    State.CLOSED,
)
"""The standard way, in order."""

ENDED = frozenset({State.CLOSED, State.REJECTED, State.WITHDRAWN, State.ROLLED_BACK})
MINTING = frozenset({State.DRAFT, State.ASSESSMENT, State.REVIEW})
"""States in which saving mints a revision at once."""
WRITABLE = MINTING | {State.APPROVED, State.IMPLEMENTATION}
"""States that have a working copy; beyond MINTING only `amend` turns it into a revision."""


SHORT = frozenset({Track.EMERGENCY, Track.HOTFIX})
"""Tracks that are authorised first and owe the rest afterwards."""


def state_name(state: str, track: str) -> str:
    """The printed name of a state: on the short tracks the review is an authorisation."""
    return "Authorisation" if state == State.REVIEW and track in SHORT else str(State(state).label)


def stands(state: str) -> str:
    """“is closed”, “is in implementation”: where an RFC stands, as a sentence says it."""
    name = State(state).label.lower()
    return f"is {name}" if state in ENDED or state == State.APPROVED else f"is in {name}"


class ObligationKind(TextChoices):
    """What an authorised emergency or hotfix owes."""

    POST_HOC_JUSTIFICATION = "post_hoc_justification", "Full justification"
    COMPLIANCE_CHECKLIST = "compliance_checklist", "Pre-implementation checklist, after the fact"
    RETROACTIVE_REVIEW = "retroactive_review", "Retroactive review by the board"
    DENIAL_RESOLUTION = "denial_resolution", "Roll back, or accept the risk"
    FOLLOW_UP_RFC = "follow_up_rfc", "Follow-up RFC on the standard track"
    POST_INCIDENT_REVIEW = "post_incident_review", "Post-incident review"


class Scenario(TextChoices):
    API_CONTRACT = "api_contract", "API contract change"
    SHARED_SCHEMA = "shared_schema", "Shared schema update"
    SECURITY = "security", "Security update"
    MAJOR_RELEASE = "major_release", "Major version release"
    DEPENDENCY = "dependency", "Dependency update"


class Severity(TextChoices):
    """How hard a package is hit; the assessment of one package."""

    NONE = "none", "None: compiles and behaves as before"
    LOW = "low", "Low: mechanical edits"
    MEDIUM = "medium", "Medium: callers change"
    HIGH = "high", "High: data or behaviour at risk"


class Answer(TextChoices):
    """What an owner of an affected package says."""

    ACKNOWLEDGE = "acknowledge", "Acknowledge"
    OBJECT = "object", "Object"
    MORE_TIME = "more_time", "Ask for time"
    WITHDRAW = "withdraw", "Withdraw the objection"


class Acknowledged(TextChoices):
    """How an affected package stands with its owners."""

    WAITING = "waiting", "Waits for an owner"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    OBJECTED = "objected", "An owner objects"
    LAPSED = "lapsed", "Deadline lapsed"
    NOBODY = "nobody", "Nobody is asked"


class Phase(TextChoices):
    PRE = "pre", "Pre-implementation"
    IMPLEMENTATION = "implementation", "Implementation"
    POST = "post", "Post-implementation"


class Kind(TextChoices):
    """How a checklist item closes: computed, by a CI result (or a second person), or by a person with evidence."""

    AUTOMATIC = "automatic", "Automatic"
    VERIFIED = "verified", "Verified"
    ATTESTED = "attested", "Attested"


class WaiverKind(TextChoices):
    """Why an item counts as closed without being done."""

    WAIVER = "waived", "Waived"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class Authority(TextChoices):
    """Who may ask for a move. `team:<slug>` of the process is a member of that Django auth group."""

    OWNER = "owner", "the owner"
    STEWARDS = "team:stewards", "a steward"
    ARCHITECTURE = "team:architecture", "a member of the architecture board"
    SUCCESSOR = "successor", "a steward once the owner's account is closed"
    ROUND = "round", "the round of sign-offs"
    CLOCK = "clock", "the clock"

    @property
    def team(self) -> str | None:
        """The auth group whose members hold this authority, or None."""
        return self.value.removeprefix("team:") if self.value.startswith("team:") else None


ARCHITECTURE = "architecture"
SECURITY = "security"
INCIDENT_COMMAND = "incident_command"
STEWARDS = "stewards"
AUDITORS = "auditors"
AUTHORISERS = {Track.EMERGENCY: SECURITY, Track.HOTFIX: INCIDENT_COMMAND}
"""The team of which one member authorises; what is owed afterwards is its debt."""
SIGNING = (ARCHITECTURE, SECURITY, INCIDENT_COMMAND)
"""The teams that rounds ask."""
TEAMS = {
    ARCHITECTURE: "Architecture Team",
    SECURITY: "Security Team",
    INCIDENT_COMMAND: "Incident Command",
    STEWARDS: "Stewards",
    AUDITORS: "Auditors",
}


def team_name(slug: str) -> str:
    """The printed name of a team; an unknown one reads as its slug."""
    return TEAMS.get(slug, slug.replace("_", " ").title())
