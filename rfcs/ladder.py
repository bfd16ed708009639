"""When whom is reminded of something that waits. Pure; a part of the policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Ladder:
    """Shares of the time given, then every so many days after it was due; days are working days where hours count."""

    shares: tuple[float, ...] = (0.5, 0.8)
    every_days: int = 1
    lead_after_days: int = 1
    """Days overdue after which the leads of the teams that are waited for are told."""
    board_after_days: int = 3

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{**stored, "shares": tuple(stored.get("shares", cls().shares))})


EMERGENCY = Ladder(lead_after_days=0, board_after_days=0)
"""What an emergency owes: the moment that it is overdue everybody hears of it."""
