"""The change that a call names, and the configuration that goes with it."""

from collections.abc import Iterator

from breakwater import changes, config
from breakwater.changes import ChangeSet
from breakwater.commands.options import Options
from breakwater.config import Config
from breakwater.findings import Usage
from breakwater.git import Repository


def open_change(repository: Repository, options: Options) -> ChangeSet:
    """The change that the options name, with the configuration of its new side."""
    if options.base is not None:
        head = repository.commit(options.head or "HEAD")
        return changes.between(repository, options.base, head, settings(repository, f"{head}:"))
    if options.all_files:
        return changes.whole(repository, settings(repository, changes.whole_root(repository)))
    return changes.staged(repository, settings(repository, ":"))


def settings(repository: Repository, root: str) -> Config:
    return config.load(lambda path: _content(repository, root, path))


def _content(repository: Repository, root: str, path: str) -> bytes | None:
    """A file with settings; where it leads to is all that a link holds, in one line."""
    content = repository.blob(f"{root}{path}")
    if content and b"\n" not in content and repository.is_link(root, path):
        raise Usage(f"{path} is a symbolic link, which is not followed: put the file itself there.")
    return content


def altered(change_set: ChangeSet) -> Iterator[str]:
    """What the change alters of the rules by which it is judged itself, a sentence each: a reader should look there."""
    if change_set.whole or change_set.old.root is None:
        return
    config_, paths = change_set.config, set(change_set.paths)
    if not paths.isdisjoint(config.FILES) and (names := _differing(change_set, config_)):
        yield f"this change alters the settings that it is judged by: {', '.join(names)}."
    if config_.baseline in paths:
        yield f"this change alters {config_.baseline}, which allows findings of the change itself."


def _differing(change_set: ChangeSet, new: Config) -> list[str]:
    try:
        old = settings(change_set.repository, change_set.old.root or "")
    except Usage:
        old = Config()  # what could not be read before judged nothing either
    return sorted(name for name in {*old.table, *new.table} if old.table.get(name) != new.table.get(name))
