"""Which files are taken: content decides, the name agrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfcs.files.filetypes import LONGEST_NAME, TextReader, clean_name, why_not

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1" + b"\0" * 40
GIF = b"GIF89a\1\0\1\0" + b"\0" * 20
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 30
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
ZIP = b"PK\x03\x04\x14\0\0\0\0\0" + b"\0" * 40


def taken(name: str, content: bytes) -> bool:
    reader = TextReader()
    reader.feed(content)
    reader.feed(b"", final=True)
    return why_not(name, content[:4096], is_text=reader.is_text) == ""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", PNG),
        ("a.PNG", PNG),
        ("a.jpg", JPEG),
        ("a.jpeg", JPEG),
        ("a.gif", GIF),
        ("a.webp", WEBP),
        ("a.pdf", PDF),
        ("a.zip", ZIP),
        ("a.txt", "Grüße\n".encode()),
        ("a.md", b"# <b>bold</b> is text in the middle"),
        ("a.csv", b"\xef\xbb\xbfa;b\n1;2\n"),
        ("a.json", b'{"a": 1}'),
        ("a.log", b"\x1b[31mred\x1b[0m\n"),
    ],
)
def test_a_file_of_an_allowed_kind_is_taken(name, content):
    assert taken(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<!doctype html>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.js", b"alert(1)"),
        ("a.exe", b"MZ\x90\0" + b"\0" * 60),
        ("a.sh", b"#!/bin/sh\n"),
        ("a.docx", ZIP),
        ("a.jar", ZIP),
        ("a", b"text"),
        (".png", b"text"),
        ("a.png.exe", PNG),
    ],
)
def test_a_file_of_another_kind_is_refused(name, content):
    assert not taken(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"<html><script>alert(1)</script>"),
        ("a.png", JPEG),
        ("a.jpg", PNG),
        ("a.pdf", ZIP),
        ("a.zip", b"MZ\x90\0" + b"\0" * 60),
        ("a.webp", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 30),
        ("a.png", b"\x89PN"),
        ("a.txt", PNG),
        ("a.txt", b"\xff\xfea\0b\0"),
        ("a.txt", b"nul\0byte"),
        ("a.log", b"caf\xe9"),
        ("a.txt", b"cut off in the middle of \xc3"),
        ("a.txt", b"  <!DOCTYPE HTML><p>"),
        ("a.md", b"\xef\xbb\xbf<script>alert(1)</script>"),
        ("a.txt", b"<!-- hello --><html>"),
        ("a.log", b"<?xml version='1.0'?><svg/>"),
        ("a.txt", b"#!/usr/bin/env python"),
    ],
)
def test_content_that_does_not_fit_the_name_is_refused(name, content):
    assert not taken(name, content)


def test_refusal_says_what_to_do_instead():
    assert why_not("plan.svg", b"<svg/>", is_text=True).endswith("Export the drawing as PNG or PDF.")
    assert why_not("a.txt", b"", is_text=False).startswith("“a.txt” is not text in UTF-8. Save it as UTF-8")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        (r"..\..\windows\win.txt", "win.txt"),
        ("C:\\a\\b.png", "b.png"),
        ("a\0b.png", "ab.png"),
        ("line\r\nbreak.txt", "linebreak.txt"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("zero\u200bwidth.md", "zerowidth.md"),
        ('quo"te<b>.pdf', "quo_te_b_.pdf"),
        ("  .hidden.txt ", "hidden.txt"),
        ("", "file"),
        ("///", "file"),
        ("\ud800.txt", "txt"),
        ("Grüße 你好.pdf", "Grüße 你好.pdf"),
    ],
)
def test_names_are_cleaned(name, shown):
    assert clean_name(name) == shown


def test_a_long_name_keeps_its_ending():
    assert clean_name("n" * 500 + ".pdf") == "n" * 116 + ".pdf"


@given(st.text(max_size=300))
def test_a_clean_name_is_one_line_of_text_without_a_folder(name):
    shown = clean_name(name)

    assert 0 < len(shown) <= LONGEST_NAME
    assert not set(shown) & set('/\\\0\r\n"<>')
    assert shown.encode()
    assert clean_name(shown) == shown
