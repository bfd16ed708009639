"""CPU time that a ratio can trust: the garbage collector waits, and the quickest of a few turns counts."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from time import process_time

Work = Callable[[int], object]
"""Told which turn it is, so that it can avoid what a cache kept."""


def quickest(work: Work, *, turns: int = 3) -> float:
    """CPU seconds of the quickest turn."""
    return min(_seconds(work, turns))


def is_done_within(seconds: float, work: Work, *, turns: int = 5) -> bool:
    """Whether the quickest turn takes less CPU time; a first one that does says so, and no other is needed.

    Other work on the machine makes a turn slower, never quicker.
    """
    return any(found < seconds for found in _seconds(work, turns))


def _seconds(work: Work, turns: int) -> Iterator[float]:
    for turn in range(turns):
        gc.disable()
        try:
            start = process_time()
            work(turn)
            yield process_time() - start
        finally:
            gc.enable()
