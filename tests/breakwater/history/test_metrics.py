"""The arithmetic of shares and medians, and that a long history takes no more memory than a short one."""

import tracemalloc
from collections.abc import Iterator

import pytest

from breakwater.history.metrics import ENOUGH, Period, Share, median
from breakwater.history.scanning import Scan
from breakwater.packages import ByGlobs


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 0, 0, 100), (0, 20, 0, 16.1), (1, 20, 0.9, 23.6), (20, 20, 83.9, 100), (50, 1000, 3.8, 6.5)],
)
def test_an_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert list(Share(part, whole).interval) == pytest.approx([low, high], abs=0.06)


@pytest.mark.parametrize(("values", "middle"), [([], 0), ([7], 7), ([1, 2], 1.5), ([1, 2, 9], 2), ([1, 2, 4, 9], 3)])
def test_a_median_is_the_middle(values: list[int], middle: float) -> None:
    assert median(values) == middle


def test_a_period_with_other_folders_is_told_from_a_short_one() -> None:
    assert [
        Period("x", commits=commits, placed=placed).is_placed
        for commits, placed in ((ENOUGH - 1, 0), (100, 9), (100, 10))
    ] == [True, False, True]


def log(length: int) -> Iterator[bytes]:
    """A log of one line of commits, the newest first, each with a long message and a path in a package."""
    for number in range(length, 0, -1):
        parent = f"{number - 1:040x}" if number > 1 else ""
        text = f"//{number:040x} {parent} 1 {number}\nfeat: x\n\n{'words ' * 50}\n"
        yield f"{text}\0\nsrc/packages/a/b/{number % 7}\0".encode()


def peak(length: int) -> int:
    scan = Scan(ByGlobs(("src/packages/*/*",)), f"{length:040x}")
    tracemalloc.start()
    assert list(scan.rows(log(length))) == []
    _, found = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert scan.commits.total() == length
    return found


def test_memory_does_not_grow_with_the_history() -> None:
    peak(100)
    assert peak(20_000) < peak(1_000) + 200_000
