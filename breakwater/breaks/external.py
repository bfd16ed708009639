"""EX001: findings of a tool that the repository configures (oasdiff, buf, api-extractor, cargo-semver-checks ...).

    [[tool.breakwater.external]]
    name = "oasdiff"
    files = ["api/*.yaml"]
    command = ["oasdiff", "breaking", "{old}", "{new}", "--format", "json"]
    findings = "json"     # a list of objects, or an object that holds one; or "sarif", or "lines"
    exit = [0, 1]         # codes that are no failure
    seconds = 30

The command runs once for each changed file, in an empty folder that holds the two versions. A repository must not
choose what runs on a machine: only programs that BREAKWATER_TOOLS names (`oasdiff,buf`) run, found on PATH.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

from breakwater.breaks.running import Failed, Missing, run
from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import ERROR, LEVELS, NOTICE, WARNING, Finding, Rule, Usage
from breakwater.git import Change
from breakwater.globs import matches
from breakwater.records import record

RULES: tuple[Rule, ...] = (
    Rule(
        "EX001",
        "external-tool",
        "A tool that the repository configures found a break; it says so under its own rule's name.",
        '[[tool.breakwater.external]]\nname = "oasdiff"\nfiles = ["api/*.yaml"]\n'
        'command = ["oasdiff", "breaking", "{old}", "{new}", "--format", "json"]',
        "BREAKWATER_TOOLS=oasdiff    # in the environment: which programs may run on this machine",
        language="toml",
    ),
)
ALLOWED = "BREAKWATER_TOOLS"
_LINE = re.compile(
    r"(?:(?P<path>[^\s:]+):)?(?:(?P<line>\d+):)?(?:\d+:)?\s*(?:(?P<level>error|warning|note)\b:?\s*)?(?P<message>.+)"
)
_LEVEL = {"error": ERROR, "warning": WARNING, "warn": WARNING, "info": NOTICE, "note": NOTICE, "notice": NOTICE}


@record(frozen=True, slots=True)
class Tool:
    """One configured tool."""

    name: str
    files: tuple[str, ...]
    command: tuple[str, ...]
    findings: str = "json"
    exit: tuple[int, ...] = (0, 1)
    seconds: float = 30


def tools(config: Config) -> Iterator[Tool]:
    """The tools that the configuration names. Raises Usage for an entry that is none."""
    entries = config.table.get("external", [])
    for entry in entries if isinstance(entries, list) else [entries]:
        try:
            yield Tool(
                str(entry["name"]),
                tuple(map(str, entry["files"])),
                tuple(map(str, entry["command"])),
                str(entry.get("findings", "json")),
                tuple(map(int, entry.get("exit", (0, 1)))),
                min(float(entry.get("seconds", 30)), 600),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Usage("Each entry of external needs name, files and command.") from None


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    if not config.table.get("external"):
        return
    allowed = {name.strip() for name in os.environ.get(ALLOWED, "").split(",")}
    for tool in tools(config):
        changes = [c for c in change_set.changes if c.old_path and c.new_path and matches(c.path, tool.files)]
        if changes and (not tool.command or tool.command[0] not in allowed):
            yield _notice(changes[0].path, f"{tool.name} did not run: {ALLOWED} does not name its program.")
            continue
        yield from _run_all(change_set, tool, changes)


def _notice(path: str, sentence: str) -> Finding:
    return Finding("EX001", NOTICE, path, 0, sentence)


def _run_all(change_set: ChangeSet, tool: Tool, changes: list[Change]) -> Iterator[Finding]:
    for change in changes:
        try:
            yield from _looked(change_set, tool, change)
        except Missing:
            yield _notice(change.path, f"{tool.name} is not installed, so nothing was checked with it.")
            return
        except Failed as reason:
            change_set.could_not(f"{shown(change.path)}: {tool.name} could not check it ({reason}).")


def _looked(change_set: ChangeSet, tool: Tool, change: Change) -> Iterator[Finding]:
    old, new = change_set.old_bytes(change.old_path or ""), change_set.new_bytes(change.new_path or "")
    if old is None or new is None:
        return
    name = re.sub(r"[^A-Za-z0-9._-]", "_", change.path.rpartition("/")[2]).lstrip("-.") or "file"
    places = {"{old}": f"old/{name}", "{new}": f"new/{name}"}
    command = [places.get(part, part) for part in tool.command]
    said = run(command, files={f"old/{name}": old, f"new/{name}": new}, seconds=tool.seconds, accepted=tool.exit)
    for found in read(said, tool.findings):
        rule = f"{tool.name}:{found.rule}" if found.rule else tool.name
        yield Finding(rule, found.level, change.path, found.line, found.message)


# Reading what a tool prints


@record(frozen=True, slots=True)
class Said:
    rule: str
    level: str
    line: int
    message: str


def read(text: str, form: str) -> Iterator[Said]:
    """The findings in a tool's output. Raises Failed for output that is not of the form."""
    if form == "lines":
        yield from (_line(line) for line in text.splitlines() if line.strip())
        return
    import json  # noqa: PLC0415  only where a tool has run: the hook stays fast

    try:
        document = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError):
        raise Failed("it did not answer in JSON") from None
    yield from _sarif(document) if form == "sarif" else _objects(document)


def _line(line: str) -> Said:
    match = _LINE.match(line)
    parts = match.groupdict() if match else {"line": None, "level": None, "message": line}
    return Said(
        "", _LEVEL.get(parts["level"] or "error", ERROR), int(parts["line"] or 0), str(parts["message"]).strip()
    )


def _objects(document: Any) -> Iterator[Said]:
    """A list of objects, or the first list in an object; the usual names of their parts."""
    if isinstance(document, dict):
        document = next((value for value in document.values() if isinstance(value, list)), [])
    for item in document if isinstance(document, list) else []:
        if isinstance(item, dict):
            message = str(_first(item, "message", "text", "description", "title") or item)
            rule = str(_first(item, "rule", "rule_id", "ruleId", "id", "code", "type", "check") or "")
            yield Said(
                rule, _level(_first(item, "level", "severity")), _number(_first(item, "line", "start_line")), message
            )


def _first(item: dict[str, Any], *names: str) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _level(value: object) -> str:
    """A word, or oasdiff's number: 3 is an error, 2 a warning, 1 for information."""
    if isinstance(value, int):
        return {1: NOTICE, 2: WARNING}.get(value, ERROR)
    word = str(value or "error").lower()
    return word if word in LEVELS else _LEVEL.get(word, ERROR)


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _sarif(document: Any) -> Iterator[Said]:
    try:
        for run_ in document["runs"]:
            for result in run_.get("results", ()):
                places = result.get("locations") or [{}]
                region = places[0].get("physicalLocation", {}).get("region", {})
                message = str(result["message"].get("text", ""))
                yield Said(
                    str(result.get("ruleId", "")),
                    _level(result.get("level", "warning")),
                    _number(region.get("startLine")),
                    message,
                )
    except (KeyError, TypeError, AttributeError):
        raise Failed("it did not answer in SARIF") from None
