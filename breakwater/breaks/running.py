"""Another program, run for its output: no shell, a time limit, bounded output, an empty folder, little environment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 10_000_000
"""Bytes of output that are read at most."""
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


class Missing(Exception):
    """The program is not installed."""


class Failed(Exception):
    """The program could not do its work, in a few words."""


def program(name: str) -> str:
    """Its path: beside this Python, else on PATH. Raises Missing. A name with a folder in it is never one."""
    if not name or "/" in name or "\\" in name or name.startswith((".", "-")):
        raise Missing(name)
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise Missing(name)
    return found


def run(
    command: Sequence[str],
    *,
    standard_input: str = "",
    files: Mapping[str, bytes] | None = None,
    seconds: float,
    accepted: Sequence[int] = (0,),
) -> str:
    """What the program prints, run in a folder that holds only `files`. Raises Missing or Failed."""
    import tempfile  # noqa: PLC0415  only where something runs: the hook stays fast

    path = program(command[0])
    with tempfile.TemporaryDirectory(prefix="breakwater-") as folder:
        for name, content in (files or {}).items():
            target = Path(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            code = _awaited([path, *command[1:]], standard_input, folder, output, errors, seconds)
            said, complaint = _read(output), _read(errors)
    if code not in accepted:
        first = next(iter(complaint.strip().splitlines()), "") or "without a word"
        raise Failed(f"it ended with {code}: {first[:200]}")
    return said


def _awaited(command: list[str], text: str, folder: str, output, errors, seconds: float) -> int:  # type: ignore[no-untyped-def]
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    try:
        return subprocess.run(
            command,
            input=text.encode("utf-8", "surrogateescape"),
            stdout=output,
            stderr=errors,
            cwd=folder,
            env=environment,
            timeout=seconds,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        raise Failed(f"it took longer than {seconds:g} seconds") from None
    except OSError as error:
        raise Failed(f"it could not be started: {error.strerror}") from None


def _read(file) -> str:  # type: ignore[no-untyped-def]
    file.seek(0)
    content: bytes = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise Failed(f"it printed more than {LIMIT} bytes")
    return content.decode("utf-8", "replace")
