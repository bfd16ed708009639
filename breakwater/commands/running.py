"""What all command lines share: their options, the change that they look at, and how they end."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from breakwater import changes, checking, config
from breakwater.changes import ChangeSet
from breakwater.config import Config
from breakwater.findings import CannotCheck, Usage
from breakwater.git import Repository

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")


def guarded(main: Callable[[], int]) -> int:
    """The exit code of `main`; whatever goes wrong in it ends with one sentence."""
    try:
        code = main()
        sys.stdout.flush()
    except Usage as error:
        return _end(checking.WRONG_CALL, str(error))
    except CannotCheck as error:
        return _end(checking.NOT_CHECKED, str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _end(checking.NOT_CHECKED, "Whoever was reading the output has gone.")
    except KeyboardInterrupt:
        return _end(checking.NOT_CHECKED, "Interrupted.")
    except Exception as error:  # the last boundary: a hook never shows a traceback, and never passes in silence
        if "BREAKWATER_TRACEBACK" in os.environ:
            raise
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        return _end(checking.NOT_CHECKED, f"An error of this program ({reason}); BREAKWATER_TRACEBACK=1 shows where.")
    return code


def _end(code: int, sentence: str) -> int:
    lead = "could not check: " if code == checking.NOT_CHECKED else "error: "
    print(f"{lead}{sentence}".encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
    return code


class Parser(ArgumentParser):
    """Wrong arguments are exit 2 with one sentence."""

    def error(self, message: str) -> "None":  # type: ignore[override]
        raise Usage(f"{message[:1].upper()}{message[1:]}. {self.prog} --help lists the options.")


def parser(name: str, description: str) -> Parser:
    """A parser with the options that every validator has."""
    made = Parser(prog=name, description=description, allow_abbrev=False)
    made.add_argument("-C", dest="folder", metavar="FOLDER", help="the repository, if not here; bare ones will do")
    made.add_argument("--format", choices=FORMATS, default="text", help="how results are written (default: text)")
    made.add_argument("--explain", metavar="RULE", help="print what a rule means, with a bad and a good example")
    return made


def add_modes(made: Parser) -> None:
    modes = made.add_argument_group("what to look at (default: --staged)")
    modes.add_argument("--staged", action="store_true", help="what the next commit changes")
    modes.add_argument("--base", metavar="COMMIT", help="a range: what --head changes since it parted from this")
    modes.add_argument("--head", metavar="COMMIT", default=None, help="the end of the range (default: HEAD)")
    modes.add_argument("--all-files", action="store_true", help="every file, with nothing to compare with")


def add_baseline(made: Parser) -> None:
    made.add_argument("--write-baseline", action="store_true", help="print a baseline that allows what is found now")
    made.add_argument("--until", metavar="DATE", default="", help="the last day on which that baseline counts")


def check_modes(options: Namespace) -> None:
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


def open_change(repository: Repository, options: Namespace) -> ChangeSet:
    """The change that the options name, with the configuration of its new side."""
    if options.base is not None:
        head = repository.commit(options.head or "HEAD")
        return changes.between(repository, options.base, head, settings(repository, f"{head}:"))
    if options.all_files:
        return changes.whole(repository, settings(repository, changes.whole_root(repository)))
    return changes.staged(repository, settings(repository, ":"))


def settings(repository: Repository, root: str) -> Config:
    return config.load(lambda path: repository.blob(f"{root}{path}"))


def subject(options: Namespace) -> str:
    if options.base is not None:
        return f"{options.base}...{options.head or 'HEAD'}"
    return "all files" if options.all_files else "what is staged"


def explain(rule: str) -> int:
    from breakwater import rules  # noqa: PLC0415  only when asked: the hook stays fast
    from breakwater.rules import pages  # noqa: PLC0415

    print(pages.explained(rules.find(rule)), end="")
    return 0


def finish(report: checking.Report, options: Namespace, tool: str, looked_at: str) -> int:
    """Write the report and say what could not be checked; the exit code."""
    if getattr(options, "write_baseline", False):
        print(_baseline(report, options.until), end="")
        return checking.NOT_CHECKED if report.gaps else 0
    if report.findings or report.allowed or options.format != "text":
        from breakwater import output  # noqa: PLC0415  only where there is something to say: the hook stays fast

        text = output.written(output.Outcome(tool, looked_at, report), options.format)
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    for gap in report.gaps:
        _end(checking.NOT_CHECKED, gap)
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
