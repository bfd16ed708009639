"""The documents that an RFC exports: the justification and the commit message, from its revision and its sign-offs."""

from __future__ import annotations

import re

from approvals.models import SignOff
from approvals.positions import Outcome, Position
from approvals.standing import Standing, latest_round
from breakwater import commits
from breakwater.justification import Justification, Signature, render
from rfcs import markup
from rfcs.case import Case
from rfcs.content import Content
from rfcs.models import RFC, Revision
from rfcs.states import team_name

UNSIGNED = frozenset({Outcome.RECALLED, Outcome.WITHDRAWN, Outcome.REJECTED})
"""Outcomes of a round after which nothing of it stands as an approval."""
FILENAME = "BREAKING_CHANGE_JUSTIFICATION.md"


def justification(rfc: RFC, *, content: Content | None = None) -> Justification:
    """The document as it stands, or of another content of this RFC (preview, older revision)."""
    case = Case(rfc)
    shown = content or case.content
    return shown.document(reference=reference(rfc, case, shown), approvals=signatures(rfc, case))


def reference(rfc: RFC, case: Case, shown: Content) -> str:
    """“RFC-0042, revision 3”; edits that no revision holds are called a draft."""
    if rfc.revision is not None and shown == rfc.revision.content:
        return f"{rfc.number}, revision {rfc.revision.number}"
    return f"{rfc.number}, draft"


def signatures(rfc: RFC, case: Case) -> tuple[Signature, ...]:
    """Every approval that counts now, printed with name, date and meaning; unsigned teams stay open."""
    round_ = latest_round(rfc)
    if round_ is None or round_.outcome in UNSIGNED:
        return ()
    standing = Standing(round_, case)
    return tuple(
        _signature(voice.sign_off, standing.name_of(voice.sign_off))
        for row in standing.rows
        for voice in row.voices
        if voice.counts and voice.sign_off.position == Position.APPROVE
    )


def _signature(sign_off: SignOff, signer: str) -> Signature:
    note = f"{sign_off.position}, revision {sign_off.revision.number}"
    return Signature(team_name(sign_off.team), signer, sign_off.at.date(), note)


def markdown_of(rfc: RFC, *, content: Content | None = None) -> str:
    """BREAKING_CHANGE_JUSTIFICATION.md, byte for byte what the preview shows."""
    return render(justification(rfc, content=content))


def html_of(rfc: RFC, *, content: Content | None = None) -> str:
    return markup.html(markdown_of(rfc, content=content))


def markdown_of_revision(revision: Revision) -> str:
    """An older revision without the signatures of today."""
    number = f"{revision.rfc.number}, revision {revision.number}"
    return render(revision.content.document(reference=number))


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
