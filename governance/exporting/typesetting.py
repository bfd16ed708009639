"""HTML to PDF. Only the worker comes here: the import takes seconds and needs Pango."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import weasyprint
from weasyprint.urls import URLFetcher


class Nothing(URLFetcher):  # type: ignore[misc] # weasyprint has no types
    """Loads nothing, from nowhere: what a document needs stands in it."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> NoReturn:
        raise ValueError(f"a document loads nothing, and not {url[:80]}")


def pdf(html: str, css: str) -> bytes:
    """An accessible PDF (PDF/UA-1): tagged, with title, language and bookmarks from the headings."""
    nothing = Nothing()
    sheet = weasyprint.CSS(string=css, url_fetcher=nothing)
    page = weasyprint.HTML(string=html, url_fetcher=nothing)
    made: bytes = page.write_pdf(stylesheets=[sheet], pdf_variant="pdf/ua-1")
    return made
