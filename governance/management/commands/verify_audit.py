"""`manage.py verify_audit`: recompute every chain and hold the rows against it; exit code 1 names what is wrong."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from approvals import audit as signatures
from approvals.models import SignOff
from governance import roll
from governance.rosters import ROSTER
from rfcs import audit as ledger
from rfcs.audit import Finding
from rfcs.models import RFC, Chain, Event, Revision


class Command(BaseCommand):
    help = "Verify the chains of events, and that RFCs, revisions, sign-offs and teams say what their events say."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Streams to verify, for example rfc:42; without any, the whole record."""
        parser.add_argument("streams", nargs="*", help="only these chains, for example rfc:42")

    def handle(self, *args: Any, streams: list[str], **options: Any) -> None:
        began, found = perf_counter(), 0
        for found, finding in enumerate(_findings(streams), start=1):  # noqa: B007 - the number of the last is told
            self.stdout.write(self.style.ERROR(str(finding)))
        self.stdout.write(f"Checked {_counted(streams)} in {perf_counter() - began:.1f} s: {found or 'no'} findings.")
        if found:
            sys.exit(1)


def _findings(streams: list[str]) -> Iterator[Finding]:
    if streams:
        return chain(ledger.verify(streams), roll.verify() if ROSTER in streams else ())
    return chain(ledger.verify(), ledger.records(), ledger.files(), signatures.verify(), roll.verify())


def _counted(streams: list[str]) -> str:
    if streams:
        return f"{Event.objects.filter(stream__in=streams).count():,} events in {len(streams):,} chains"
    events, chains = Event.objects.count(), Chain.objects.count()
    rows = (
        f"{RFC.objects.count():,} RFCs, {Revision.objects.count():,} revisions, {SignOff.objects.count():,} sign-offs"
    )
    return f"{events:,} events in {chains:,} chains, {rows}"
