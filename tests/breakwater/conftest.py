"""Real repositories to try things in."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass
class Scratch:
    """A repository of the test's own."""

    folder: Path

    def git(self, *arguments: str, date: str = "", text: bytes = b"") -> str:
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
        done = subprocess.run(
            ["git", "-C", self.folder, *arguments],
            input=text,
            capture_output=True,
            env={**os.environ, **_IDENTITY, **dates},
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: dict[str, str | bytes | None]) -> None:
        """Write files, remove those that are None, and stage all of it."""
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")

    def commit(self, message: str = "chore: go on", files: dict[str, str | bytes | None] | None = None, **how) -> str:
        """Commit what is staged after writing `files`; the commit's id."""
        self.write(files or {})
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-F", "-", text=message.encode(), **how)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """An empty repository on an unborn branch."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    made = Scratch(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    return made
