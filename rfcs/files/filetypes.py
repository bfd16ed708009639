"""Which files may be attached: known by their content, with a name whose extension agrees. Pure.

Nothing here opens, unpacks or renders a file: its first bytes say what it is, and a text must be UTF-8 throughout.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import PurePosixPath

import puremagic

HEAD = 4_096
"""Bytes from the beginning that are looked at."""
LONGEST_NAME = 120

BINARY = {
    "PNG image": (".png",),
    "JPEG image": (".jpg", ".jpeg"),
    "GIF image": (".gif",),
    "WebP image": (".webp",),
    "PDF document": (".pdf",),
    "ZIP archive": (".zip",),
}
TEXT = (".txt", ".md", ".csv", ".json", ".log")
ALLOWED = (*(ending for endings in BINARY.values() for ending in endings), *TEXT)
ACCEPT = ",".join(ALLOWED)
"""For the `accept` of a file input."""

NAMED = "PNG, JPEG, GIF, WebP, PDF, ZIP, and UTF-8 text as .txt, .md, .csv, .json or .log"
INSTEAD = {
    ".html": "Save the page as PDF, or attach a picture of it.",
    ".htm": "Save the page as PDF, or attach a picture of it.",
    ".svg": "Export the drawing as PNG or PDF.",
    ".js": "Link to it in the repository instead, or attach a .txt.",
    ".docx": "Save it as PDF.",
    ".doc": "Save it as PDF.",
    ".xlsx": "Save it as .csv or PDF.",
    ".pptx": "Save it as PDF.",
}
ELSEWHERE = "Link to it instead, or attach a picture, a PDF or a text."

_markup = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|script|svg|iframe|\?xml|\?php)\b", re.I | re.S)
_not_for_names = re.compile(r'[/\\:*?"<>|]')


class TextReader:
    """Whether the chunks of a file, one after the other, are UTF-8 text without NULs."""

    def __init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.is_text = True

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        if not self.is_text:
            return
        try:
            self.decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.is_text = False
        self.is_text = self.is_text and b"\0" not in chunk


def why_not(name: str, head: bytes, *, is_text: bool) -> str:
    """Why a file of this name and beginning is not taken, as a sentence with what to do instead; empty when it is."""
    ending = PurePosixPath(name).suffix.lower()
    if ending not in ALLOWED:
        return f"“{name}” is not a kind of file that can be attached ({NAMED}). {INSTEAD.get(ending, ELSEWHERE)}"
    if ending in TEXT:
        return _why_no_text(name, head, is_text)
    wanted = next(label for label, endings in BINARY.items() if ending in endings)
    if wanted != _kind_of(head):
        return f"“{name}” is no {wanted}: content and name do not fit. Give it the right ending, or export it anew."
    return ""


def _why_no_text(name: str, head: bytes, is_text: bool) -> str:
    if not is_text:
        return f"“{name}” is not text in UTF-8. Save it as UTF-8, or give it the ending of what it is."
    if _markup.match(head.removeprefix(codecs.BOM_UTF8)):
        return f"“{name}” holds HTML or XML. {INSTEAD['.html']}"
    if head.startswith(b"#!"):
        return f"“{name}” is a program. Link to it in the repository instead."
    return ""


def _kind_of(head: bytes) -> str:
    """The allowed binary kind that these first bytes announce, or nothing."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    best = max(match.confidence for match in matches)
    endings = {match.extension for match in matches if match.confidence == best}
    return next((label for label, known in BINARY.items() if endings & set(known)), "")


def clean_name(name: str) -> str:
    """The name for lists and downloads: no folder, no control, format or bidi character, at most 120 characters."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char)[0] != "C")
    plain = " ".join(_not_for_names.sub("_", plain).split()).strip(" .")
    path = PurePosixPath(plain or "file")
    return path.stem[: LONGEST_NAME - len(path.suffix[:20])].rstrip(" .") + path.suffix[:20]
