"""What a comparison says, and what it compares."""

from breakwater.breaks.python.world import World
from breakwater.records import record


@record(frozen=True, slots=True)
class Break:
    """One break. `name` is the dotted name that others use; `line` is in the new file, 0 where it has none."""

    rule: str
    name: str
    sentence: str
    path: str
    line: int = 0
    level: str = ""
    """Another level than the rule's own: a warning for what is likely but not sure, a notice for what is minor."""


@record(frozen=True, slots=True)
class Sides:
    """The same import root before and after."""

    old: World
    new: World
