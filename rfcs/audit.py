"""Is the record what was written? Recomputes every chain of events and holds the rows against it. Reads only.

Who can write to the database can change a row, and even a chain's head; what no chain can show (a whole tail cut
off, head and all) shows against the rows that the tail spoke of, and against checkpoints kept elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

from rfcs import aftermath
from rfcs.aftermath import NUMBER
from rfcs.digests import sha256 as digest_of
from rfcs.events import digest_of_row
from rfcs.files import storage
from rfcs.models import Chain, Outage
from rfcs.outages.telling import moment

BATCH = 5_000
Row = tuple[str, int, str, int | None, datetime, str, str, str]
"""stream, seq, kind, actor, at, payload as JSON text, previous, digest"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written: where, which rule it breaks, and a sentence."""

    place: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.code}]"


def verify(streams: Collection[str] | None = None) -> Iterator[Finding]:
    """Every event of these streams, or of all: gapless numbers, links, digests, and the head kept in Chain."""
    heads = Chain.objects.filter(stream__in=streams) if streams is not None else Chain.objects.all()
    waiting = {head.stream: (head.seq, head.digest) for head in heads.iterator(chunk_size=BATCH)}
    for stream, events in groupby(_events(streams), key=itemgetter(0)):
        yield from _verify_chain(stream, events, waiting.pop(stream, None))
    for stream, (seq, _digest) in waiting.items():
        if seq:
            yield Finding(stream, "events_missing", f"The chain has {seq} events and none is stored.")


def records() -> Iterator[Finding]:
    """RFCs, revisions, checklists, comments, owners' answers, what is owed, outages ... say what their events say."""
    for code, question, sentence in (*QUESTIONS, *aftermath.QUESTIONS):
        for place, *facts in _rows(question):
            yield Finding(place, code, sentence.format(*facts))
    yield from _contents()
    yield from _comments()
    yield from _reviews()
    yield from _outages()


def files() -> Iterator[Finding]:
    """The bytes of every uploaded file hash to its name, and every revision's files are known."""
    for number, name in _rows(UNKNOWN_FILES):
        yield Finding(number, "attachment_missing", f"“{name}” belongs to it, and no such file was uploaded.")
    for sha256, number, name in _rows(FILES):
        if why := storage.why_wrong(sha256):
            yield Finding(f"{number} “{name}”", "attachment", why)


def _verify_chain(stream: str, events: Iterable[Row], head: tuple[int, str] | None) -> Iterator[Finding]:
    last_seq, last_digest = 0, ""
    for _stream, seq, kind, actor, at, payload, previous, digest in events:
        place = f"{stream}#{seq}"
        if seq != last_seq + 1:
            yield Finding(place, "gap", f"Event {last_seq + 1} is missing before it.")
        if previous != last_digest:
            yield Finding(place, "broken_link", "It does not continue the event before it.")
        if digest_of_row(stream, seq, kind, actor, at, json.loads(payload), previous) != digest:
            yield Finding(place, "altered", f"“{kind}” was changed after it was written.")
        last_seq, last_digest = seq, digest
    if head != (last_seq, last_digest):
        known = f"event {head[0]}" if head else "nothing"
        yield Finding(stream, "head", f"The chain ends at event {last_seq}, its head knows {known}.")


def _events(streams: Collection[str] | None) -> Iterator[Row]:
    where, values = ("WHERE stream = ANY(%s)", [list(streams)]) if streams is not None else ("", [])
    columns = "stream, seq, kind, actor_id, at, payload, previous, digest"
    return _rows(f"SELECT {columns} FROM rfcs_event {where} ORDER BY stream, seq", values)  # noqa: S608 - our own words


def _rows(question: str, values: Iterable[Any] = ()) -> Iterator[Any]:
    """Rows through a cursor on the server: a million events need no million objects here."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(question, list(values))
        while rows := cursor.fetchmany(BATCH):
            yield from rows


def _contents() -> Iterator[Finding]:
    for place, content, written in _rows(CONTENTS):
        if digest_of(json.loads(content)) != written:
            yield Finding(place, "revision_altered", "The text of the revision was changed after it was minted.")


def _comments() -> Iterator[Finding]:
    for place, text, written in _rows(TEXTS):
        if digest_of(text) != written:
            yield Finding(place, "comment_altered", "The text of the comment was changed after it was written.")


def _reviews() -> Iterator[Finding]:
    for place, *texts, written in _rows(aftermath.REVIEWS):
        said = dict(zip(aftermath.REVIEWED, texts, strict=True))
        if digest_of(said | {"actions": json.loads(said["actions"])}) != written:
            yield Finding(place, "incident_review_altered", "The text of the review was changed after it was filed.")


def _outages() -> Iterator[Finding]:
    for row in Outage.objects.select_related("rfc", "event", "corrects").iterator(chunk_size=BATCH):
        event, facts = row.event, row.facts()
        is_told = (event.kind, event.at, event.payload) == ("outage.recorded", row.at, facts)
        is_told = is_told or (event.kind == "move.roll_back" and _of_rollback(event.payload) == facts)
        is_here = (event.stream, event.actor_id) == (row.rfc.stream, row.by_id)
        if not (is_told and is_here) or (row.corrects and row.corrects.rfc_id != row.rfc_id):
            yield Finding(row.rfc.number, "outage", f"Outage {row.pk} is not as its event says.")


def _of_rollback(said: dict[str, Any]) -> dict[str, object]:
    """The outage as the event of a rollback told it, before outages had events."""
    start, end = (moment(said.get(name, "")) for name in ("outage_start", "outage_end"))
    return Outage(started_at=start, ended_at=end).facts() if start else {}


REVISION = NUMBER.replace("r.id", "v.rfc_id") + " || ' revision ' || v.number"
MINTED = """rfcs_event e ON e.stream = 'rfc:' || v.rfc_id AND e.kind = 'revision.minted'
    AND (e.payload->>'revision')::int = v.number"""

CONTENTS = f"SELECT {REVISION}, v.content_json, e.payload->>'content' FROM rfcs_revision v JOIN {MINTED}"  # noqa: S608
FILES = f"""SELECT DISTINCT ON (a.sha256) a.sha256, {NUMBER}, a.name FROM rfcs_attachment a
    JOIN rfcs_rfc r ON r.id = a.rfc_id ORDER BY a.sha256, a.id"""  # noqa: S608
UNKNOWN_FILES = f"""SELECT {REVISION}, f->>'name' FROM rfcs_revision v
    CROSS JOIN LATERAL jsonb_array_elements(v.content_json->'attachments') f
    WHERE v.content_json ? 'attachments' AND NOT EXISTS (
    SELECT FROM rfcs_attachment a WHERE a.rfc_id = v.rfc_id AND a.sha256 = f->>'sha256')"""  # noqa: S608
SPOKEN = "('thread.opened', 'comment.posted', 'comment.edited')"
COMMENT = NUMBER.replace("r.id", "t.rfc_id") + " || ' comment ' || c.id"
WORDINGS = (
    """rfcs_commentversion v JOIN rfcs_comment c ON c.id = v.comment_id JOIN rfcs_thread t ON t.id = c.thread_id"""
)
TOLD = f"""rfcs_event e ON e.stream = 'rfc:' || t.rfc_id AND e.kind IN {SPOKEN}
    AND e.payload->>'comment' = c.id::text AND e.payload->>'version' = v.number::text"""
TEXTS = f"SELECT {COMMENT}, v.text, e.payload->>'digest' FROM {WORDINGS} JOIN {TOLD}"  # noqa: S608
SETTLED = """e.kind = 'clash.resolved' AND (e.actor_id, e.at, e.payload->>'note', e.payload->>'fingerprint')
    = (c.by_id, c.at, c.note, c.fingerprint)"""
OVERRIDDEN = """e.stream = 'rfc:' || o.rfc_id AND e.kind = 'freeze.overridden'
    AND (e.actor_id, e.at, e.payload) = (o.by_id, o.at, jsonb_build_object('freeze', o.freeze, 'reason', o.reason))"""
QUESTIONS = (
    (
        "no_birth",
        f"""SELECT {NUMBER} FROM rfcs_rfc r LEFT JOIN rfcs_event e ON e.stream = 'rfc:' || r.id AND e.seq = 1
            LEFT JOIN LATERAL (SELECT c.payload->>'to' AS track FROM rfcs_event c WHERE c.stream = 'rfc:' || r.id
            AND c.kind = 'rfc.track_changed' ORDER BY c.seq DESC LIMIT 1) changed ON true
            WHERE e.kind IS DISTINCT FROM 'rfc.created' OR e.actor_id <> r.author_id
            OR coalesce(changed.track, e.payload->>'track') <> r.track""",  # noqa: S608
        "Its events do not tell of its creation by this author, or of this track.",
    ),
    (
        "state",
        f"""SELECT {NUMBER}, r.state, coalesce(last.target, 'draft') FROM rfcs_rfc r LEFT JOIN LATERAL (
            SELECT e.payload->>'to' AS target FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id
            AND e.kind LIKE 'move.%%' ORDER BY e.seq DESC LIMIT 1) last ON true
            WHERE r.state <> coalesce(last.target, 'draft')""",  # noqa: S608
        "It stands in {0}; its last move led to {1}.",
    ),
    (
        "approval",
        f"""SELECT {NUMBER} FROM rfcs_rfc r LEFT JOIN LATERAL (
            SELECT e.payload->>'digest' AS digest FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id
            AND e.kind IN ('move.approve', 'retroactive.ratified') ORDER BY e.seq DESC LIMIT 1) last ON true
            WHERE r.approved_digest <> '' AND r.approved_digest IS DISTINCT FROM last.digest""",  # noqa: S608
        "The digest that counts as approved is not the one that a round approved.",
    ),
    (
        "current_revision",
        f"""SELECT {NUMBER} FROM rfcs_rfc r LEFT JOIN rfcs_revision v ON v.id = r.revision_id
            WHERE r.material_digest <> coalesce(v.material_digest, '') OR v.rfc_id <> r.id OR EXISTS (
            SELECT FROM rfcs_revision n WHERE n.rfc_id = r.id AND n.number > coalesce(v.number, 0))""",  # noqa: S608
        "Its current revision or digest is not that of its newest revision.",
    ),
    (
        "revision",
        f"""SELECT {REVISION} FROM rfcs_revision v LEFT JOIN {MINTED} WHERE e.id IS NULL
            OR e.payload->>'digest' <> v.material_digest OR e.actor_id <> v.made_by_id OR e.at <> v.made_at
            OR e.payload->>'note' <> v.note""",  # noqa: S608
        "No event tells of this revision as it is stored.",
    ),
    (
        "revision_missing",
        f"""SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_revision v
            ON e.stream = 'rfc:' || v.rfc_id AND (e.payload->>'revision')::int = v.number
            WHERE e.kind = 'revision.minted' AND v.id IS NULL""",  # noqa: F541
        "The revision that it tells of is not stored.",
    ),
    (
        "checklist",
        f"""SELECT {NUMBER}, i.slug FROM rfcs_checklistitem i JOIN rfcs_rfc r ON r.id = i.rfc_id
            LEFT JOIN LATERAL (SELECT e.kind, e.actor_id, e.payload->>'link' AS link FROM rfcs_event e
            WHERE e.stream = 'rfc:' || r.id AND e.kind IN ('checklist.closed', 'checklist.reopened')
            AND e.payload->>'item' = i.slug ORDER BY e.seq DESC LIMIT 1) last ON true
            WHERE (i.closed_at IS NOT NULL) <> (coalesce(last.kind, '') = 'checklist.closed')
            OR i.closed_at IS NOT NULL AND (last.actor_id, last.link) IS DISTINCT FROM (i.closed_by_id, i.link)""",  # noqa: S608
        "The checklist item “{0}” is not as its last event says.",
    ),
    (
        "evidence",
        f"""SELECT {NUMBER}, i.slug FROM rfcs_evidence p JOIN rfcs_checklistitem i ON i.id = p.item_id
            JOIN rfcs_rfc r ON r.id = i.rfc_id LEFT JOIN rfcs_attachment a ON a.id = p.attachment_id
            WHERE NOT EXISTS (SELECT FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id
            AND e.kind IN ('checklist.closed', 'checklist.evidence_added') AND e.payload->>'evidence' = p.id::text
            AND (e.actor_id, e.at, e.payload->>'item', e.payload->>'link', e.payload->>'text')
            = (p.given_by_id, p.given_at, i.slug, p.link, p.text)
            AND e.payload->'file'->>'sha256' IS NOT DISTINCT FROM a.sha256)""",  # noqa: S608
        "No event tells of a piece of evidence for “{0}” as it is stored.",
    ),
    (
        "waiver",
        f"""SELECT {NUMBER}, w.slug FROM rfcs_waiver w JOIN rfcs_rfc r ON r.id = w.rfc_id
            WHERE NOT EXISTS (SELECT FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id
            AND e.kind = 'checklist.waived' AND e.payload->>'waiver' = w.id::text
            AND (e.actor_id, e.at, e.payload->>'item', e.payload->>'kind', e.payload->>'reason',
            e.payload->>'expires_on')
            = (w.granted_by_id, w.granted_at, w.slug, w.kind, w.reason, w.expires_on::text))
            OR (w.revoked_at IS NOT NULL) <> EXISTS (SELECT FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id
            AND e.kind = 'checklist.waiver_revoked' AND e.payload->'waivers' @> to_jsonb(w.id))""",  # noqa: S608
        "The waiver of “{0}” is not as its events say.",
    ),
    (
        "comment",
        f"""SELECT {COMMENT} FROM {WORDINGS} LEFT JOIN {TOLD} WHERE e.id IS NULL
            OR (e.actor_id, e.at, e.payload->>'thread', e.payload->>'section')
            <> (c.author_id, v.at, t.id::text, t.section)
            OR v.number = 1 AND (e.kind = 'comment.edited' OR c.at <> e.at)
            OR e.kind = 'thread.opened' AND (t.opened_by_id, t.opened_at) <> (e.actor_id, e.at)""",  # noqa: S608
        "No event tells of this comment as it is stored.",
    ),
    (
        "comment_missing",
        f"""SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN ({WORDINGS})
            ON e.stream = 'rfc:' || t.rfc_id AND e.payload->>'comment' = c.id::text
            AND e.payload->>'version' = v.number::text WHERE e.kind IN {SPOKEN} AND v.id IS NULL""",  # noqa: S608
        "The comment that it tells of is not stored.",
    ),
    (
        "comment_retracted",
        f"""SELECT {COMMENT} FROM rfcs_comment c JOIN rfcs_thread t ON t.id = c.thread_id
            LEFT JOIN rfcs_event e ON e.stream = 'rfc:' || t.rfc_id AND e.kind = 'comment.retracted'
            AND e.payload->>'comment' = c.id::text WHERE c.retracted_at IS DISTINCT FROM e.at""",  # noqa: S608
        "Whether it is retracted is not what its events say.",
    ),
    (
        "thread",
        f"""SELECT {NUMBER.replace("r.id", "t.rfc_id")}, t.id FROM rfcs_thread t LEFT JOIN LATERAL (
            SELECT e.kind, e.actor_id, e.at FROM rfcs_event e WHERE e.stream = 'rfc:' || t.rfc_id
            AND e.kind IN ('thread.resolved', 'thread.reopened') AND e.payload->>'thread' = t.id::text
            ORDER BY e.seq DESC LIMIT 1) last ON true
            WHERE (t.resolved_at IS NOT NULL) <> (coalesce(last.kind, '') = 'thread.resolved')
            OR t.resolved_at IS NOT NULL AND (last.actor_id, last.at) <> (t.resolved_by_id, t.resolved_at)""",  # noqa: S608
        "Whether thread {0} is resolved is not as its last event says.",
    ),
    (
        "owner_answer",
        f"""SELECT {NUMBER}, k.path FROM rfcs_owneranswer o JOIN rfcs_acknowledgement k ON k.id = o.acknowledgement_id
            JOIN rfcs_rfc r ON r.id = k.rfc_id JOIN rfcs_revision v ON v.id = o.revision_id
            LEFT JOIN rfcs_event e ON e.id = o.event_id WHERE v.rfc_id <> r.id
            OR (e.stream, e.kind, e.actor_id, e.at, e.payload - 'due') IS DISTINCT FROM (
            'rfc:' || r.id, 'acknowledgement.' || o.answer, o.person_id, o.at,
            jsonb_build_object('package', k.path, 'reason', o.reason, 'revision', v.number))""",  # noqa: S608
        "An owner's answer for {0} does not say what its event says.",
    ),
    (
        "owner_answer_missing",
        """SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_owneranswer o ON o.event_id = e.id
            WHERE e.kind IN ('acknowledgement.acknowledge', 'acknowledgement.object', 'acknowledgement.more_time',
            'acknowledgement.withdraw') AND o.id IS NULL""",
        "The owner's answer that it tells of is not stored.",
    ),
    (
        "acknowledgement",
        f"""SELECT {NUMBER}, k.path FROM rfcs_acknowledgement k JOIN rfcs_rfc r ON r.id = k.rfc_id
            LEFT JOIN LATERAL (SELECT e.seq, e.at, e.payload->>'due' AS due FROM rfcs_event e
            WHERE e.stream = 'rfc:' || r.id AND e.kind = 'acknowledgement.asked'
            AND e.payload->'owners' ? k.path ORDER BY e.seq DESC LIMIT 1) asked ON true
            LEFT JOIN LATERAL (SELECT e.kind FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id AND e.kind IN (
            'acknowledgement.acknowledge', 'acknowledgement.object', 'acknowledgement.withdraw')
            AND e.payload->>'package' = k.path AND e.seq > asked.seq ORDER BY e.seq DESC LIMIT 1) last ON true
            LEFT JOIN LATERAL (SELECT e.at FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id AND e.seq > asked.seq
            AND e.kind = 'acknowledgement.lapsed' AND e.payload->>'package' = k.path) over ON true
            LEFT JOIN LATERAL (SELECT e.at, e.payload->>'due' AS due FROM rfcs_event e
            WHERE e.stream = 'rfc:' || r.id AND e.seq > asked.seq
            AND e.kind = 'acknowledgement.more_time' AND e.payload->>'package' = k.path) longer ON true
            WHERE k.status <> CASE last.kind WHEN 'acknowledgement.acknowledge' THEN 'acknowledged'
            WHEN 'acknowledgement.object' THEN 'objected'
            ELSE CASE WHEN over.at IS NULL THEN 'waiting' ELSE 'lapsed' END END
            OR (k.asked_at, k.lapsed_at, k.extended_at) IS DISTINCT FROM (asked.at, over.at, longer.at)
            OR k.due_at <> coalesce(longer.due, CASE WHEN k.extended_at IS NULL THEN asked.due END)::timestamptz""",  # noqa: S608
        "How {0} stands with its owners is not what its events say.",
    ),
    (
        "clash",
        f"""SELECT {NUMBER}, o.id FROM rfcs_clashresolution c JOIN rfcs_rfc r ON r.id = c.first_id
            JOIN rfcs_rfc o ON o.id = c.second_id WHERE NOT EXISTS (SELECT FROM rfcs_event e
            WHERE e.stream IN ('rfc:' || r.id, 'rfc:' || o.id) AND {SETTLED})""",  # noqa: S608
        "No event tells of how its clash with RFC {0} was settled as it is stored.",
    ),
    (
        "clash_missing",
        f"""SELECT e.stream || '#' || e.seq FROM rfcs_event e WHERE e.kind = 'clash.resolved' AND NOT EXISTS (
            SELECT FROM rfcs_clashresolution c WHERE e.stream IN ('rfc:' || c.first_id, 'rfc:' || c.second_id)
            AND {SETTLED})""",  # noqa: S608
        "The settlement of a clash that it tells of is not stored.",
    ),
    (
        "embargo",
        f"""SELECT {NUMBER} FROM rfcs_embargo m JOIN rfcs_rfc r ON r.id = m.rfc_id
            LEFT JOIN LATERAL (SELECT e.at, e.actor_id, e.payload->>'reason' AS reason FROM rfcs_event e
            WHERE e.stream = 'rfc:' || r.id AND e.kind = 'embargo.lifted' ORDER BY e.seq DESC LIMIT 1) up ON true
            LEFT JOIN LATERAL (SELECT e.at, e.actor_id FROM rfcs_event e
            WHERE e.stream = 'rfc:' || r.id AND e.kind = 'embargo.imposed' ORDER BY e.seq DESC LIMIT 1) down ON true
            WHERE (m.lifted_at, m.lifted_by_id, m.reason) IS DISTINCT FROM (up.at, up.actor_id, coalesce(up.reason, ''))
            OR (m.imposed_at, m.imposed_by_id) IS DISTINCT FROM (down.at, down.actor_id)""",  # noqa: S608
        "How its embargo began or was lifted is not what its events say.",
    ),
    (
        "embargo_missing",
        f"""SELECT DISTINCT {NUMBER} FROM rfcs_event e JOIN rfcs_rfc r ON e.stream = 'rfc:' || r.id
            WHERE e.kind IN ('embargo.imposed', 'embargo.lifted')
            AND NOT EXISTS (SELECT FROM rfcs_embargo m WHERE m.rfc_id = r.id)""",  # noqa: S608
        "The embargo that its events tell of is not stored.",
    ),
    (
        "embargo_open",
        f"""SELECT {NUMBER} FROM rfcs_rfc r LEFT JOIN rfcs_revision v ON v.id = r.revision_id
            WHERE NOT r.embargoed AND NOT EXISTS (SELECT FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id
            AND e.kind = 'embargo.lifted') AND (r.state <> 'draft' AND v.content_json @> '{{"embargoed": true}}'
            OR EXISTS (SELECT FROM rfcs_event e WHERE e.stream = 'rfc:' || r.id AND e.kind = 'embargo.imposed'))""",  # noqa: S608
        "It stands open to everybody, and no event lifts its embargo.",
    ),
    (
        "freeze_override",
        f"""SELECT {NUMBER}, o.freeze FROM rfcs_freezeoverride o JOIN rfcs_rfc r ON r.id = o.rfc_id
            WHERE NOT EXISTS (SELECT FROM rfcs_event e WHERE {OVERRIDDEN})""",  # noqa: S608
        "No event tells of the override of the freeze “{0}” as it is stored.",
    ),
    (
        "freeze_override_missing",
        f"""SELECT e.stream || '#' || e.seq FROM rfcs_event e WHERE e.kind = 'freeze.overridden'
            AND NOT EXISTS (SELECT FROM rfcs_freezeoverride o WHERE {OVERRIDDEN})""",  # noqa: S608
        "The override of a freeze that it tells of is not stored.",
    ),
)
"""What the rows must say, as questions for those that do not: place, then the facts of the sentence."""
