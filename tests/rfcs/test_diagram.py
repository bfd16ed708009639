"""The state diagram shows the table, can be read by everybody, and has not drifted."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from django.conf import settings

from rfcs import diagram
from rfcs.states import State
from rfcs.transitions import TRANSITIONS

SVG = "{http://www.w3.org/2000/svg}"


def drawing() -> ElementTree.Element:
    return ElementTree.fromstring(diagram.svg())  # noqa: S314 - our own


def texts() -> list[str]:
    return [element.text or "" for element in drawing().iter(f"{SVG}text")]


def test_the_committed_diagram_is_that_of_the_table() -> None:
    """After a change of the table: manage.py state_diagram."""
    assert Path(settings.ROOT, "docs", "state-diagram.svg").read_text(encoding="utf-8") == diagram.svg()


def test_every_state_and_every_way_of_every_move_is_drawn_once() -> None:
    labels = [str(state.label) for state in State]
    ways = [way.name for way in TRANSITIONS.values() for _source in way.sources for _target in way.targets]
    names = [name.replace("_", " ") for name in ways]

    assert sorted(texts()) == sorted(labels + names)
    assert len(list(drawing().iter(f"{SVG}polyline"))) == len(names)


def test_no_route_is_left_over() -> None:
    assert set(diagram.ROUTES) == set(diagram.edges())
    assert set(diagram.PLACES) == set(State)


def touches(point: diagram.Point, state: State) -> bool:
    (x, y), (left, top) = point, diagram.PLACES[state]
    return left <= x <= left + diagram.BOX and top <= y <= top + diagram.TALL


def test_every_line_begins_and_ends_at_its_states() -> None:
    loose = [
        (name, source)
        for name, source, target in diagram.edges()
        if not (
            touches(diagram.ROUTES[name, source, target][0][0], source)
            and touches(diagram.ROUTES[name, source, target][0][-1], target)
        )
    ]

    assert loose == []


def test_no_line_runs_through_another_state() -> None:
    through = [
        (name, source, state)
        for name, source, target in diagram.edges()
        for state in set(State) - {source, target}
        for (x1, y1), (x2, y2) in zip(
            diagram.ROUTES[name, source, target][0], diagram.ROUTES[name, source, target][0][1:], strict=False
        )
        if max(x1, x2) > diagram.PLACES[state][0]
        and min(x1, x2) < diagram.PLACES[state][0] + diagram.BOX
        and max(y1, y2) > diagram.PLACES[state][1]
        and min(y1, y2) < diagram.PLACES[state][1] + diagram.TALL
    ]

    assert through == []


def test_it_is_told_in_words_for_those_who_do_not_see_it() -> None:
    root = drawing()
    title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")

    assert title is not None
    assert told is not None
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"
    assert "Request review: Impact assessment to Architecture review." in (told.text or "")
    assert (told.text or "").count(".") == len(list(diagram.edges()))


def test_it_needs_no_style_sheet() -> None:
    tags = {element.tag for element in drawing().iter()}

    assert f"{SVG}style" not in tags
    assert not any(element.get("style") or element.get("class") for element in drawing().iter())


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, two: str) -> float:
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


def test_its_colours_read_on_light_and_dark_pages() -> None:
    boxes = {diagram.WAY, *diagram.COLOURS.values()}

    assert all(contrast("#ffffff", box) >= 4.5 for box in boxes)
    assert contrast(diagram.PILL, diagram.INK) >= 4.5
    assert all(contrast(diagram.LINE, page) >= 3 for page in ("#ffffff", "#0d1117"))
