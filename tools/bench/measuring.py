"""Product and floor in turn, several rounds; what counts is the median of the rounds."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import fmean, median

from tools.bench.meter import Captured, Cost, Meter
from tools.bench.operations import Ask, Operation
from tools.bench.plans import offenders

LOOKED_AT = 40
"""Requests whose statements are counted and explained, at most; those of one request where all are alike."""


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table. Costs are medians in CPU milliseconds; statements are the most of one request."""

    name: str
    goal: float
    floor: Cost
    product: Cost
    floor_statements: int
    product_statements: int
    offenders: tuple[str, ...]

    @property
    def ratio(self) -> float:
        return self.product.total / self.floor.total

    @property
    def is_met(self) -> bool:
        return self.product.total <= self.goal


@dataclass(frozen=True, slots=True)
class Plan:
    """How often: `rounds` of `each` requests, for the product and for the floor, after `looked_at` to begin with."""

    rounds: int = 5
    each: int = 20
    looked_at: int = LOOKED_AT

    @property
    def requests(self) -> int:
        return self.looked_at + self.rounds * self.each


def measure(operation: Operation, meter: Meter, plan: Plan) -> Result:
    """Look at the statements (which also warms everything up), then measure."""
    product, bare = cycle(operation.product), cycle(operation.floor)
    seen = list(statements(islice(product, plan.looked_at)))
    plain = list(statements(islice(bare, plan.looked_at)))
    found = offenders(statement for one in seen for statement in one)
    gc.collect()
    rounds = [(batch(product, meter, plan.each), batch(bare, meter, plan.each)) for _ in range(plan.rounds)]
    return Result(
        operation.name,
        operation.goal,
        middle([costs for _, costs in rounds]),
        middle([costs for costs, _ in rounds]),
        max(map(len, plain)),
        max(map(len, seen)),
        tuple(found),
    )


def statements(asks: Iterable[Ask]) -> Iterator[list[str]]:
    for ask in asks:
        ask.get_ready()
        with Captured() as captured:
            ask()
        yield captured.statements


def batch(asks: Iterator[Ask], meter: Meter, count: int) -> Cost:
    """The mean of `count` requests; what readies them is not counted."""
    costs = []
    for ask in islice(asks, count):
        ask.get_ready()
        costs.append(meter.of(ask))
    return combined(fmean, costs)


def middle(costs: Sequence[Cost]) -> Cost:
    return combined(median, costs)


def combined(by: Callable[[list[float]], float], costs: Sequence[Cost]) -> Cost:
    return Cost(by([cost.application for cost in costs]), by([cost.database for cost in costs]))
