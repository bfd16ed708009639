"""The state diagram as SVG, from the table of moves. Pure.

Where things stand is laid out by hand; what there is comes from TABLE, and a move without a place is an error.
Solid fills and fixed colours read the same on light and dark pages, inline or as an image.
"""

from collections.abc import Iterator
from html import escape

from rfcs.states import State
from rfcs.transitions import TRANSITIONS

WIDTH, HEIGHT = 1050, 582
BOX, TALL = 160, 48
Point = tuple[int, int]

PLACES: dict[State, Point] = {
    State.DRAFT: (25, 150),
    State.ASSESSMENT: (305, 150),
    State.REVIEW: (585, 150),
    State.APPROVED: (865, 150),
    State.IMPLEMENTATION: (865, 390),
    State.POST_IMPLEMENTATION: (585, 390),
    State.CLOSED: (305, 390),
    State.WITHDRAWN: (445, 24),
    State.REJECTED: (585, 270),
    State.ROLLED_BACK: (585, 510),
}
"""The upper left corner of each state's box."""

WAY, GOOD, BAD, GONE = "#0b5cad", "#1a7f37", "#b42318", "#57606a"
COLOURS = {
    State.CLOSED: GOOD,
    State.REJECTED: BAD,
    State.ROLLED_BACK: BAD,
    State.WITHDRAWN: GONE,
}
LINE, PILL, INK = "#7d8590", "#eaeef2", "#24292f"

ROUTES: dict[tuple[str, State, State], tuple[tuple[Point, ...], Point]] = {
    ("submit", State.DRAFT, State.ASSESSMENT): (((185, 174), (305, 174)), (245, 174)),
    ("request_review", State.ASSESSMENT, State.REVIEW): (((465, 162), (585, 162)), (525, 147)),
    ("recall", State.REVIEW, State.ASSESSMENT): (((585, 186), (465, 186)), (525, 201)),
    ("request_authorisation", State.DRAFT, State.REVIEW): (
        ((130, 198), (130, 254), (625, 254), (625, 198)),
        (365, 254),
    ),
    ("recall", State.REVIEW, State.DRAFT): (((600, 198), (600, 222), (155, 222), (155, 198)), (365, 222)),
    ("authorise", State.REVIEW, State.IMPLEMENTATION): (((735, 198), (735, 217), (925, 217), (925, 390)), (805, 217)),
    ("approve", State.REVIEW, State.APPROVED): (((745, 162), (865, 162)), (805, 147)),
    ("amend", State.APPROVED, State.REVIEW): (((865, 186), (745, 186)), (805, 201)),
    ("amend", State.IMPLEMENTATION, State.REVIEW): (((890, 390), (890, 240), (720, 240), (720, 198)), (805, 240)),
    ("reject", State.REVIEW, State.REJECTED): (((640, 198), (640, 270)), (640, 230)),
    ("start", State.APPROVED, State.IMPLEMENTATION): (((970, 198), (970, 390)), (970, 290)),
    ("finish", State.IMPLEMENTATION, State.POST_IMPLEMENTATION): (((865, 414), (745, 414)), (805, 414)),
    ("close", State.POST_IMPLEMENTATION, State.CLOSED): (((585, 414), (465, 414)), (525, 414)),
    ("roll_back", State.IMPLEMENTATION, State.ROLLED_BACK): (((945, 438), (945, 534), (745, 534)), (845, 534)),
    ("roll_back", State.POST_IMPLEMENTATION, State.ROLLED_BACK): (((665, 438), (665, 510)), (665, 470)),
    ("roll_back", State.CLOSED, State.ROLLED_BACK): (((385, 438), (385, 534), (585, 534)), (485, 534)),
    ("withdraw", State.DRAFT, State.WITHDRAWN): (((135, 150), (135, 60), (445, 60)), (290, 60)),
    ("withdraw", State.ASSESSMENT, State.WITHDRAWN): (((455, 150), (455, 72)), (455, 107)),
    ("withdraw", State.REVIEW, State.WITHDRAWN): (((595, 150), (595, 72)), (595, 107)),
    ("withdraw", State.APPROVED, State.WITHDRAWN): (((945, 150), (945, 48), (605, 48)), (775, 48)),
    ("revise", State.WITHDRAWN, State.DRAFT): (((445, 36), (75, 36), (75, 150)), (190, 36)),
    ("revise", State.REJECTED, State.DRAFT): (((585, 294), (105, 294), (105, 198)), (345, 294)),
}
"""For each move, the state it leaves and the one it leads to: the corners of its line, and where its name stands."""


def svg() -> str:
    """The whole drawing, ending in a line break."""
    parts = (*_head(), *_lines(), *_boxes(), "</svg>")
    return "\n".join(parts) + "\n"


def edges() -> Iterator[tuple[str, State, State]]:
    """Move, from, to: all that is drawn."""
    for way in TRANSITIONS.values():
        for source in way.sources:
            yield from ((way.name, source, target) for target in way.targets)


def _head() -> Iterator[str]:
    told = " ".join(
        f"{_words(name).capitalize()}: {source.label} to {target.label}." for name, source, target in edges()
    )
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-labelledby="state-diagram-title state-diagram-desc" '
        'font-family="system-ui, -apple-system, Segoe UI, Roboto, sans-serif" text-anchor="middle">'
    )
    yield '<title id="state-diagram-title">The states of an RFC and the moves between them</title>'
    yield f'<desc id="state-diagram-desc">{escape(told)}</desc>'
    yield (
        '<defs><marker id="state-diagram-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L10 5L0 10z" fill="{LINE}"/></marker></defs>'
    )


def _lines() -> Iterator[str]:
    names = []
    for name, source, target in edges():
        corners, (x, y) = ROUTES[name, source, target]
        points = " ".join(f"{px},{py}" for px, py in corners)
        yield (
            f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="2" stroke-linejoin="round" '
            'marker-end="url(#state-diagram-arrow)"/>'
        )
        names.append(_pill(_words(name), x, y))
    yield from names


def _pill(words: str, x: int, y: int) -> str:
    width = 7 * len(words) + 14
    return (
        f'<rect x="{x - width // 2}" y="{y - 10}" width="{width}" height="20" rx="10" fill="{PILL}"/>'
        f'<text x="{x}" y="{y + 4}" font-size="12" fill="{INK}">{escape(words)}</text>'
    )


def _boxes() -> Iterator[str]:
    for state, (x, y) in PLACES.items():
        yield f'<rect x="{x}" y="{y}" width="{BOX}" height="{TALL}" rx="8" fill="{COLOURS.get(state, WAY)}"/>'
        middle = f'x="{x + BOX // 2}" y="{y + TALL // 2 + 5}"'
        yield f'<text {middle} font-size="13" font-weight="600" fill="#ffffff">{escape(str(state.label))}</text>'


def _words(name: str) -> str:
    return name.replace("_", " ")
