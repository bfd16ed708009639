"""The report as text, JSON (`docs/schemas/history-1.json`) and CSV, in pieces: rows are written as they are read."""

import csv
import io
import json
import textwrap
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from breakwater.changes import shown
from breakwater.history import periods
from breakwater.history.counting import Counted
from breakwater.history.marks import BREAKING, CROSSING, HOTFIX, REVERT
from breakwater.history.metrics import MEASURED, TOO_LITTLE, Period
from breakwater.history.report import DEFINITIONS, RESOLUTION, Metric, Report
from breakwater.records import record

VERSION = 1
_KINDS = {CROSSING: "crossing", BREAKING: "breaking", REVERT: "revert", HOTFIX: "hotfix"}
_TITLES = {
    "frequency": "Frequency",
    "rollback_rate": "Rollback rate",
    "time_to_resolution": "Time to resolution",
    "stability": "Stability",
}
_WORST = 5
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Rows = Callable[[], Iterable[Counted]]


def written(report: Report, rows: Rows, form: str, *, with_rows: bool) -> Iterator[str]:
    """The report in one of the formats; JSON always has its rows."""
    if form == "json":
        return _json(report, rows())
    if form == "csv":
        return _csv_rows(rows()) if with_rows else _csv_periods(report)
    return _text(report, rows() if with_rows else ())


# Values


def name(raw: bytes) -> str:
    """A title or path from git as it can be printed."""
    return shown(raw.decode("utf-8", "surrogateescape"))


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def kinds(counted: Counted) -> list[str]:
    return [word for kind, word in _KINDS.items() if counted.is_a(kind)]


def hours(counted: Counted) -> float | None:
    return None if counted.seconds is None else round(counted.seconds / 3600, 2)


# Text


def _text(report: Report, rows: Iterable[Counted]) -> Iterator[str]:
    total = report.counts.total
    packages = f"{report.layout.count} packages by the {report.layout.source} of the head"
    yield f"History of {report.head[:12]} ({instant(report.head_time)[:10]}): {total.commits:,} commits"
    yield f" and {total.merges:,} merges; {packages}.\n\n"
    yield from _table(report)
    yield "\n"
    yield from (_wrapped(f"- {sentence}") for sentence in report.notes)
    yield from _unstable(report)
    yield "\nWhat the numbers mean\n"
    yield from (_wrapped(f"- {_TITLES[metric]}: {text}") for metric, text in DEFINITIONS.items())
    yield from _listed(rows)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 110, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False) + "\n"


@record(frozen=True, slots=True)
class _Column:
    head: str
    width: int


_COLUMNS = (
    _Column("", 8),
    _Column("commits", 8),
    _Column("crossing", 9),
    _Column("breaking", 9),
    _Column("exceptions", 26),
    _Column("rolled back", 26),
    _Column("on its way", 26),
    _Column("stable after", 26),
)


def _table(report: Report) -> Iterator[str]:
    yield _line([column.head for column in _COLUMNS])
    for period in (*report.counts.periods, report.counts.total):
        counts = [f"{number:,}" for number in (period.commits, period.crossing, period.breaking)]
        yield _line([period.name, *counts, *(_cell(metric, period) for metric in report.metrics(period))])


def _line(cells: list[str]) -> str:
    first, *others = zip(cells, _COLUMNS, strict=True)
    parts = (text.rjust(column.width) for text, column in others)
    return f"{first[0].ljust(first[1].width)}{''.join(parts)}\n"


def _cell(metric: Metric, period: Period) -> str:
    if metric.state == TOO_LITTLE and not metric.share.whole:
        return "-"
    if metric.state == TOO_LITTLE:
        return f"too little data (n = {metric.share.whole:,})"
    if metric.state != MEASURED:
        return "not measurable"
    missed = "! " if metric.met is False else ""
    if metric.name == RESOLUTION:
        return f"{missed}{_duration(period.median_hours)} (n = {metric.share.whole:,})"
    return f"{missed}{metric.share.percent:.1f} % of {metric.share.whole:,}"


def _duration(number: float) -> str:
    return f"{number:.1f} h" if number < 48 else f"{number / 24:.1f} days"


def _unstable(report: Report) -> Iterator[str]:
    """The packages that were disturbed most often, of those watched often enough."""
    found = [(one.watched - one.stable, package, one) for package, one in report.counts.packages.items()]
    worst = sorted((one for one in found if one[0]), key=lambda one: (-one[0], one[1]))[:_WORST]
    if worst:
        yield "\nDisturbed most often (times of times watched)\n"
    for disturbed, package, one in worst:
        yield f"- {name(package)}: {disturbed} of {one.watched}\n"


def _listed(rows: Iterable[Counted]) -> Iterator[str]:
    lead = "\nThe commits behind the numbers, by the day on which they reached the main line\n"
    for counted in rows:
        row = counted.row
        yield f"{lead}{row.id[:12]} {instant(row.landed)[:10]} {'+'.join(kinds(counted))}: {name(row.title)}\n"
        lead = ""
        yield from (f"    {fact}\n" for fact in _facts(counted))


def _facts(counted: Counted) -> Iterator[str]:
    if counted.row.packages:
        yield f"touches {', '.join(map(name, counted.row.packages))}"
    if counted.rolled_back_by:
        yield f"rolled back by {counted.rolled_back_by[:12]} after {_duration(counted.rolled_back_after / 3600)}"
    if counted.rolls_back:
        yield f"rolls back {', '.join(one[:12] for one in counted.rolls_back)}"
    if counted.seconds is not None:
        yield f"was on its way for {_duration(counted.seconds / 3600)}"
    for package, commit in counted.disturbed.items():
        yield f"{name(package)} was disturbed by {commit[:12]}"


# JSON


def _json(report: Report, rows: Iterable[Counted]) -> Iterator[str]:
    """One object; its rows stand last, a line each."""
    head = json.dumps(_value(report), indent=2, ensure_ascii=False)
    yield head.removesuffix("\n}") + ',\n  "rows": ['
    separator = "\n    "
    for counted in rows:
        yield separator + json.dumps(_row(counted), ensure_ascii=False)
        separator = ",\n    "
    yield "\n  ]\n}\n"


def _value(report: Report) -> dict[str, Any]:
    return {
        "version": VERSION,
        "tool": "breakwater-history",
        "head": report.head,
        "head_time": instant(report.head_time),
        "by": report.chosen.by,
        "packages": {"count": report.layout.count, "by": report.layout.source},
        "definitions": DEFINITIONS,
        "could_not_tell": list(report.limits),
        "notes": list(report.notes),
        "total": _period(report, report.counts.total),
        "periods": [_period(report, period) for period in report.counts.periods],
        "package_stability": [
            {"package": name(package), "watched": one.watched, "stable": one.stable}
            for package, one in sorted(report.counts.packages.items())
        ],
    }


def _period(report: Report, period: Period) -> dict[str, Any]:
    has_days = bool(period.commits or period.merges)
    return {
        "period": period.name,
        "first_day": periods.on(period.first).isoformat() if has_days else None,
        "last_day": periods.on(period.last).isoformat() if has_days else None,
        "commits": period.commits,
        "touching_packages": period.placed,
        "merges": period.merges,
        "crossing": period.crossing,
        "breaking": period.breaking,
        "exceptions": period.exceptions,
        "reverts": period.reverts,
        "exceptions_untimed": period.untimed,
        "packages_still_watched": period.still_watched,
        **{metric.name: _metric(metric, period) for metric in report.metrics(period)},
    }


def _metric(metric: Metric, period: Period) -> dict[str, Any]:
    measured = metric.state == MEASURED
    low, high = metric.share.interval
    value: dict[str, Any] = {
        "state": metric.state,
        "part": metric.share.part,
        "whole": metric.share.whole,
        "percent": round(metric.share.percent, 2) if measured else None,
        "interval_95": [round(low, 2), round(high, 2)] if measured else None,
        "target_met": metric.met,
    }
    if metric.name == RESOLUTION:
        value["median_hours"] = round(period.median_hours, 2) if measured else None
    return value


def _row(counted: Counted) -> dict[str, Any]:
    row = counted.row
    return {
        "commit": row.id,
        "period": counted.period,
        "kinds": kinds(counted),
        "title": name(row.title),
        "written": instant(row.written),
        "landed": instant(row.landed),
        "landed_by": row.landing,
        "packages": [name(package) for package in row.packages],
        "hours_on_its_way": hours(counted),
        "rolled_back_by": counted.rolled_back_by or None,
        "rolled_back_after_hours": round(counted.rolled_back_after / 3600, 2) if counted.rolled_back_by else None,
        "rolls_back": list(counted.rolls_back),
        "watched": counted.watched,
        "disturbed": {name(package): commit for package, commit in counted.disturbed.items()},
    }


# CSV


def _csv_periods(report: Report) -> Iterator[str]:
    columns: list[str] = []
    for period in (*report.counts.periods, report.counts.total):
        flat = dict(_flat(_period(report, period)))
        if not columns:
            columns = list(flat)
            yield _record(columns)
        yield _record(flat[column] for column in columns)


def _flat(value: dict[str, Any], lead: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        if isinstance(one, dict):
            yield from _flat(one, f"{lead}{key}_")
        elif key == "interval_95":
            yield from ((f"{lead}{end}_95", one[at] if one else None) for at, end in enumerate(("low", "high")))
        else:
            yield f"{lead}{key}", one


_ROW_COLUMNS = (
    *("commit", "period", "kinds", "title", "written", "landed", "landed_by", "packages", "hours_on_its_way"),
    *("rolled_back_by", "rolled_back_after_hours", "rolls_back", "watched", "disturbed"),
)


def _csv_rows(rows: Iterable[Counted]) -> Iterator[str]:
    yield _record(_ROW_COLUMNS)
    for counted in rows:
        value = _row(counted)
        yield _record(value[column] for column in _ROW_COLUMNS)


def _record(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_cell_text(cell) for cell in cells])
    return text.getvalue()


def _cell_text(cell: Any) -> Any:
    """Lists as words; no text begins a formula."""
    if isinstance(cell, list | dict):
        cell = " ".join(cell)
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
