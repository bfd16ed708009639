"""Fills an empty, migrated database with RFCs in all states: set by set (fill.sql), not verb by verb.

The digests of the mass are invented and its chains end in a valid head, so the verbs can go on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from rfcs import spelling
from rfcs.content import TEXTS, Content
from rfcs.models import Package, PolicyVersion, Word
from rfcs.policy import CHECKLIST
from rfcs.states import ARCHITECTURE, SECURITY, Kind, Phase
from tools.bench.loading import loading
from tools.bench.words import compounds, contents, package_paths

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PEOPLE = 400
"""Engineers who write RFCs; the board and the security team come on top and write none."""
KINDS = ("engineer", "board")
BODIES = 1_000
SLICE = 10_000
SQL = Path(__file__).with_name("fill.sql")
HELPERS = """
CREATE TEMP TABLE bench_body (number int, content jsonb, search text);
CREATE TEMP TABLE bench_state (slot int, state text, rank int, outcome text);
CREATE TEMP TABLE bench_step (
  place int, rank int, state text, outcome text, half bool, kind text, person int, payload jsonb);
CREATE TEMP TABLE bench_item (slug text, phase text, kind text, rank int);
CREATE TEMP TABLE mass (n bigint, stream text, state text, rank int, outcome text, half bool, author int, body int,
  security bool, revisions int, created timestamptz, digest text);
CREATE TEMP TABLE told (n bigint, content jsonb, search text);
"""
TEMPORARY = ("bench_body", "bench_state", "bench_step", "bench_item", "mass", "told")

RECENT = 2_000
"""The newest RFCs are in all states, the older ones have ended: reviews in progress do not grow with history."""
STATES = (
    (65, "closed", 6, "approved"),
    (4, "draft", 0, ""),
    (4, "assessment", 1, ""),
    (4, "review", 2, ""),
    (3, "approved", 3, "approved"),
    (4, "implementation", 4, "approved"),
    (3, "post_implementation", 5, "approved"),
    (5, "rejected", 3, "rejected"),
    (5, "withdrawn", 1, ""),
    (3, "rolled_back", 5, "approved"),
)
"""Of a hundred recent RFCs: how many are in which state, how far on the way, and how their round ended."""
OLD = (
    (84, "closed", 6, "approved"),
    (6, "rejected", 3, "rejected"),
    (6, "withdrawn", 1, ""),
    (4, "rolled_back", 5, "approved"),
)

NUMBERED = ("rfcs_rfc", "rfcs_revision", "rfcs_workingcopy", "approvals_round", "approvals_requiredteam")


@dataclass(frozen=True, slots=True)
class People:
    writers: list[User]
    board: list[User]


def fill(total: int, *, say: Callable[[int], None] = lambda done: None) -> People:
    """Fill an empty database with `total` RFCs and the people around them, and refresh the planner's figures."""
    people = make_people()
    Package.objects.bulk_create([Package(path=path) for path in package_paths()])
    with loading(), connection.cursor() as cursor:
        cursor.execute(HELPERS)
        help_tables(people.board)
        for low in range(1, total + 1, SLICE):
            high = min(low + SLICE - 1, total)
            with transaction.atomic():
                run_slice(low, high, total, people)
            say(high)
        for name in TEMPORARY:
            cursor.execute(f"DROP TABLE {name}")
    fill_words()
    count_on(total)
    return people


def make_people() -> People:
    """Users without a password, the board of four, and three of the security team."""
    users = get_user_model().objects
    names = [f"engineer{n}" for n in range(PEOPLE)] + [f"board{n}" for n in range(4)] + [f"guard{n}" for n in range(3)]
    made: list[User] = users.bulk_create([nobody(name) for name in names])
    people = People(made[:PEOPLE], made[PEOPLE : PEOPLE + 4])
    for slug, members in ((ARCHITECTURE, people.board), (SECURITY, made[PEOPLE + 4 :])):
        Group.objects.get_or_create(name=slug)[0].user_set.set(members)
    return people


def people_there() -> People:
    """Those of a database that was filled before."""
    by_name = {name: list(get_user_model().objects.filter(username__startswith=name).order_by("pk")) for name in KINDS}
    return People(*by_name.values())


def nobody(name: str) -> User:
    user: User = get_user_model()(username=name, first_name=name.title(), last_name="Example")
    user.email = f"{name}@example.org"
    user.set_unusable_password()
    return user


def run_slice(low: int, high: int, total: int, people: People) -> None:
    values = {
        "low": low,
        "high": high,
        "total": total,
        "people": PEOPLE,
        "recent": RECENT,
        "bodies": BODIES,
        "first_person": people.writers[0].pk,
        "policy": PolicyVersion.current().pk,
    }
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement, values)


def statements() -> list[str]:
    """Without the comments, in whose words a percent sign or a semicolon would count."""
    lines = [line for line in SQL.read_text().splitlines() if not line.startswith("--")]
    return [part for part in "\n".join(lines).split(";\n") if part.strip()]


# Tables that the statements read ------------------------------------------------------------------------


def help_tables(board: list[User]) -> None:
    copy("bench_body", [(n, Jsonb(body.json()), searched(body)) for n, body in enumerate(contents(BODIES), 1)])
    slots = [row for share, *row in (*STATES, *OLD) for _ in range(share)]
    copy("bench_state", [(slot, *row) for slot, row in enumerate(slots)])
    copy("bench_step", [(place, *row) for place, row in enumerate(steps([user.pk for user in board]), 1)])
    copy("bench_item", list(items()))


def copy(table: str, rows: list[tuple[object, ...]]) -> None:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as target:
        for row in rows:
            target.write_row(row)


def searched(content: Content) -> str:
    """The first texts only: PostgreSQL stems a thousand whole documents a second, and a million have to be read."""
    paths = " ".join(f"{path} {path.replace('/', ' ')}" for path in content.paths)
    return " ".join([paths, *(getattr(content, name) for name in TEXTS[:3])])


Step = tuple[int, str | None, str | None, bool | None, str, int | None, Jsonb]


def steps(board: list[int]) -> list[Step]:
    """The events of an RFC in their order: from which rank on, only in which state, outcome or half of the RFCs."""
    first, second, third, _ = board
    return [
        step(0, "rfc.created"),
        step(1, "revision.minted", changed=["title"], note="Submitted"),
        step(1, "move.submit"),
        step(1, "revision.minted", half=True, changed=["rollback_plan"], note="After the assessment"),
        step(1, "move.withdraw", state="withdrawn", note="Not needed any more"),
        step(2, "move.request_review"),
        step(2, "round.team_asked", team=ARCHITECTURE),
        step(2, "sign_off.approve", state="review", half=True, person=first, **position("approve")),
        *(step(3, "sign_off.approve", outcome="approved", person=pk, **position("approve")) for pk in (first, second)),
        *(step(3, "sign_off.reject", outcome="rejected", person=pk, **position("reject")) for pk in board[:3]),
        step(3, "move.approve", outcome="approved", person=second),
        step(3, "move.reject", outcome="rejected", person=third),
        step(4, "move.start"),
        *(step(5, "checklist.closed", item=slug) for slug, _, _, rank in items() if rank == 4),
        step(5, "move.finish"),
        step(5, "move.roll_back", state="rolled_back", note="Reverted", revert_commit="c0ffee"),
        *(step(6, "checklist.closed", item=slug) for slug, _, _, rank in items() if rank == 5),
        step(6, "move.close"),
    ]


def step(
    rank: int,
    kind: str,
    *,
    state: str | None = None,
    outcome: str | None = None,
    half: bool | None = None,
    person: int | None = None,
    **payload: Any,
) -> Step:
    return rank, state, outcome, half, kind, person, Jsonb(payload)


def position(name: str) -> dict[str, Any]:
    said = "" if name == "approve" else "Too many callers for one release."
    return {"team": ARCHITECTURE, "position": name, "title": "", "rationale": said}


def items() -> Iterator[tuple[str, str, str, int]]:
    """The items that people close, and the rank from which on an RFC has them."""
    opened = {Phase.IMPLEMENTATION: 4, Phase.POST: 5}
    for item in CHECKLIST:
        if item.kind != Kind.AUTOMATIC and item.phase in opened:
            yield item.slug, str(item.phase), str(item.kind), opened[Phase(item.phase)]


def fill_words() -> None:
    """The words of some texts, which are the words of all, among as many others as a large portal has."""
    for _ in range(5):
        spelling.read()
    Word.objects.bulk_create([Word(kind=Word.Kind.WORD, text=text, seen_in=[1]) for text in compounds()])


# Afterwards ---------------------------------------------------------------------------------------------


def count_on(total: int) -> None:
    """Let the sequences go on behind the given ids, and tell the planner what is there."""
    with connection.cursor() as cursor:
        for table in NUMBERED:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, 2 * total])
        cursor.execute("ANALYZE")
