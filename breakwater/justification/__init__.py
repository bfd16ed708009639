"""BREAKING_CHANGE_JUSTIFICATION.md: written, read and judged. Pure: values in, values out.

`parse(render(d)) == d` for every value. Source: the process, "BREAKING_CHANGE_JUSTIFICATION.md Template".
"""

from breakwater.justification.checks import problems
from breakwater.justification.model import Justification, PackageChange, Period, Problem, Signature, Timeline
from breakwater.justification.parsing import ParseError, outline, parse
from breakwater.justification.rendering import render

__all__ = [
    "Justification",
    "PackageChange",
    "ParseError",
    "Period",
    "Problem",
    "Signature",
    "Timeline",
    "outline",
    "parse",
    "problems",
    "render",
]
