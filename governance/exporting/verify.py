"""Is this bundle what the portal signed? Checks every file, the signature and the chain of events.

usage: python3 verify.py [--key ID] [the zip, or the folder it was unpacked into; this file's own by default]

`--key` names the key that you expect: its id, as the portal publishes it (README.txt says where). Needs nothing but
Python; for the signature also the package `cryptography`, or the program `openssl`. Exit codes: 0 all is as signed,
1 something is not, 2 usage, 3 something could not be checked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

UNSIGNED = {"manifest.json", "manifest.sig", "public-key.pem"}
"""Files that the manifest cannot list."""
GOOD, BAD, UNKNOWN = "ok  ", "BAD ", "??  "
Files = Mapping[str, bytes]
Finding = tuple[str, str]


def main(arguments: list[str]) -> int:
    """Print a line for each check; the worst of them makes the exit code."""
    expected = ""
    if arguments[:1] == ["--key"] and len(arguments) > 1:
        expected, arguments = arguments[1], arguments[2:]
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__)
        return 2
    try:
        files = read(Path(arguments[0]) if arguments else Path(__file__).resolve().parent)
    except (OSError, zipfile.BadZipFile) as error:
        print(f"{UNKNOWN}The bundle cannot be read: {error}")
        return 3
    findings = list(check(files, expected))
    for sign, sentence in findings:
        print(sign + sentence)
    signs = {sign for sign, _ in findings}
    return 1 if BAD in signs else 3 if UNKNOWN in signs else 0


def read(place: Path) -> Files:
    """Every file of the zip or folder by its path."""
    if place.is_dir():
        inside = sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in inside}
    with zipfile.ZipFile(place) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def check(files: Files, expected: str = "") -> Iterator[Finding]:
    """Each check with its result."""
    try:
        manifest = json.loads(files["manifest.json"])
        listed = {row["path"]: row["sha256"] for row in manifest["files"]}
        record, events = (json.loads(text) for text in (files["record.json"], as_list(files["events.jsonl"])))
        head = manifest["chain"]
    except (KeyError, ValueError, TypeError) as error:
        yield BAD, f"The bundle is not whole, or not a bundle: {error!r}."
        return
    yield from signature(files, manifest, expected)
    yield from contents(files, listed)
    yield from chain(events, head)
    yield from revisions(record, events)
    yield from signatures(record, events)
    for name, why in manifest.get("without", {}).items():
        yield UNKNOWN, f"{name} is not part of this bundle: {why}"


def as_list(lines: bytes) -> bytes:
    """JSON lines as one JSON array."""
    return b"[" + b",".join(line for line in lines.split(b"\n") if line) + b"]"


def signature(files: Files, manifest: Mapping[str, Any], expected: str) -> Iterator[Finding]:
    """The manifest was signed by the key that it names, and that is the key you expect."""
    try:
        pem = files["public-key.pem"].decode("ascii")
        raw = base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))[-32:]
        signed = base64.b64decode(files["manifest.sig"])
    except (KeyError, ValueError) as error:
        yield BAD, f"Signature or public key are missing or unreadable: {error!r}."
        return
    key = hashlib.sha256(raw).hexdigest()[:16]
    yield (GOOD if key == manifest.get("key") else BAD), f"The public key beside it is {key}, as the manifest says."
    if expected:
        yield (GOOD if key == expected else BAD), f"It is the key that you expect ({expected})."
    else:
        yield GOOD, f"Compare that id with the one that the portal publishes, or give it: --key {key}"
    result = verified(files["public-key.pem"], raw, signed, files["manifest.json"])
    if result is None:
        yield UNKNOWN, "The signature was not checked: install the Python package `cryptography`, or `openssl`."
    else:
        yield (GOOD if result else BAD), "The manifest is signed by that key (Ed25519)."


def verified(pem: bytes, raw: bytes, signed: bytes, message: bytes) -> bool | None:
    """Whether the signature is right; None where nothing on this machine can tell."""
    ways: tuple[Callable[[bytes, bytes, bytes, bytes], bool | None], ...] = (by_library, by_openssl)
    return next((result for way in ways if (result := way(pem, raw, signed, message)) is not None), None)


def by_library(_pem: bytes, raw: bytes, signed: bytes, message: bytes) -> bool | None:
    try:
        # Optional: whoever checks a bundle may have nothing but Python.
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signed, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def by_openssl(pem: bytes, _raw: bytes, signed: bytes, message: bytes) -> bool | None:
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: str(Path(folder, name)) for name in ("key", "signature", "message")}
        for name, data in zip(paths, (pem, signed, message), strict=True):
            Path(paths[name]).write_bytes(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"], "-rawin", "-in", paths["message"]]
        try:
            done = subprocess.run(
                [*command, "-sigfile", paths["signature"]], capture_output=True, timeout=60, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return None
    told = done.stdout + done.stderr
    return True if done.returncode == 0 else False if b"Signature Verification Failure" in told else None


def contents(files: Files, listed: Mapping[str, str]) -> Iterator[Finding]:
    """Every listed file is there as it was signed, and nothing else is."""
    for path, wanted in listed.items():
        if path not in files:
            yield BAD, f"{path} is missing."
        elif hashlib.sha256(files[path]).hexdigest() != wanted:
            yield BAD, f"{path} was changed after it was signed."
    for path in sorted(set(files) - set(listed) - UNSIGNED):
        yield BAD, f"{path} is not part of what was signed."
    if all(path in files and hashlib.sha256(files[path]).hexdigest() == wanted for path, wanted in listed.items()):
        yield GOOD, f"All {len(listed)} files are as the manifest lists them."


def canonical(value: Any) -> str:
    """The digest of a value: SHA-256 over JSON with sorted keys, no blanks and no escapes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chain(events: list[dict[str, Any]], head: Mapping[str, Any]) -> Iterator[Finding]:
    """Each event continues the one before it, and none is missing or altered."""
    previous, faults = "", []
    for at, event in enumerate(events, 1):
        said = {name: event.get(name) for name in ("stream", "seq", "kind", "actor", "at", "payload", "previous")}
        if event.get("seq") != at:
            faults.append(f"event {at} is missing")
        elif event.get("previous") != previous:
            faults.append(f"event {at} does not continue the one before it")
        elif canonical(said) != event.get("digest"):
            faults.append(f"event {at} was altered")
        previous = event.get("digest", "")
    if (len(events), previous) != (head.get("seq"), head.get("digest")):
        faults.append("the chain does not end where the manifest says")
    if faults:
        yield BAD, f"The chain of events is broken: {'; '.join(faults[:5])}."
    else:
        yield GOOD, f"The chain of {len(events)} events is whole."


def revisions(record: Mapping[str, Any], events: list[dict[str, Any]]) -> Iterator[Finding]:
    """Each revision's text is the one that its event in the chain names."""
    minted = {e["payload"].get("revision"): e["payload"] for e in events if e["kind"] == "revision.minted"}
    rows = record["revisions"]
    bad = [row["number"] for row in rows if minted.get(row["number"], {}).get("content") != canonical(row["content"])]
    bad += sorted(set(minted) - {row["number"] for row in rows})
    for number in bad:
        yield BAD, f"Revision {number} is not what the chain says, or not here."
    if not bad:
        yield GOOD, f"All {len(rows)} revisions are as the chain says."


def signatures(record: Mapping[str, Any], events: list[dict[str, Any]]) -> Iterator[Finding]:
    """Each sign-off of the record stands in the chain with the same words."""
    told = [event["payload"] for event in events if event["kind"].startswith("sign_off.")]
    rows = record["sign_offs"]
    for row in rows:
        if not any(all(row.get(name) == value for name, value in said.items()) for said in told):
            yield BAD, f"The chain has no sign-off like the one of {row.get('name')} ({row.get('meaning')})."
    if len(told) != len(rows):
        yield BAD, f"The chain has {len(told)} sign-offs, the record {len(rows)}."
    elif rows:
        yield GOOD, f"All {len(rows)} sign-offs stand in the chain."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
