"""What the command lines take. Only a call with options comes here: argparse costs a hook a tenth of its time."""

import os
from argparse import ArgumentParser, HelpFormatter, _ArgumentGroup

from breakwater.commands.options import FORMATS, Options
from breakwater.findings import Usage

_STREAMS = "Results go to standard output, diagnostics to standard error."
_EXITS = (
    "Exit 0: everything was checked and nothing is wrong. 1: something was found. 2: the call or the configuration is "
    f"wrong. 3: something could not be checked. {_STREAMS}"
)
EXITS_OF_FACTS = (
    "Exit 0: the facts are whole, whatever they are. 2: the call or the configuration is wrong. 3: something could not "
    f"be read. {_STREAMS}"
)
EXITS_OF_FIGURES = f"{EXITS_OF_FACTS} With --check, 1: a target is missed."


class Parser(ArgumentParser):
    """Wrong arguments are exit 2 with one sentence."""

    def error(self, message: str) -> "None":  # type: ignore[override]
        from breakwater.output.calls import call  # noqa: PLC0415  only where the call is wrong

        raise Usage(f"{message[:1].upper()}{message[1:]}. {call(self.prog)} --help lists the options.")

    def options(self, arguments: list[str]) -> Options:
        return self.parse_args(arguments, Options())


def _as_wide_as_the_terminal(prog: str) -> HelpFormatter:
    """argparse asks `shutil` for the width, which brings three compressors along, even where no help is shown."""
    try:
        width = os.get_terminal_size(1).columns
    except OSError:
        width = 100
    return HelpFormatter(prog, width=min(width, 100) - 2)


def bare(name: str, description: str, *, exits: str = _EXITS) -> Parser:
    """A parser that knows where the repository is."""
    made = Parser(
        prog=name,
        description=description,
        epilog=exits,
        allow_abbrev=False,
        formatter_class=_as_wide_as_the_terminal,
    )
    made.add_argument("-C", dest="folder", metavar="FOLDER", help="the repository, if not here; bare ones will do")
    return made


def parser(name: str, description: str) -> Parser:
    """A parser with the options that every validator has."""
    made = bare(name, description)
    made.add_argument("--format", choices=FORMATS, default="text", help="how results are written (default: text)")
    made.add_argument("--explain", metavar="RULE", help="print what a rule means, with a bad and a good example")
    return made


def add_modes(made: Parser) -> None:
    modes = made.add_argument_group("what to look at (default: --staged)")
    _add_changes(modes)
    modes.add_argument("--all-files", action="store_true", help="every file, with nothing to compare with")


def _add_changes(modes: _ArgumentGroup) -> None:
    modes.add_argument("--staged", action="store_true", help="what the next commit changes")
    modes.add_argument("--base", metavar="COMMIT", help="a range: what --head changes since it parted from this")
    modes.add_argument("--head", metavar="COMMIT", default=None, help="the end of the range (default: HEAD)")


def add_baseline(made: Parser) -> None:
    made.add_argument("--write-baseline", action="store_true", help="print a baseline that allows what is found now")
    made.add_argument("--until", metavar="DATE", default="", help="the last day on which that baseline counts")


def single_package(name: str) -> Parser:
    made = parser(name, "Does a change keep to one package, and does it break what others use?")
    add_modes(made)
    add_baseline(made)
    made.add_argument("--scope-only", action="store_true", help="leave out the rules that look for breaks in contents")
    return made


def justification(name: str) -> Parser:
    made = parser(name, "Is the justification document complete, signed, and about this change?")
    add_modes(made)
    add_baseline(made)
    made.add_argument("--template", action="store_true", help="print the document's template, to be filled in")
    made.add_argument("files", nargs="*", help="documents to read as they lie on disk, whatever changed")
    return made


def commit_message(name: str) -> Parser:
    made = parser(name, "Does a commit message keep to the process's format?")
    made.add_argument("message_file", nargs="?", metavar="FILE", help="the message, as the commit-msg hook gets it")
    made.add_argument("--commit-msg-file", metavar="FILE", help="the same, as an option")
    made.add_argument("--base", metavar="COMMIT", help="judge every commit that --head has and this has not")
    made.add_argument("--head", metavar="COMMIT", help="the end of the range (default: HEAD)")
    return made


def impact(name: str) -> Parser:
    about = "Which packages does a change touch, who depends on them, who owns them, and what breaks?"
    made = bare(name, about, exits=EXITS_OF_FACTS)
    formats = ("text", "json", "markdown")
    made.add_argument("--format", choices=formats, default="text", help="markdown drafts the document's two sections")
    _add_changes(made.add_argument_group("what to look at (default: --staged)"))
    made.add_argument("--whole-document", action="store_true", help="with markdown: the whole template around them")
    return made
