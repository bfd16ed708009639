"""`breakwater-history`: the process's four success metrics over a repository's history.

Source: the process, "Monitoring and Metrics".
"""

import os
import shutil
import sqlite3
import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from tempfile import SpooledTemporaryFile

from breakwater import checking
from breakwater.commands import arguments as known
from breakwater.commands import running
from breakwater.findings import CannotCheck, Usage
from breakwater.git import Repository
from breakwater.history import layout, periods, reading, report, store, writing
from breakwater.history.counting import Chosen

NAME = "breakwater-history"
KEPT = 8_000_000
"""Bytes of a report that wait in memory; more wait on disk."""


def main(arguments: list[str] | None = None) -> int:
    return running.guarded(_main, arguments, NAME, finds=False)


def _main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.no_cache and options.cache:
        raise Usage("Choose one of --cache and --no-cache.")
    days = (periods.number(day) if day else None for day in (options.since, options.until))
    chosen = Chosen(options.by, *days)
    with Repository(options.folder) as repository:
        head = _head(repository, options.head)
        try:
            with _store(repository, options) as kept:
                return _report(repository, kept, head, chosen, options)
        except sqlite3.Error as error:
            raise CannotCheck(f"The cache cannot be kept ({error}): --no-cache does without it.") from None


def _parser() -> known.Parser:
    about = "The process's four success metrics over a repository's history."
    made = known.bare(NAME, about, exits=known.EXITS_OF_FIGURES)
    made.add_argument("--head", metavar="COMMIT", default="HEAD", help="where the history ends (default: HEAD)")
    made.add_argument("--by", choices=periods.LENGTHS, default="quarter", help="the periods (default: quarter)")
    made.add_argument("--since", metavar="DATE", default="", help="the first day that counts")
    made.add_argument("--until", metavar="DATE", default="", help="the last day that counts")
    made.add_argument("--format", choices=("text", "json", "csv"), default="text", help="default: text")
    made.add_argument("--rows", action="store_true", help="the commits behind the numbers; JSON always has them")
    made.add_argument("--check", action="store_true", help="exit 1 if a target is measured over all and missed")
    made.add_argument("--cache", metavar="FILE", help="what earlier runs read (default: in the user's cache folder)")
    made.add_argument("--no-cache", action="store_true", help="read everything, keep nothing")
    return made


def _head(repository: Repository, name: str) -> str:
    head = repository.resolve(name)
    if head is None and name == "HEAD":
        raise CannotCheck("There is no commit yet, so there is no history to measure.")
    return head or repository.commit(name)


def _store(repository: Repository, options: Namespace) -> store.Store:
    """The cache that is asked for; where the usual one cannot be had, none, with a notice."""
    if options.no_cache:
        return store.Store()
    try:
        return store.Store(_place(repository, options))
    except (store.Unusable, RuntimeError) as error:  # the second: nobody's home folder
        if options.cache:
            raise Usage(f"The cache {options.cache} cannot be used: {error}.") from None
        running.notice(f"nothing is kept for the next run ({error}).")
        return store.Store()


def _place(repository: Repository, options: Namespace) -> Path:
    """The file of the cache. Raises where it would lie in the repository, in which nothing is left."""
    folder = Path(repository.folder or ".")
    git_folder = (folder / os.fsdecode(repository.run("rev-parse", "--git-common-dir").rstrip(b"\n"))).resolve()
    top = repository.attempt("rev-parse", "--show-toplevel")
    tree = Path(os.fsdecode(top.stdout.rstrip(b"\n"))).resolve() if top.returncode == 0 else git_folder
    place = Path(options.cache) if options.cache else store.usual_place(git_folder, options.head)
    if {tree, git_folder} & {place.resolve(), *place.resolve().parents}:
        raise store.Unusable("it would lie in the repository, in which nothing is left behind")
    return place


def _report(repository: Repository, kept: store.Store, head: str, chosen: Chosen, options: Namespace) -> int:
    found = layout.of(repository, head)
    if reading.update(repository, kept, head, found) is reading.Read.AGAIN:
        running.notice("the history was rewritten since the last run, so all of it was read again.")
    made = report.of(repository, kept, found, chosen)
    pieces = writing.written(made, lambda: report.rows_of(made, kept), options.format, with_rows=options.rows)
    _write(pieces, whole=options.format == "json")
    for limit in made.limits:
        running.could_not_check(limit)
    if options.check and report.is_missed(made):
        return checking.FOUND
    return checking.NOT_CHECKED if made.limits else 0


def _write(pieces: Iterable[str], *, whole: bool) -> None:
    """To standard output, `whole` or not at all: rows are read as they are written, which may fail half-way."""
    encoded = (piece.encode("utf-8", "backslashreplace") for piece in pieces)
    if not whole:
        sys.stdout.buffer.writelines(encoded)
        return
    with SpooledTemporaryFile(KEPT) as kept:
        kept.writelines(encoded)
        kept.seek(0)
        shutil.copyfileobj(kept, sys.stdout.buffer)


if __name__ == "__main__":
    sys.exit(main())
