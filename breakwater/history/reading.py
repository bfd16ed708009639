"""A store brought up to the head: by what is new since the last run where that is all that changed, else anew."""

import hashlib
import os
from enum import Enum
from pathlib import Path

from breakwater.findings import CannotCheck
from breakwater.git import Repository
from breakwater.history import scanning
from breakwater.history.layout import Layout
from breakwater.history.store import Store


class Read(Enum):
    """What a run had to read."""

    NOTHING = "nothing"
    NEW = "new"
    ALL = "all"
    AGAIN = "again"
    """All of it, because the commit that the last run ended with is no longer on the main line."""


def update(repository: Repository, store: Store, head: str, layout: Layout) -> Read:
    """Read what the store lacks."""
    edge = edge_of(repository)
    base = {"packages": layout.digest, "edge": _digest(edge)}
    meta = store.meta
    known = meta.get("head", "")
    if any(meta.get(name) != value for name, value in base.items()):
        known = ""
    if known == head:
        return Read.NOTHING
    start = _start(repository, head) if edge else 0
    is_there = bool(known) and repository.resolve(known) == known
    if is_there and _append(repository, store, scanning.Scan(layout.packages, head, edge, start), known):
        return Read.NEW
    store.clear()
    store.note(**base)
    _scan(repository, store, scanning.Scan(layout.packages, head, edge, start))
    return Read.AGAIN if known else Read.ALL


def _append(repository: Repository, store: Store, scan: scanning.Scan, known: str) -> bool:
    """Read the commits since; False, and nothing kept, where the main line does not go through the known head.

    Then commits that were read landed elsewhere than they did.
    """
    with store.attempt() as keep:
        _scan(repository, store, scan, after=known)
        if scan.next == known:
            keep()
            return True
    return False


def _scan(repository: Repository, store: Store, scan: scanning.Scan, after: str = "") -> None:
    """Read into the store."""
    for row in scan.rows(scanning.log(repository, scan.head, after)):
        store.add(row)
    if not after and not (scan.commits or scan.merges or scan.at_edge or scan.before):
        raise CannotCheck("git's log is empty although there is a commit; is the repository damaged?")
    store.count(scan.commits, scan.placed, scan.merges)
    store.note(before=int(store.meta.get("before", "0")) + scan.before)
    store.note(head=scan.head, head_time=scan.head_time)
    if not after:
        store.note(at_edge=scan.at_edge, edge_time=scan.edge_time, start=scan.start)


def edge_of(repository: Repository) -> frozenset[str]:
    """The commits at which a shallow clone ends: their parents are not there."""
    if not repository.is_shallow:
        return frozenset()
    name = os.fsdecode(repository.run("rev-parse", "--git-path", "shallow").rstrip(b"\n"))
    return frozenset(Path(repository.folder or ".", name).read_text(encoding="ascii").split())


def _start(repository: Repository, head: str) -> int:
    """When the oldest commit of the main line that is here was committed."""
    last = repository.run("rev-list", "--first-parent", "--timestamp", head).split()[-2]
    return max(0, int(last))


def _digest(edge: frozenset[str]) -> str:
    return hashlib.sha256(" ".join(sorted(edge)).encode()).hexdigest() if edge else ""
