"""The change that a call names, and the configuration that goes with it."""

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
