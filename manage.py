#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it uses the servers of a running demo, else its own for a while."""

import os
import signal
import sys

NEED_NOTHING = {
    "help",
    "version",
    "--help",
    "-h",
    "--version",
    "check",
    "makemigrations",
    "makemessages",
    "compilemessages",
}
NEED_NOTHING |= {"collectstatic", "findstatic", "diffsettings", "spectacular", "startapp", "startproject"}


def main() -> int:
    """Run the command on the command line, with a database at hand if it needs one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - the settings come first

    if not set(sys.argv[1:2]) - NEED_NOTHING:
        execute_from_command_line(sys.argv)
        return 0
    from governance import embedded, tether  # noqa: PLC0415 - a production machine has no embedded servers

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with embedded.at_hand(f"`manage.py {sys.argv[1]}`"):
            execute_from_command_line(sys.argv)
    except tether.CannotStart as reason:
        print(f"manage.py cannot start: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
