"""What an export needs of the machine, and of the tests."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable

import pytest

from governance.exporting import asking, making
from governance.exporting.models import Export
from rfcs.models import RFC

Made = Callable[..., Export]


def claimed() -> Export:
    """The next export, leased; there is one."""
    export = making.claim()
    assert export, "nothing waits"
    return export


@pytest.fixture(scope="session")
def pango() -> None:
    """Skip where Pango is missing, loudly; in CI that is a failure (tools/testing.py installs it)."""
    try:
        importlib.import_module("weasyprint")
    except OSError as error:
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            pytest.fail(f"Pango is missing, so no PDF can be tested: {error}")
        pytest.skip("Pango is missing on this machine")


@pytest.fixture
def made(db: None) -> Made:
    """`made(rfc, "pdf")`: asked for by the owner and made, as a worker does."""

    def make(rfc: RFC, kind: str) -> Export:
        export = asking.ask(rfc, kind, by=rfc.owner)
        while waiting := making.claim():
            making.make(waiting)
        return Export.objects.select_related("rfc").get(pk=export.pk)

    return make
