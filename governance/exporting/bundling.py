"""The signed bundle: the document in every form, the record, the whole chain of events, a signed list of it all.

The zip is the same, byte for byte, for the same export: entries in order, the time of asking on each.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from governance.exporting import keys, printing
from governance.exporting.models import Export
from rfcs.files import storage
from rfcs.models import Event, PolicyVersion, Revision
from rfcs.teams import display_name

FORMAT = "breakwater-bundle/1"
VERIFIER = Path(__file__).with_name("verify.py")
README = """\
{number}: {title}
{underline}

The record of one breaking change, as the portal {portal} had it at {at}.
{who} asked for it.

  justification.md      the document, as it is committed to the repository
  justification.html    the same as a page, with the signatures
  justification.pdf     the same on paper
  record.json           the facts, every revision, every sign-off: name, meaning, team, on whose behalf, time, digest
  attachments/          the files that belong to it, if there are any
  evidence/             the files that were given as evidence for its checklist, if there are any
  events.jsonl          the whole chain of events; each line holds the digest of the line before it
  manifest.json         every file with its SHA-256
  manifest.sig          the Ed25519 signature of manifest.json, as base64
  public-key.pem        the key that it was signed with: {key}
  verify.py             checks all of this

To check it:

  python3 verify.py --key {key}

The key beside the files proves nothing by itself: compare its id with the one that the portal publishes at
{portal}/api/v1/signing-keys/
"""


def bundle(export: Export) -> tuple[bytes, str]:
    """The zip, and a sentence on what is missing in it. Raises keys.NoKey."""
    key = keys.current()
    files, without = _files(export)
    files["README.txt"] = _readme(export, key.public).encode()
    files["verify.py"] = VERIFIER.read_bytes()
    manifest = json_bytes(_manifest(export, files, without, key.public))
    files["manifest.json"] = manifest
    files["manifest.sig"] = base64.b64encode(key.sign(manifest)) + b"\n"
    files["public-key.pem"] = key.public.pem.encode()
    return _zip(files, export), " ".join(without.values())


def _files(export: Export) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files that the manifest lists, and why one is missing."""
    facts = export.facts
    files = {
        "justification.md": facts["document"].encode(),
        "justification.html": printing.html(facts, standalone=True).encode(),
        "record.json": json_bytes(_record(export)),
        "events.jsonl": b"".join(_events(export)),
    }
    without = {}
    try:
        files["justification.pdf"] = printing.pdf(facts)
    except printing.CannotPrint as reason:
        without["justification.pdf"] = str(reason)
    evidence = (row["file"] for item in facts.get("checklist", ()) for row in item["evidence"] if row["file"])
    belonging = [*(("attachments", row) for row in facts["attachments"]), *(("evidence", row) for row in evidence)]
    return files, without | _attach(files, belonging)


def _attach(files: dict[str, bytes], belonging: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """Add uploaded files, each in its folder; the result says of each that is left out why."""
    left, without = MOST_ATTACHED, {}
    for folder, row in belonging:
        path = f"{folder}/{row['sha256'][:12]}-{_SAFE.sub('_', row['name'])}"
        if path in files:
            continue
        if row["size"] > left:
            without[path] = f"{row['name']} is left out: a bundle holds 50 MB of files."
            continue
        try:
            files[path] = storage.place_of(row["sha256"]).read_bytes()
        except OSError:
            without[path] = f"{row['name']} is left out: the portal's copy cannot be read."
        left -= row["size"]
    return without


MOST_ATTACHED = 50_000_000
"""Bytes of all uploaded files in one bundle."""
_SAFE = re.compile(r"[^\w.() -]|^\.+")


def _record(export: Export) -> dict[str, Any]:
    """The facts and every revision up to the one of the facts."""
    rows = Revision.objects.filter(rfc=export.rfc, number__lte=export.facts["revisions"]).select_related("made_by")
    minted = [_revision(row) for row in rows.order_by("number")]
    policy = PolicyVersion.objects.get(version=export.facts["policy"])
    return {**export.facts, "revisions": minted, "policy": {"version": policy.version, "parameters": policy.body}}


def _revision(row: Revision) -> dict[str, Any]:
    return {
        "number": row.number,
        "digest": row.material_digest,
        "made_by": row.made_by.get_username(),
        "made_by_name": display_name(row.made_by),
        "made_at": row.made_at.isoformat(),
        "note": row.note,
        "content": row.content_json,
    }


def _events(export: Export) -> Iterator[bytes]:
    """The chain as far as it reached when the bundle was asked for, a line for each event."""
    rows = Event.objects.filter(stream=export.rfc.stream, seq__lte=export.facts["chain"]["seq"])
    for row in rows.select_related("actor").order_by("seq").iterator(chunk_size=500):
        said = {
            "stream": row.stream,
            "seq": row.seq,
            "kind": row.kind,
            "actor": row.actor_id,
            "actor_name": display_name(row.actor) if row.actor else "",
            "at": row.at.isoformat(),
            "payload": row.payload,
            "previous": row.previous,
            "digest": row.digest,
        }
        yield json.dumps(said, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _manifest(
    export: Export, files: Mapping[str, bytes], without: Mapping[str, str], key: keys.PublicKey
) -> dict[str, Any]:
    facts = export.facts
    return {
        "format": FORMAT,
        "rfc": facts["number"],
        "revision": facts["revision"],
        "digest": facts["digest"],
        "portal": settings.PORTAL_URL,
        "asked_at": export.asked_at.isoformat(),
        "asked_by": display_name(export.asked_by),
        "key": key.id,
        "chain": facts["chain"],
        "files": [
            {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for path, data in sorted(files.items())
        ],
        "without": dict(without),
    }


def _readme(export: Export, key: keys.PublicKey) -> str:
    number, title = export.facts["number"], export.facts["title"] or "untitled"
    return README.format(
        number=number,
        title=title,
        underline="=" * (len(number) + len(title) + 2),
        portal=settings.PORTAL_URL,
        at=f"{export.asked_at:%Y-%m-%d %H:%M} UTC",
        who=display_name(export.asked_by),
        key=key.id,
    )


def _zip(files: Mapping[str, bytes], export: Export) -> bytes:
    at, stored = export.asked_at, io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, (at.year, at.month, at.day, at.hour, at.minute, at.second // 2 * 2))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return stored.getvalue()


def json_bytes(value: Any) -> bytes:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") + b"\n"
