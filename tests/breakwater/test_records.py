"""Records behave like the dataclasses that type checkers take them for."""

import dataclasses

import pytest

from breakwater.records import field, record, replace


def made(how, fields):
    """The same class, by records and by dataclasses."""

    class Price:
        amount: int
        vat: int = 19
        notes: list[str] = fields(default_factory=list)

        def __post_init__(self) -> None:
            object.__setattr__(self, "gross", self.amount + self.vat)

    return how(frozen=True)(Price)


OURS, THEIRS = made(record, field), made(dataclasses.dataclass, dataclasses.field)


@pytest.mark.parametrize("cls", [OURS, THEIRS])
def test_a_record_is_made_compared_shown_and_replaced_like_a_dataclass(cls) -> None:
    one = cls(1, notes=["x"])

    assert (one.amount, one.vat, one.notes, one.gross) == (1, 19, ["x"], 20)
    assert one == cls(1, 19, ["x"])
    assert one != cls(2, 19, ["x"])
    assert one != (1, 19, ["x"])
    assert repr(one).endswith("Price(amount=1, vat=19, notes=['x'])")
    assert cls.__match_args__ == ("amount", "vat", "notes")
    change = replace if cls is OURS else dataclasses.replace
    assert change(one, amount=2) == cls(2, 19, ["x"])
    assert cls(1).notes is not cls(1).notes


@pytest.mark.parametrize("cls", [OURS, THEIRS])
def test_missing_and_unknown_fields_are_refused(cls) -> None:
    with pytest.raises(TypeError, match="amount"):
        cls()
    with pytest.raises(TypeError, match="more"):
        cls(1, more=2)


def test_only_frozen_records_can_be_hashed() -> None:
    @record(frozen=True)
    class Fixed:
        name: str

    @record()
    class Loose:
        name: str

    assert len({Fixed("a"), Fixed("a"), Fixed("b")}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Loose("a"))
