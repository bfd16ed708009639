#!/usr/bin/env python3
"""Detects changes that cross packages or break what others use. Runs in any repository, with plain Python 3.11+.

Source: the process, "Validation Tools". The same program as `validate-single-package-development`.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from breakwater.commands.single_package import main  # noqa: E402  the line above lets it be found

if __name__ == "__main__":
    sys.exit(main())
