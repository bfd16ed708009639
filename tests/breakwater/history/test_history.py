"""What counts as what, over real repositories of every shape."""

import csv
import io
import json
import os
from pathlib import Path

import jsonschema
import pytest

from breakwater.commands import history
from breakwater.history.metrics import ENOUGH
from tests.breakwater.documents import CROSSING, ONE, THREE, TWO
from tests.breakwater.history.conftest import rows

ROOT = Path(__file__).parents[3]
BREAKING = "feat!: detect\n\nBREAKING CHANGE: a result\n"


def at(day: int, hour: int = 12) -> str:
    """An hour of a day of the last quarter of 2025; days beyond October run on."""
    return f"{1759276800 + (day - 1) * 86400 + hour * 3600} +0000"


def test_a_crossing_and_a_marked_commit_are_exceptions(scratch, said) -> None:
    scratch.commit("chore: one", {f"{ONE}/a": "1"})
    scratch.commit("chore: crossing", CROSSING)
    scratch.commit("feat!: marked", {f"{ONE}/a": "2"})
    scratch.commit("fix: footer\n\nBREAKING-CHANGE: yes\n", {"README": "2"})
    scratch.commit("docs: not a BREAKING CHANGE at all", {"README": "3"})

    report = said(scratch.folder)

    total = report["total"]
    assert {title: row["kinds"] for title, row in rows(report).items()} == {
        "chore: crossing": ["crossing"],
        "feat!: marked": ["breaking"],
        "fix: footer": ["breaking"],
    }
    assert (total["commits"], total["crossing"], total["breaking"], total["exceptions"]) == (5, 1, 2, 3)
    assert (total["touching_packages"], report["packages"]) == (3, {"count": 2, "by": "globs"})


def test_a_rename_between_packages_crosses(scratch, said) -> None:
    scratch.commit(files={f"{ONE}/a": "text\n" * 9, f"{TWO}/b": "1"})
    scratch.commit("refactor: move", {f"{ONE}/a": None, f"{TWO}/a": "text\n" * 9})

    assert rows(said(scratch.folder))["refactor: move"]["packages"] == [ONE, TWO]


def test_a_few_cases_give_no_share(scratch, said) -> None:
    scratch.commit(files={f"{ONE}/a": "0"})
    scratch.commit(files={f"{TWO}/y.txt": "0"})
    for number in range(1, ENOUGH - 2):
        scratch.commit(files={f"{ONE}/a": f"{number}"})
    assert said(scratch.folder)["total"]["frequency"] == {
        "state": "too_little_data",
        "part": 0,
        "whole": ENOUGH - 1,
        "percent": None,
        "interval_95": None,
        "target_met": None,
    }

    scratch.commit(files=CROSSING)
    frequency = said(scratch.folder)["total"]["frequency"]
    assert (frequency["state"], frequency["percent"], frequency["target_met"]) == ("measured", 5.0, False)
    assert frequency["interval_95"] == [0.89, 23.61]


def test_a_repository_that_never_marks_has_no_rollback_rate(scratch, said) -> None:
    scratch.commit(files=CROSSING)

    report = said(scratch.folder)

    assert report["total"]["rollback_rate"]["state"] == "not_measurable"
    assert "No commit is marked breaking" in report["notes"][0]


def test_folders_of_another_time_are_not_measured_by_those_of_today(scratch, said) -> None:
    for number in range(ENOUGH):
        scratch.commit(files={f"lib/old{number % 2}/a": f"{number}"}, date=at(1))
    scratch.commit("refactor: move", {f"{ONE}/a": "1", f"{TWO}/a": "1"}, date=at(100))

    first, last = said(scratch.folder)["periods"]

    assert (first["period"], first["frequency"]["state"], first["touching_packages"]) == (
        "2025-Q4",
        "not_measurable",
        0,
    )
    assert (last["period"], last["frequency"]["state"], last["crossing"]) == ("2026-Q1", "too_little_data", 1)


# Rollbacks


def test_a_revert_by_id_and_one_by_title_roll_back(scratch, said) -> None:
    one = scratch.commit("feat!: one", {f"{ONE}/a": "1"}, date=at(1))
    two = scratch.commit("feat!: two (#7)", {f"{ONE}/a": "2"}, date=at(2))
    three = scratch.commit("feat!: three", {f"{ONE}/a": "3"}, date=at(3))
    by_id = scratch.commit(f"chore: undo\n\nThis reverts commit {one[:9]}.\n", {f"{ONE}/a": "4"}, date=at(5))
    by_title = scratch.commit('Revert "feat!: two (#7)" (#9)\n\nIt broke.\n', {f"{ONE}/a": "5"}, date=at(6))
    by_type = scratch.commit("revert: feat!: three\n", {f"{ONE}/a": "6"}, date=at(7))

    report = said(scratch.folder)
    found = {row["commit"]: row for row in report["rows"]}

    assert (report["total"]["rollback_rate"]["part"], report["total"]["rollback_rate"]["whole"]) == (3, 3)
    assert [found[one][k] for k in ("rolled_back_by", "rolled_back_after_hours")] == [by_id, 96.0]
    assert (found[two]["rolled_back_by"], found[three]["rolled_back_by"]) == (by_title, by_type)
    assert (found[by_id]["rolls_back"], found[by_title]["rolls_back"]) == ([one], [two])


def test_a_revert_of_something_else_rolls_nothing_back(scratch, said) -> None:
    plain = scratch.commit("feat: plain", {f"{ONE}/a": "1"}, date=at(1))
    scratch.commit(BREAKING, {f"{ONE}/a": "2"}, date=at(2))
    scratch.commit(f'Revert "feat: plain"\n\nThis reverts commit {plain}.\n', {f"{ONE}/a": "3"}, date=at(3))
    scratch.commit('Revert "feat!: detec"', {f"{ONE}/a": "4"}, date=at(4))
    scratch.commit("feat: revert to the old colours", {f"{ONE}/a": "5"}, date=at(5))

    report = said(scratch.folder)

    assert (report["total"]["rollback_rate"]["part"], report["total"]["reverts"]) == (0, 2)


def test_a_squash_that_collects_a_revert_of_its_own_step_is_none(scratch, said) -> None:
    target = scratch.commit(BREAKING, {f"{ONE}/a": "1"}, date=at(1))
    squash = 'feat: async (#7)\n\n* Revert "try"\n\nThis reverts commit 0123456789.\n\n* go on\n'
    scratch.commit(squash, {f"{ONE}/a": "2"}, date=at(2))
    late = scratch.commit(f"fix: calm\n\nIt broke.\n\nThis reverts commit {target}.\n", {f"{ONE}/a": "3"}, date=at(3))

    report = said(scratch.folder)

    assert {title: row["kinds"] for title, row in rows(report).items()} == {
        "fix: calm": ["revert"],
        "feat!: detect": ["breaking"],
    }
    assert rows(report)["feat!: detect"]["rolled_back_by"] == late


def test_one_package_can_not_be_crossed(scratch, said) -> None:
    for number in range(ENOUGH):
        scratch.commit(files={"one/package.json": "{}", "one/x": f"{number}"})

    report = said(scratch.folder)

    assert report["total"]["frequency"]["state"] == "not_measurable"
    assert report["notes"][1] == "The head has one package, so nothing can cross: exceptions are marked commits alone."


def test_a_revert_that_quotes_the_pull_requests_title_or_number_rolls_back(scratch, said) -> None:
    """What the host's button writes: the squash has the number in its title, the quoted title has not."""
    one = scratch.commit("feat!: one (#7)", {f"{ONE}/a": "1"}, date=at(1))
    two = scratch.commit("feat!: two (#8)", {f"{ONE}/a": "2"}, date=at(2))
    three = scratch.commit("feat!: three (#9)", {f"{ONE}/a": "3"}, date=at(3))
    undo = scratch.commit('Revert "feat!: one" (#10)', {f"{ONE}/a": "4"}, date=at(4))
    other = scratch.commit("Revert the second (#11)\n\nReverts org/repo#8\n", {f"{ONE}/a": "5"}, date=at(5))
    scratch.commit('Revert "feat!: three (#99)" (#12)', {f"{ONE}/a": "6"}, date=at(6))

    found = {row["commit"]: row["rolled_back_by"] for row in said(scratch.folder)["rows"]}

    assert (found[one], found[two], found[three]) == (undo, other, None)


def test_a_title_that_comes_twice_means_the_last_one_before_the_revert(scratch, said) -> None:
    first, second = (scratch.commit("feat!: again", {f"{ONE}/a": f"{day}"}, date=at(day)) for day in (1, 2))
    scratch.commit('Revert "feat!: again"', {f"{ONE}/a": "3"}, date=at(3))
    third = scratch.commit("feat!: again", {f"{ONE}/a": "4"}, date=at(4))

    found = {row["commit"]: bool(row["rolled_back_by"]) for row in said(scratch.folder)["rows"]}

    assert [found[commit] for commit in (first, second, third)] == [False, True, False]


def test_the_revert_of_a_merge_rolls_back_what_it_brought(scratch, said) -> None:
    scratch.commit(date=at(1))
    scratch.git("checkout", "--quiet", "-b", "side")
    brought = scratch.commit(BREAKING, {f"{ONE}/a": "1"}, date=at(2))
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--no-ff", "--quiet", "-m", "merge side", "side", date=at(3))
    merge = scratch.git("rev-parse", "HEAD")
    message = f'Revert "merge side"\n\nThis reverts commit {merge}, reversing\nchanges made to {brought}.\n'
    undo = scratch.commit(message, {f"{ONE}/a": None}, date=at(4))

    row = rows(said(scratch.folder))["feat!: detect"]

    assert (row["landed_by"], row["rolled_back_by"]) == (merge, undo)


# Time and stability


def test_the_way_to_the_main_line_is_timed_where_git_knows_it(scratch, said) -> None:
    scratch.commit("feat!: direct", {f"{ONE}/a": "1"}, date=at(1, 0))
    for name in ("one", "two", "three"):
        scratch.git("checkout", "--quiet", "-b", name, "main")
        scratch.commit(f"feat!: {name}", {f"{ONE}/{name}": "1"}, date=at(2, 0))
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "octopus", "one", "two", "three", date=at(2, 6))

    report = said(scratch.folder)

    hours = {title: row["hours_on_its_way"] for title, row in rows(report).items()}
    assert hours == {"feat!: direct": None, "feat!: one": 6.0, "feat!: two": 6.0, "feat!: three": 6.0}
    assert (report["total"]["merges"], report["total"]["exceptions_untimed"]) == (1, 1)
    assert report["total"]["time_to_resolution"]["whole"] == 3


def test_a_side_branch_that_took_the_main_line_in_lands_where_it_was_merged(scratch, said) -> None:
    """A topological order may show its old commits after those of the main line."""
    scratch.commit(date=at(1))
    scratch.git("checkout", "--quiet", "-b", "side")
    scratch.commit("feat!: early", {f"{ONE}/side": "1"}, date=at(2))
    scratch.git("checkout", "--quiet", "main")
    scratch.commit("chore: main goes on", date=at(3))
    scratch.git("checkout", "--quiet", "side")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "take main in", "main", date=at(4))
    scratch.git("checkout", "--quiet", "main")
    scratch.commit("chore: main again", date=at(5))
    scratch.git("merge", "--quiet", "--no-ff", "-m", "land", "side", date=at(6))
    landing = scratch.git("rev-parse", "HEAD")

    row = rows(said(scratch.folder))["feat!: early"]

    assert (row["landed_by"], row["hours_on_its_way"]) == (landing, 96.0)


def test_a_package_is_stable_unless_a_revert_hotfix_or_break_follows_in_thirty_days(scratch, said) -> None:
    scratch.commit("chore: crossing", {f"{ONE}/a": "1", f"{TWO}/a": "1", f"{THREE}/a": "1"}, date=at(1))
    scratch.commit("fix: ordinary", {f"{ONE}/a": "2"}, date=at(2))
    hotfix = scratch.commit("fix: hotfix for the night", {f"{TWO}/a": "2"}, date=at(31))
    scratch.commit("feat!: too late", {f"{THREE}/a": "2"}, date=at(32))
    scratch.commit("chore: the end", date=at(60))

    report = said(scratch.folder)

    found = rows(report)
    assert (found["chore: crossing"]["watched"], found["chore: crossing"]["disturbed"]) == (True, {TWO: hotfix})
    assert (found["feat!: too late"]["watched"], report["total"]["packages_still_watched"]) == (False, 1)
    assert report["package_stability"] == [
        {"package": ONE, "watched": 1, "stable": 1},
        {"package": TWO, "watched": 1, "stable": 0},
        {"package": THREE, "watched": 1, "stable": 1},
    ]


def test_periods_are_quarters_months_or_years_of_the_days_asked_for(scratch, said) -> None:
    for day in (1, 40, 100):
        scratch.commit(files={f"{ONE}/a": f"{day}"}, date=at(day))

    def names(*arguments: str) -> list[str]:
        return [period["period"] for period in said(scratch.folder, *arguments)["periods"]]

    assert names() == ["2025-Q4", "2026-Q1"]
    assert names("--by", "month") == ["2025-10", "2025-11", "2026-01"]
    assert names("--by", "year") == ["2025", "2026"]
    assert names("--by", "month", "--since", "2025-11-09", "--until", "2025-12-31") == ["2025-11"]


# Shapes


def test_odd_paths_and_messages_are_read(scratch, said) -> None:
    names = ["\nbreak", "emoji 🌊", os.fsdecode(b"bytes \xff"), "-dash", "x", 'quote"']
    scratch.commit("chore: odd\n", {f"src/packages/data/{name}/{name}": "1" for name in names})
    message = scratch.folder.parent / "message"
    message.write_bytes(b"feat!: \xff\xfe\n")
    scratch.git("commit", "--allow-empty", "--quiet", "-F", str(message))
    scratch.git("commit", "--allow-empty", "--allow-empty-message", "-m", "")

    report = said(scratch.folder)

    assert report["total"]["commits"] == 3
    assert rows(report)["chore: odd"]["packages"] == [
        f"src/packages/data/{shown}" for shown in (r"\nbreak", "-dash", r"bytes \xff", "emoji 🌊", 'quote"', "x")
    ]


def test_a_submodule_counts_as_a_path(scratch, said) -> None:
    first = scratch.commit(files={f"{ONE}/a": "1"})
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{first},{TWO}/module")
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{first},{ONE}/module")
    scratch.git("commit", "--quiet", "-m", "chore: modules")

    assert rows(said(scratch.folder))["chore: modules"]["packages"] == [ONE, TWO]


def test_packages_by_manifests_are_those_of_the_head(scratch, said) -> None:
    scratch.commit(files={"a/package.json": "{}", "b/Cargo.toml": "", "gone/go.mod": ""})
    scratch.commit("chore: gone", {"gone/go.mod": None, "a/x": "1"})

    report = said(scratch.folder)

    assert report["packages"] == {"count": 2, "by": "manifests"}
    assert [row["packages"] for row in report["rows"]] == [["a", "b"]]


def test_a_package_that_is_gone_counts_where_all_folders_beside_it_are_packages(scratch, said) -> None:
    there = {f"crates/{name}/Cargo.toml": "" for name in ("a", "b", "c")}
    scratch.commit(
        files={**there, "crates/gone/lib.rs": "1", "crates/d": "a file", "other/a/go.mod": "", "other/b": "1"}
    )
    scratch.commit("chore: gone", {"crates/gone/lib.rs": None, "crates/a/x": "1", "other/c/x": "1"})

    assert rows(said(scratch.folder))["chore: gone"]["packages"] == ["crates/a", "crates/gone"]

    scratch.commit("chore: beside", {"crates/no-package/x": "1"})
    assert [row["packages"] for row in said(scratch.folder)["rows"]] == [
        ["crates/a", "crates/b", "crates/c", "other/a"]
    ]


def test_a_bare_clone_says_the_same(scratch, said, tmp_path: Path) -> None:
    scratch.commit(files=CROSSING)
    scratch.commit(BREAKING, {f"{ONE}/x.txt": "2"})
    bare = tmp_path / "bare.git"
    scratch.git("clone", "--quiet", "--bare", str(scratch.folder), str(bare))

    assert said(bare) == said(scratch.folder)


def test_a_blobless_clone_says_the_same_where_no_file_decides(scratch, said, tmp_path: Path) -> None:
    scratch.commit(files=CROSSING)
    scratch.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "blobless.git"
    scratch.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{scratch.folder}", str(clone))

    assert said(clone) == said(scratch.folder)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("blob:none", "pyproject.toml says what the packages are"), ("tree:0", "git could not read the repository: ")],
)
def test_a_partial_clone_that_lacks_what_decides_cannot_tell(scratch, capfd, tmp_path: Path, kind, sentence) -> None:
    scratch.commit(files={**CROSSING, "pyproject.toml": "[tool.breakwater]\n"})
    scratch.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial.git"
    scratch.git("clone", "--quiet", "--bare", f"--filter={kind}", f"file://{scratch.folder}", str(clone))

    assert history.main(["-C", str(clone), "--no-cache"]) == 3
    out, err = capfd.readouterr()
    assert (out, err.startswith(f"could not check: {sentence}"), len(err.splitlines())) == ("", True, 1)


def test_a_shallow_clone_says_what_it_cannot_tell(scratch, said, tmp_path: Path) -> None:
    for day in (1, 2, 3):
        scratch.commit(files={f"{ONE}/a": f"{day}", f"{TWO}/a": f"{day}"}, date=at(day))
    clone = tmp_path / "shallow"
    scratch.git("clone", "--quiet", "--depth=2", f"file://{scratch.folder}", str(clone))

    report = said(clone, code=3)

    assert (report["total"]["commits"], report["total"]["crossing"]) == (1, 1)
    assert report["could_not_tell"] == [
        "This clone is shallow: 1 commit has missing parents. What they changed cannot be told, so they are in no "
        "number.",
        "The main line begins on 2025-10-02. 0 commits have been committed before, and when they reached it cannot be "
        "told, so they are in no number.",
        "Numbers up to 2025-Q4 are incomplete, and reverts of breaking commits from before are not counted. "
        "`git fetch --unshallow` brings the rest.",
    ]


def test_a_shallow_clone_dates_no_commit_that_landed_before_it_begins(scratch, said, tmp_path: Path) -> None:
    """A branch that began long ago reaches further back than the main line does."""
    scratch.commit(date=at(1))
    scratch.git("checkout", "--quiet", "-b", "side")
    scratch.commit("feat!: old", {f"{ONE}/old": "1"}, date=at(2))
    scratch.commit("feat!: older", {f"{ONE}/old": "2"}, date=at(3))
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "land", "side", date=at(4))
    scratch.git("checkout", "--quiet", "-b", "next", "side")
    scratch.commit("feat!: new", {f"{ONE}/new": "1"}, date=at(6))
    scratch.git("checkout", "--quiet", "main")
    scratch.commit("chore: main goes on", date=at(5))
    scratch.git("merge", "--quiet", "--no-ff", "-m", "land again", "next", date=at(7))
    clone = tmp_path / "shallow"
    scratch.git("clone", "--quiet", "--depth=3", f"file://{scratch.folder}", str(clone))

    report = said(clone, code=3)

    assert [(row["title"], row["hours_on_its_way"]) for row in report["rows"]] == [("feat!: new", 24.0)]
    assert "The main line begins on 2025-10-04. 1 commit has been" in report["could_not_tell"][1]


# Forms and calls


def test_json_keeps_to_its_schema(scratch, said) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "history-1.json").read_text(encoding="utf-8"))
    scratch.commit(files=CROSSING, date=at(1))
    scratch.commit(BREAKING, {f"{ONE}/x.txt": "2"}, date=at(2))
    scratch.commit('Revert "feat!: detect"', {f"{ONE}/x.txt": "1"}, date=at(3))
    scratch.commit(date=at(90))

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(said(scratch.folder), schema)


def test_csv_holds_a_line_for_each_period_or_each_row_and_no_formula(scratch, capfd) -> None:
    scratch.commit("=feat!: x\n\nBREAKING CHANGE: y\n", CROSSING, date=at(1))
    call = ["-C", str(scratch.folder), "--no-cache", "--format", "csv"]

    assert history.main(call) == 0
    periods = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert history.main([*call, "--rows"]) == 0
    found = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))

    assert [(row["period"], row["exceptions"], row["frequency_whole"]) for row in periods] == [
        ("2025-Q4", "1", "1"),
        ("all", "1", "1"),
    ]
    assert [(row["title"], row["packages"], row["kinds"]) for row in found] == [
        ("'=feat!: x", f"{ONE} {TWO}", "crossing breaking")
    ]


def test_text_shows_the_table_the_meaning_and_the_rows(scratch, capfd) -> None:
    scratch.commit("feat!: \x1b[31mred", CROSSING, date=at(1))

    assert history.main(["-C", str(scratch.folder), "--no-cache", "--rows"]) == 0

    lines = capfd.readouterr().out.splitlines()
    assert " ".join(lines[2].split()) == "commits crossing breaking exceptions rolled back on its way stable after"
    assert lines[3].split()[:4] == ["2025-Q4", "1", "1", "1"]
    assert "too little data (n = 1)" in lines[3]
    assert [line for line in lines if "red" in line] == [
        f"{scratch.git('rev-parse', 'HEAD')[:12]} 2025-10-01 crossing+breaking: feat!: \\x1b[31mred"
    ]


def test_a_missed_target_is_exit_1_where_asked_and_hides_no_limit(scratch, tmp_path: Path, capfd) -> None:
    for number in range(ENOUGH + 2):
        scratch.commit(files={f"{ONE}/x": f"{number}", f"{TWO}/y": f"{number}"})
    shallow = tmp_path / "shallow"
    scratch.git("clone", "--quiet", f"--depth={ENOUGH + 1}", f"file://{scratch.folder}", str(shallow))

    whole, cut = (["-C", str(folder), "--no-cache"] for folder in (scratch.folder, shallow))
    codes = [history.main([*call, *more]) for call in (whole, cut) for more in ((), ("--check",))]

    assert codes == [0, 1, 3, 1]
    assert capfd.readouterr().err.count("could not check: This clone is shallow") == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--since", "yesterday"], "'yesterday' is no date"),
        (["--head", "nowhere"], "The commit 'nowhere' does not exist"),
        (["--by", "week"], "Argument --by: invalid choice"),
        (["--cache", "x", "--no-cache"], "Choose one of"),
        (["--cache", "inside.sqlite"], "The cache inside.sqlite cannot be used: it would lie in the repository"),
        (["-C", "/nowhere"], "/nowhere is not in a git repository"),
    ],
)
def test_a_wrong_call_is_exit_2_with_one_sentence(scratch, capfd, monkeypatch, arguments, sentence) -> None:
    scratch.commit()
    monkeypatch.chdir(scratch.folder)

    assert history.main(arguments) == 2
    out, err = capfd.readouterr()
    assert (out, err.startswith(f"error: {sentence}"), len(err.splitlines())) == ("", True, 1)


def test_an_unborn_branch_has_no_history(scratch, capfd) -> None:
    assert history.main(["-C", str(scratch.folder), "--no-cache"]) == 3
    assert capfd.readouterr().err == "could not check: There is no commit yet, so there is no history to measure.\n"


def test_a_damaged_repository_is_exit_3_with_one_sentence(scratch, capfd) -> None:
    gone = scratch.commit(files={f"{ONE}/a": "1"})
    scratch.commit(files={f"{ONE}/a": "2"})
    (scratch.folder / ".git" / "objects" / gone[:2] / gone[2:]).unlink()

    assert history.main(["-C", str(scratch.folder), "--no-cache"]) == 3
    out, err = capfd.readouterr()
    assert (out, err.startswith("could not check: git could not read"), len(err.splitlines())) == ("", True, 1)
