"""What all command lines share: how they read files, which modes exclude each other, and how they end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from breakwater import checking
from breakwater.commands.options import FORMATS, Options
from breakwater.findings import CannotCheck, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakwater.changes import ChangeSet

LIMIT = 5_000_000
"""Bytes of the largest message or document that is read."""


READER_GONE = 141
"""What a shell says of a program that SIGPIPE ended: `... | head` is no fault."""
_OF_ITS_OWN = frozenset(("--explain", "--template", "--write-baseline"))
"""Options whose output has no format."""


def guarded(main: Callable[[list[str]], int], given: list[str] | None, tool: str, *, finds: bool = True) -> int:
    """The exit code of `main`; whatever goes wrong in it ends with one sentence, and with a document in the format
    that was asked for: of a validator, which `finds` something, in all of them, of other commands in JSON."""
    arguments = sys.argv[1:] if given is None else given
    _open_streams()
    try:
        code = main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _sink()
        return READER_GONE
    except Usage as error:
        code, sentence = checking.WRONG_CALL, str(error)
    except CannotCheck as error:
        code, sentence = checking.NOT_CHECKED, str(error)
    except KeyboardInterrupt:
        code, sentence = checking.NOT_CHECKED, "Interrupted."
    except Exception as error:  # the last boundary: a hook never shows a traceback, and never passes in silence
        if "BREAKWATER_TRACEBACK" in os.environ:
            raise
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        code = checking.NOT_CHECKED
        sentence = f"An error of this program ({reason}); BREAKWATER_TRACEBACK=1 shows where."
    else:
        return code
    _tell(code, sentence, tool, _format(arguments), finds=finds)
    return _end(code, sentence)


def _open_streams() -> None:
    """Where a stream was closed by whoever started this (`>&-`), the exit code alone tells."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115  as `text_of` says; open to the end


def _sink() -> None:
    """What is still to be written goes nowhere, so that nothing fails at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _format(arguments: list[str]) -> str:
    """The format that a call asks for, right or wrong as it may be."""
    found = "text"
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, equals, value = word.partition("=")
        if name in _OF_ITS_OWN:
            return "text"
        if name == "--format":
            found = value if equals else following
    return found


def _tell(code: int, sentence: str, tool: str, form: str, *, finds: bool) -> None:
    """The error for programs, which would take empty output for an error of their own."""
    try:
        if form != "text" and form in (FORMATS if finds else ("json",)):
            sys.stdout.buffer.write(_document(code, sentence, tool, form, finds=finds).encode())
        sys.stdout.flush()
    except OSError:
        _sink()


def _document(code: int, sentence: str, tool: str, form: str, *, finds: bool) -> str:
    from breakwater import output  # noqa: PLC0415  only where something went wrong: the hook stays fast

    is_wrong = code == checking.WRONG_CALL
    report = checking.Report(error=sentence) if is_wrong else checking.Report(gaps=[sentence])
    outcome = output.Outcome(tool, "", report)
    if finds:
        return output.written(outcome, form)
    from breakwater.output import json  # noqa: PLC0415  as above

    return json.failure(outcome)


def _end(code: int, sentence: str) -> int:
    lead = "could not check: " if code == checking.NOT_CHECKED else "error: "
    _diagnose(f"{lead}{sentence}")
    return code


def _diagnose(line: str) -> None:
    if not line.isprintable():
        from breakwater.changes import shown  # noqa: PLC0415  few need it, and the hook stays fast

        line = shown(line)
    print(line, file=sys.stderr)


def could_not_check(sentence: str) -> int:
    """Say what could not be checked; the exit code of that."""
    return _end(checking.NOT_CHECKED, sentence)


def notice(sentence: str) -> None:
    """Say what changes nothing about the exit code."""
    _diagnose(f"notice: {sentence}")


def check_modes(options: Options) -> None:
    """Raises Usage where the options contradict each other; without a mode, takes the range that pre-commit names."""
    modes = [options.staged, options.base is not None, options.all_files]
    if sum(modes) > 1:
        raise Usage("Choose one of --staged, --base and --all-files.")
    if options.head is not None and options.base is None:
        raise Usage("--head needs --base.")
    if not any(modes):
        # What pre-commit sets before a push, and for `pre-commit run --from-ref ... --to-ref ...`.
        options.base = os.environ.get("PRE_COMMIT_FROM_REF") or None
        options.head = os.environ.get("PRE_COMMIT_TO_REF") if options.base else None
        options.first_push = options.all_files = not options.base and "PRE_COMMIT_REMOTE_NAME" in os.environ


def check_subject(change_set: ChangeSet, options: Options) -> None:
    """Say where there was nothing to look at, which is no proof that all is well."""
    if options.first_push and len(change_set.touched) > 1:
        remote = os.environ["PRE_COMMIT_REMOTE_NAME"]
        change_set.could_not(
            f"This push has nothing in common with what is known of {remote}, so there was nothing to compare with: "
            f"git fetch {remote}, then push again. If {remote} is empty: SKIP=validate-single-package git push."
        )
    elif not (change_set.changes or options.staged or options.base or options.all_files or change_set.is_merge):
        sentence = (
            "Nothing is staged, so nothing was looked at; name a range: --base COMMIT, or "
            "pre-commit run --from-ref COMMIT --to-ref COMMIT."
        )
        if os.environ.get("CI", "false") in ("", "false"):
            notice(f"{sentence[:1].lower()}{sentence[1:]}")
        else:
            change_set.could_not(sentence)


def text_of(name: str) -> str:
    """A file as it lies on disk. `pathlib` would cost the hook of the message a tenth of its time."""
    try:
        with open(name, "rb") as file:  # noqa: PTH123  as said
            content = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        raise Usage(f"{name} cannot be read: {getattr(error, 'strerror', error)}.") from None
    if len(content) > LIMIT:
        raise CannotCheck(f"{name} has more than the {LIMIT} bytes that are read.")
    return content.decode("utf-8", "surrogateescape")


def subject(options: Options) -> str:
    if options.base is not None:
        return f"{options.base}...{options.head or 'HEAD'}"
    return "all files" if options.all_files else "what is staged"


def explain(rule: str) -> int:
    from breakwater import rules  # noqa: PLC0415  only when asked: the hook stays fast
    from breakwater.rules import pages  # noqa: PLC0415

    print(pages.explained(rules.find(rule)), end="")
    return 0


def finish(report: checking.Report, options: Options, tool: str, looked_at: str) -> int:
    """Write the report and say what could not be checked; the exit code."""
    if options.write_baseline:
        print(_baseline(report, options.until), end="")
        return checking.NOT_CHECKED if report.gaps else 0
    if report.findings or report.allowed or options.format != "text":
        from breakwater import output  # noqa: PLC0415  only where there is something to say: the hook stays fast

        text = output.written(output.Outcome(tool, looked_at, report), options.format)
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    for gap in report.gaps:
        could_not_check(gap)
    return report.code


def _baseline(report: checking.Report, until: str) -> str:
    from datetime import date  # noqa: PLC0415  only when asked

    from breakwater import allowances  # noqa: PLC0415

    try:
        date.fromisoformat(until or "2000-01-01")
    except ValueError:
        raise Usage(f"{until!r} is no date; write it as 2026-11-20.") from None
    kept = [one.finding for one in report.allowed if one.where == "baseline"]
    return allowances.written([*report.findings, *kept], today=date.today(), until=until)
