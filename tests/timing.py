"""CPU time that a ratio can trust: the garbage collector waits, and the quickest of a few turns counts."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time


def quickest(work: Callable[[int], object], *, turns: int = 3) -> float:
    """CPU seconds of the quickest turn; `work` is told which turn it is, so that it can avoid what a cache kept."""

    def once(turn: int) -> float:
        start = process_time()
        work(turn)
        return process_time() - start

    gc.collect()
    gc.disable()
    try:
        return min(once(turn) for turn in range(turns))
    finally:
        gc.enable()
