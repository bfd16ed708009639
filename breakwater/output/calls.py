"""How the reader can start another command of the installation that speaks.

Hooks run from an environment that pre-commit keeps for itself: their commands are on nobody's PATH, so a message that
names one must say where it lies.
"""

import os
import shlex
import sys
from pathlib import Path

MODULES = {
    "breakwater-history": "history",
    "breakwater-impact": "impact",
    "validate-breaking-change-justification": "justification",
    "validate-commit-message": "commit_message",
    "validate-single-package-development": "single_package",
}
"""Each command and its module in `breakwater.commands`."""


def call(tool: str) -> str:
    """The command as it can be typed: its name where a shell finds it, else with the folder that it lies in."""
    started = Path(sys.argv[0])
    if started.suffix == ".py" or not (script := started.with_name(tool)).is_file():
        return _module(tool)
    return tool if _on_path(script) else _typed(script)


def _on_path(script: Path) -> bool:
    """Whether a shell would start that very file; pre-commit puts its own folder in front, for the hook alone."""
    if "PRE_COMMIT" in os.environ:
        return False
    found = (Path(folder, script.name) for folder in os.get_exec_path())
    return next((place for place in found if os.access(place, os.X_OK)), None) == script


def _module(tool: str) -> str:
    """Where nothing is installed: this Python and the folder that holds the package."""
    root = Path(__file__).resolve().parents[2]
    place = "" if "site-packages" in root.parts else f"PYTHONPATH={_typed(root)} "
    return f"{place}{_typed(Path(sys.executable))} -m breakwater.commands.{MODULES[tool]}"


def _typed(path: Path) -> str:
    """The path for a shell; `~` for the reader's home, which keeps it short."""
    try:
        inside = path.relative_to(Path.home())
    except (ValueError, RuntimeError):
        return shlex.quote(str(path))
    return f"~/{shlex.quote(str(inside))}"


def with_calls(line: str) -> str:
    """The line; where it begins with a command, that as it can be typed."""
    text = line.lstrip(" ")
    name = text.partition(" ")[0]
    return f"{line[: len(line) - len(text)]}{call(name)}{text[len(name) :]}" if name in MODULES else line
