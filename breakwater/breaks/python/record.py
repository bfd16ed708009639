"""What a comparison says, and what it compares."""

from dataclasses import dataclass

from breakwater.breaks.python.world import World


@dataclass(frozen=True, slots=True)
class Break:
    """One break. `name` is the dotted name that others use; `line` is in the new file, 0 where it has none."""

    rule: str
    name: str
    sentence: str
    path: str
    line: int = 0
    noted: bool = False
    """Worth a notice only."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The same import root before and after."""

    old: World
    new: World
