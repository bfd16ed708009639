"""What differs between two contents, field by field, so that a person can read it. Pure.

Texts are compared by line and, inside a changed line, by word; packages, timeline and whatever else has parts become
rows of a table. Every comparison is bounded: beyond the bounds a text is shown as taken out and put in, which is
still true (`difflib.HtmlDiff` took 18 seconds on 400 similar lines).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from rfcs import risk, scenarios
from rfcs.content import LABELS, Content
from rfcs.states import Scenario

MOST_LINES = 4_000
"""Lines of both texts together."""
MOST_PAIRS = 60_000
"""Equal lines of the one text with the other: what the search walks through."""
MOST_WORDS = 400
"""Words of one line; in a longer one nothing is emphasised."""
MOST_WORK = 400_000
"""Words times words, over all lines of one comparison."""
CONTEXT = 2
"""Unchanged lines around a change; what lies beyond is folded."""
ALIKE = 0.4
"""How much of two lines must be equal for their words to be told apart; below, everything is new."""
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; `is_changed` means that these very words differ."""

    text: str
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One line on one side: its number from 1, and its pieces."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of before beside its line of after; `same`, `changed`, `removed` or `added`."""

    kind: str
    old: Side | None = None
    new: Side | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together; a folded one is unchanged and out of sight."""

    rows: tuple[Row, ...]
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One property of a part: `before` and `after` as people read them, equal where it did not change."""

    name: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Part:
    """One package, one phase ...: `added`, `removed` or `changed`, with its properties."""

    name: str
    kind: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """How one field differs: as lines of text, or as parts of a table."""

    name: str
    label: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Part, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def added(self) -> int:
        return self._count("added", "changed")

    @property
    def removed(self) -> int:
        return self._count("removed", "changed")

    def _count(self, *kinds: str) -> int:
        rows = (row.kind for block in self.blocks for row in block.rows)
        return sum(kind in kinds for kind in (*rows, *(part.kind for part in self.parts)))


@dataclass(slots=True)
class Effort:
    """What one comparison may still spend on words."""

    left: int = field(default=MOST_WORK)

    def allows(self, before: Sequence[str], after: Sequence[str]) -> bool:
        self.left -= len(before) * len(after)
        return max(len(before), len(after)) <= MOST_WORDS and self.left >= 0


def compare(before: Content, after: Content) -> tuple[Change, ...]:
    """Every field that differs, in the document's order."""
    old, new, effort = before.json(), after.json(), Effort()
    names = [name for name in LABELS if name in new] + [name for name in new if name not in LABELS]
    return tuple(_change(name, old[name], new[name], effort) for name in names if old[name] != new[name])


def lines(before: str, after: str, *, effort: Effort | None = None) -> tuple[Block, ...]:
    """Two texts side by side, what did not change folded away."""
    rows = list(_rows(before.splitlines(), after.splitlines(), effort or Effort()))
    return tuple(_folded(rows))


def _change(name: str, old: Any, new: Any, effort: Effort) -> Change:
    label = LABELS.get(name, _words_of(name))
    if isinstance(new, list | dict):
        parts = tuple(_parts(_keyed(_as_asked(name, old)), _keyed(_as_asked(name, new))))
        columns = tuple(dict.fromkeys(cell.name for part in parts for cell in part.cells))
        return Change(name, label, parts=tuple(_filled(part, columns) for part in parts), columns=columns)
    return Change(name, label, blocks=lines(_plain(name, old), _plain(name, new), effort=effort))


def _as_asked(name: str, value: Any) -> Any:
    """Answers in the words of the form that asked for them; what no form asks stays as it is."""
    if not isinstance(value, Mapping):
        return value
    if name == "answers":
        return {scenarios.LABELS.get(slug, slug): said for slug, said in value.items()}
    if name == "risk":
        asked = {question.slug: question for question in risk.QUESTIONS}
        known = {slug: (question.label, question.choice(value.get(slug, ""))[0]) for slug, question in asked.items()}
        return dict(known.get(slug, (slug, said)) for slug, said in value.items())
    return value


def _plain(name: str, value: Any) -> str:
    return Scenario(value).label if name == "scenario" and value in Scenario.values else shown(value)


# --- texts


def _rows(before: list[str], after: list[str], effort: Effort) -> Iterator[Row]:
    for tag, i1, i2, j1, j2 in _opcodes(before, after):
        if tag == "equal":
            yield from (_same(before[i1 + n], i1 + n + 1, j1 + n + 1) for n in range(i2 - i1))
        else:
            yield from _replaced(before, range(i1, i2), after, range(j1, j2), effort)


def _opcodes(before: list[str], after: list[str]) -> Iterable[tuple[str, int, int, int, int]]:
    """Like difflib's; one single replacement where the search would take too long."""
    head, tail = _common(before, after)
    a, b = before[head : len(before) - tail], after[head : len(after) - tail]
    counts = Counter(b)
    if len(a) + len(b) > MOST_LINES or sum(counts[line] for line in a) > MOST_PAIRS:
        inner: Iterable[tuple[str, int, int, int, int]] = [("replace", 0, len(a), 0, len(b))]
    else:
        inner = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    if head:
        yield "equal", 0, head, 0, head
    yield from ((tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in inner)
    if tail:
        yield "equal", len(before) - tail, len(before), len(after) - tail, len(after)


def _common(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many lines are equal at the beginning, and then at the end."""
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    return head, tail


def _same(text: str, old: int, new: int) -> Row:
    piece = (Piece(text),)
    return Row("same", Side(old, piece), Side(new, piece))


def _replaced(before: list[str], olds: range, after: list[str], news: range, effort: Effort) -> Iterator[Row]:
    """Lines taken out beside lines put in, one for one; what is left over stands alone."""
    for i, j in zip(olds, news, strict=False):
        old, new = _emphasised(before[i], after[j], effort)
        yield Row("changed", Side(i + 1, old), Side(j + 1, new))
    both = min(len(olds), len(news))
    yield from (Row("removed", old=Side(i + 1, (Piece(before[i]),))) for i in olds[both:])
    yield from (Row("added", new=Side(j + 1, (Piece(after[j]),))) for j in news[both:])


def _emphasised(before: str, after: str, effort: Effort) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both lines cut where their words differ."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    if not effort.allows(a, b):
        return (Piece(before),), (Piece(after),)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < ALIKE:
        return (Piece(before),), (Piece(after),)
    codes = matcher.get_opcodes()
    old = tuple(Piece("".join(a[i1:i2]), tag != "equal") for tag, i1, i2, _, _ in codes if i1 < i2)
    new = tuple(Piece("".join(b[j1:j2]), tag != "equal") for tag, _, _, j1, j2 in codes if j1 < j2)
    return old, new


def _folded(rows: list[Row]) -> Iterator[Block]:
    """The rows cut into what is near a change and what is not; a single hidden line is no saving."""
    near = [False] * len(rows)
    for at, row in enumerate(rows):
        if row.kind != "same":
            for n in range(max(0, at - CONTEXT), min(len(rows), at + CONTEXT + 1)):
                near[n] = True
    near = [here or (_at(near, at - 1) and _at(near, at + 1)) for at, here in enumerate(near)]
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or near[at] != near[start]:
            yield Block(tuple(rows[start:at]), is_folded=not near[start])
            start = at


def _at(near: list[bool], at: int) -> bool:
    """Beyond either end nothing is hidden."""
    return not 0 <= at < len(near) or near[at]


# --- what has parts


def _keyed(value: Any) -> dict[str, Mapping[str, Any]]:
    """The parts by name: a mapping's entries, or a list's rows by their first property."""
    if isinstance(value, Mapping):
        return {_words_of(key): entry if isinstance(entry, Mapping) else {"": entry} for key, entry in value.items()}
    found: dict[str, Mapping[str, Any]] = {}
    for row in value or ():
        facts = dict(row) if isinstance(row, Mapping) else {"": row}
        name = shown(facts.pop(next(iter(facts)))) if len(facts) > 1 else shown(row)
        found[_unused(name, found)] = facts
    return found


def _unused(name: str, taken: Mapping[str, Any]) -> str:
    count = 2
    unused = name
    while unused in taken:
        unused, count = f"{name} ({count})", count + 1
    return unused


def _parts(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[Part]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        kind = "added" if before is None else "removed" if after is None else "changed"
        keys = dict.fromkeys((*(before or {}), *(after or {})))
        cells = tuple(_cell(key, (before or {}).get(key), (after or {}).get(key)) for key in keys)
        yield Part(name, kind, cells)


def _cell(key: str, before: Any, after: Any) -> Cell:
    return Cell(_words_of(key), shown(before), shown(after))


def _filled(part: Part, columns: tuple[str, ...]) -> Part:
    """With a cell for each column, so that the table is whole."""
    cells = {cell.name: cell for cell in part.cells}
    return Part(part.name, part.kind, tuple(cells.get(name, Cell(name, "", "")) for name in columns))


def shown(value: Any) -> str:
    """A stored value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(shown(inner) for inner in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_words_of(key)}: {shown(inner)}" for key, inner in value.items())
    return str(value)


COLUMNS = {"api": "API", "": "Value"}


def _words_of(name: str) -> str:
    return COLUMNS.get(name) or name.replace("_", " ").capitalize()
