"""What a run says: the counts, how each number is defined, and what could not be told."""

from collections.abc import Iterator, Mapping

from breakwater.git import Repository
from breakwater.history import periods
from breakwater.history.counting import WATCHED_DAYS, Chosen, Counted, Counts, counts, rows
from breakwater.history.layout import Layout
from breakwater.history.metrics import MEASURED, PLACED, Period, Share
from breakwater.history.scanning import DAY
from breakwater.history.store import Store
from breakwater.records import record

FREQUENCY, ROLLBACK, RESOLUTION, STABILITY = "frequency", "rollback_rate", "time_to_resolution", "stability"

DEFINITIONS = {
    FREQUENCY: (
        "Exceptions of all commits. An exception is a commit that touches more than one package or is marked breaking, "
        "by `!` or a `BREAKING CHANGE:` footer (the plural counts too); merges are left out. A commit counts on the "
        "day on which it reached the main line, the line of first parents of the head. Target: below 5 %."
    ),
    ROLLBACK: (
        "Breaking commits that a later commit rolled back, of all breaking commits: by `This reverts commit <id>` of "
        "the commit or of the merge that brought it, else by the number of its pull request, else by the exact title "
        'in `Revert "title"` or `revert: title`. '
        "It counts for the period of the breaking commit. Target: below 10 %."
    ),
    RESOLUTION: (
        "How long exceptions were on their way: from the author's date to the main line, the median. Git does not know "
        "when an exception was asked for, so this is the least it can have been; the portal measures from opened to "
        "closed. A commit whose two dates are one, as a squash leaves it, tells nothing. Target: below 24 hours."
    ),
    STABILITY: (
        f"Packages that an exception touched and that no revert, hotfix or breaking commit touched in the "
        f"{WATCHED_DAYS} days after, of all packages that exceptions touched, once for each exception. A hotfix says "
        "so in its title. Days that are not over at the head's date are not counted. The process sets no target."
    ),
}


@record(frozen=True, slots=True)
class Metric:
    """One of the four numbers of one period. `met` is None where nothing was measured or no target is set."""

    name: str
    state: str
    share: Share
    met: bool | None


@record(frozen=True, slots=True)
class Report:
    """Everything but the rows, which are read from the store as they are written."""

    head: str
    head_time: int
    layout: Layout
    chosen: Chosen
    counts: Counts
    limits: tuple[str, ...]
    """What a shallow clone cannot tell."""

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(_notes(self))

    def metrics(self, period: Period) -> tuple[Metric, ...]:
        """The four, in the process's order."""
        marks, folders = self.counts.marks, self.layout.count > 0
        known = period.is_placed if self.layout.count > 1 else marks
        return (
            _metric(FREQUENCY, period, period.frequency, known, 5),
            _metric(ROLLBACK, period, period.rollback, marks, 10),
            self._resolution(period),
            _metric(STABILITY, period, period.stability, folders, None),
        )

    def _resolution(self, period: Period) -> Metric:
        share = period.within_a_day
        state = period.state(share.whole, measurable=bool(self.counts.total.seconds))
        return Metric(RESOLUTION, state, share, period.median_hours < 24 if state == MEASURED else None)


def _metric(name: str, period: Period, share: Share, measurable: bool, below: float | None) -> Metric:
    state = period.state(share.whole, measurable=measurable)
    return Metric(name, state, share, share.percent < below if below and state == MEASURED else None)


def of(repository: Repository, store: Store, layout: Layout, chosen: Chosen) -> Report:
    """The report of a store that is up to date."""
    meta = store.meta
    limits = tuple(_limits(meta, chosen)) if repository.is_shallow else ()
    return Report(meta["head"], int(meta["head_time"]), layout, chosen, counts(store, chosen), limits)


def rows_of(report: Report, store: Store) -> Iterator[Counted]:
    """The commits behind the numbers, the one that landed last first."""
    return rows(store, report.chosen)


def _limits(meta: Mapping[str, str], chosen: Chosen) -> Iterator[str]:
    last, start = (int(meta[name]) // DAY for name in ("edge_time", "start"))
    yield (
        f"This clone is shallow: {_commits(int(meta['at_edge']))} missing parents. What they changed cannot be told, "
        "so they are in no number."
    )
    yield (
        f"The main line begins on {periods.on(start)}. {_commits(int(meta['before']))} been committed before, and when "
        "they reached it cannot be told, so they are in no number."
    )
    yield (
        f"Numbers up to {periods.name(max(last, start), chosen.by)} are incomplete, and reverts of breaking commits "
        "from before are not counted. `git fetch --unshallow` brings the rest."
    )


def _commits(number: int) -> str:
    return "1 commit has" if number == 1 else f"{number:,} commits have"


def _notes(report: Report) -> Iterator[str]:
    counted = report.counts
    if not counted.marks:
        yield (
            "No commit is marked breaking, so the rollback rate is not measurable, and exceptions are crossings alone."
        )
    if report.layout.count < 2:
        packages = "one package" if report.layout.count else "no packages"
        yield f"The head has {packages}, so nothing can cross: exceptions are marked commits alone."
    others = [period.name for period in counted.periods if not period.is_placed] if report.layout.count > 1 else []
    if others:
        yield (
            f"In {_spans(others)} fewer than {PLACED} % of the commits touch a package of the head: folders were "
            "others then, so the frequency is not measurable there, and the number over all is too low."
        )
    if counted.total.exceptions and not counted.total.seconds:
        yield "No exception tells when it was begun: each has one date only, as squashes leave it."
    elif counted.total.untimed:
        yield (
            f"{counted.total.untimed:,} of {counted.total.exceptions:,} exceptions do not tell when they were begun; "
            "the time to resolution is of the others."
        )


def _spans(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} periods between {names[0]} and {names[-1]}"


def is_missed(report: Report) -> bool:
    """Whether a target is measured over the whole and missed."""
    return any(metric.met is False for metric in report.metrics(report.counts.total))
