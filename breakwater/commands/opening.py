"""The change that a call names, and the configuration that goes with it."""

from breakwater import changes, config
from breakwater.changes import ChangeSet
from breakwater.commands.options import Options
from breakwater.config import Config
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
    return config.load(lambda path: repository.blob(f"{root}{path}"))
