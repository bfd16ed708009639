"""The four metrics of one period, as values. Pure arithmetic: counts in, shares and durations out.

Source: the process, "Success Metrics", for the targets; the design of the validators, "History", for the definitions.
"""

from array import array
from collections.abc import Sequence
from math import sqrt

from breakwater.records import field, record

ENOUGH = 20
"""Below so many cases a share says too little to be printed."""
PLACED = 10
"""In percent of the commits: where fewer touch any package of the head, the folders of that time were others."""
_95 = 1.96
MEASURED, TOO_LITTLE, NOT_MEASURABLE = "measured", "too_little_data", "not_measurable"


@record(frozen=True, slots=True)
class Share:
    """So many of so many. `target` is in percent; `above` says that the target is a floor."""

    part: int
    whole: int

    @property
    def percent(self) -> float:
        return 100 * self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """In percent, what the share may be with 95 % confidence (Wilson's score interval)."""
        if not self.whole:
            return 0.0, 100.0
        n, p = self.whole, self.part / self.whole
        middle = p + _95**2 / (2 * n)
        half = _95 * sqrt(p * (1 - p) / n + _95**2 / (4 * n**2))
        low, high = ((middle + sign * half) / (1 + _95**2 / n) for sign in (-1, 1))
        return max(0.0, 100 * low), min(100.0, 100 * high)


@record(slots=True)
class Period:
    """What was counted in one period, or in all of them."""

    name: str
    first: int = 0
    last: int = 0
    """Days (from 1970) of the first and the last commit counted."""
    commits: int = 0
    placed: int = 0
    """Commits that touch a package of the head's layout."""
    merges: int = 0
    crossing: int = 0
    breaking: int = 0
    exceptions: int = 0
    reverts: int = 0
    rolled_back: int = 0
    untimed: int = 0
    """Exceptions that do not tell when they were begun."""
    seconds: "array[int]" = field(default_factory=lambda: array("q"))
    """How long each of the others was on its way."""
    watched: int = 0
    stable: int = 0
    """Packages touched by exceptions, counted once for each, whose days of watching are over; and those undisturbed."""
    still_watched: int = 0

    def state(self, cases: int, *, measurable: bool = True) -> str:
        if not measurable:
            return NOT_MEASURABLE
        return MEASURED if cases >= ENOUGH else TOO_LITTLE

    @property
    def is_placed(self) -> bool:
        """Whether the head's packages say something of this period; one with few commits is given the benefit."""
        return self.commits < ENOUGH or 100 * self.placed >= PLACED * self.commits

    @property
    def frequency(self) -> Share:
        return Share(self.exceptions, self.commits)

    @property
    def rollback(self) -> Share:
        return Share(self.rolled_back, self.breaking)

    @property
    def stability(self) -> Share:
        return Share(self.stable, self.watched)

    @property
    def median_hours(self) -> float:
        return median(sorted(self.seconds)) / 3600

    @property
    def within_a_day(self) -> Share:
        return Share(sum(one < 86_400 for one in self.seconds), len(self.seconds))


def median(values: Sequence[int]) -> float:
    """Of sorted values; 0 of none."""
    if not values:
        return 0.0
    middle = len(values) // 2
    return float(values[middle]) if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
