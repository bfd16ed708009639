#!/usr/bin/env python3
"""Validates BREAKING_CHANGE_JUSTIFICATION.md. Runs in any repository, with plain Python 3.11 or newer.

Source: the process, "Validation Tools". The same program as `validate-breaking-change-justification`.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from breakwater.commands.justification import main  # noqa: E402  the line above lets it be found

if __name__ == "__main__":
    sys.exit(main())
