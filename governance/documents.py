"""The documents that an RFC exports: the justification and the commit message, from its revision and its sign-offs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC

from approvals.models import SignOff
from approvals.positions import Outcome, Position, RoundKind
from approvals.standing import Standing, counting_standings
from breakwater import commits
from breakwater.justification import Justification, Signature, Timeline, render
from rfcs import markup
from rfcs.case import Case
from rfcs.content import Content
from rfcs.models import RFC, Revision
from rfcs.states import SHORT, ObligationKind, team_name

UNSIGNED = frozenset({Outcome.RECALLED, Outcome.WITHDRAWN, Outcome.REJECTED})
"""Outcomes of a round after which nothing of it stands as an approval."""
FILENAME = "BREAKING_CHANGE_JUSTIFICATION.md"


def justification(
    rfc: RFC, *, content: Content | None = None, standings: Sequence[Standing] | None = None
) -> Justification:
    """The document as it stands, or of another content of this RFC (preview, older revision).

    `standings`: of the counting rounds, when they have been read already.
    """
    case = Case(rfc)
    shown = content or case.content
    return shown.document(reference=reference(rfc, case, shown), approvals=signatures(rfc, case, standings))


def reference(rfc: RFC, case: Case, shown: Content) -> str:
    """“RFC-0042, revision 3”; edits that no revision holds are called a draft."""
    if rfc.revision is not None and shown == rfc.revision.content:
        return f"{rfc.number}, revision {rfc.revision.number}"
    return f"{rfc.number}, draft"


def signatures(rfc: RFC, case: Case, standings: Sequence[Standing] | None = None) -> tuple[Signature, ...]:
    """Every approval that counts now, printed with name, date and meaning; unsigned teams stay open."""
    read = standings if standings is not None else counting_standings(rfc, case)
    due = deadline(rfc)
    return tuple(
        _signature(voice.sign_off, standing.name_of(voice.sign_off), due)
        for standing in read
        if standing.round.outcome not in UNSIGNED
        for row in standing.rows
        for voice in row.voices
        if voice.sign_off.position == Position.APPROVE and (voice.counts or _has_authorised(standing))
    )


def _has_authorised(standing: Standing) -> bool:
    """An authorisation stays what it was when the full justification goes beyond what it was given for."""
    round_ = standing.round
    return round_.kind == RoundKind.AUTHORISATION and round_.outcome == Outcome.APPROVED


def _signature(sign_off: SignOff, signer: str, due: str) -> Signature:
    note = f"{sign_off.position}, revision {sign_off.revision.number}"
    if sign_off.round.kind == RoundKind.AUTHORISATION and due:
        note = f"authorised revision {sign_off.revision.number}; {due}"
    elif sign_off.round.kind == RoundKind.RETROACTIVE:
        note = f"ratified, revision {sign_off.revision.number}"
    return Signature(team_name(sign_off.team), signer, sign_off.at.date(), note)


DEADLINES = {
    ObligationKind.POST_HOC_JUSTIFICATION: "full justification due",
    ObligationKind.FOLLOW_UP_RFC: "full justification in a follow-up RFC due",
}
"""Until when what the abbreviated form leaves out is owed, as the form records it (JD010)."""


def deadline(rfc: RFC) -> str:
    """“full justification due 2026-11-25”; empty before an authorisation and on the standard track."""
    owed = rfc.obligations.filter(kind__in=DEADLINES).first() if rfc.track in SHORT else None
    return f"{DEADLINES[ObligationKind(owed.kind)]} {owed.due_at.astimezone(UTC):%Y-%m-%d}" if owed else ""


def is_abbreviated(track: str, content: Content) -> bool:
    """Whether it has the abbreviated form: on a short track, while nothing of the later sections is written."""
    written = [*(getattr(content, name) for name in LATER), *content.answered.values()]
    return track in SHORT and not any(written) and content.timeline == Timeline()


LATER = (
    "api_changes",
    "data_changes",
    "behavioral_changes",
    "testing_unit",
    "testing_integration",
    "testing_performance",
)


def markdown_of(rfc: RFC, *, content: Content | None = None, standings: Sequence[Standing] | None = None) -> str:
    """BREAKING_CHANGE_JUSTIFICATION.md, byte for byte what the preview shows."""
    shown = content or Case(rfc).content
    document = justification(rfc, content=content, standings=standings)
    return render(document, abbreviated=is_abbreviated(rfc.track, shown))


def html_of(rfc: RFC, *, content: Content | None = None, standings: Sequence[Standing] | None = None) -> str:
    return markup.html(markdown_of(rfc, content=content, standings=standings))


def markdown_of_revision(revision: Revision) -> str:
    """An older revision without the signatures of today."""
    number = f"{revision.rfc.number}, revision {revision.number}"
    abbreviated = is_abbreviated(revision.rfc.track, revision.content)
    return render(revision.content.document(reference=number), abbreviated=abbreviated)


def commit_message(rfc: RFC) -> str:
    """The commit message in the process's format, composed from the RFC."""
    content = Case(rfc).content
    summary = " ".join(content.title.split()) or rfc.number
    closes, footers = issue_footers(content.issue)
    message = commits.Message(
        type="feat",
        summary=summary,
        breaking=True,
        breaking_change=" ".join(content.change_summary.split()) or summary,
        updated=tuple(f"{path}/" for path in content.paths),
        closes=closes,
        footers=footers,
    )
    return commits.compose(message)


def issue_footers(issue: str) -> tuple[tuple[str, ...], tuple[commits.Footer, ...]]:
    """`123`, `#123` and the address of an issue close it; any other reference is kept as `Refs`."""
    found = re.fullmatch(r"(?:\S*/issues/|#)?(\d+)", issue)
    if found:
        return (found[1],), ()
    return (), (commits.Footer("Refs", issue),) if issue else ()
