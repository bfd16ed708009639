"""One side of a change: the files of a commit, of the index, or of nothing."""

from __future__ import annotations

from breakwater.git import SUBMODULE, SYMLINK, Entry, Repository
from breakwater.records import field, record

INDEX = ":"


@record(slots=True)
class Side:
    """Where it is read and the blobs that the change names there.

    The root is `commit:` of a commit, `:` of the index, or None where there is nothing to compare with.
    """

    repository: Repository
    root: str | None
    blobs: dict[str, tuple[str, str]] = field(default_factory=dict)
    _tree: dict[str, Entry] | None = None

    def tree(self) -> dict[str, Entry]:
        """Every file: path -> mode and blob. Empty for a side that is nothing."""
        if self._tree is None:
            self._tree = self._listed()
        return self._tree

    def _listed(self) -> dict[str, Entry]:
        if self.root is None:
            return {}
        if self.root == INDEX:
            return self.repository.index()
        return self.repository.tree(self.root.removesuffix(":"))

    def content(self, path: str) -> bytes | None:
        """The bytes of a regular file, None for what is none. Raises CannotCheck for what cannot be read."""
        if path in self.blobs:
            mode, blob = self.blobs[path]
        elif self._tree is not None or "\n" in path:
            entry = self.tree().get(path)
            mode, blob = (entry.mode, entry.blob) if entry else ("", "")
        else:
            return self.repository.blob(f"{self.root}{path}") if self.root else None
        return self.repository.blob(blob) if blob and mode not in (SYMLINK, SUBMODULE) else None
