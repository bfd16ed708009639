"""A compiled queryset reads what the queryset reads, without making its SQL again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from rfcs.compiled import Compiled, Place, one_of
from rfcs.models import RFC, Chain
from rfcs.states import State
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_rows_with_relations_are_those_of_the_queryset(django_assert_num_queries: Any) -> None:
    rfc, other = f.rfc_in(State.ASSESSMENT), f.rfc_in(State.ASSESSMENT)
    rows = Compiled(lambda pk: RFC.objects.filter(pk=pk).select_related("author", "owner", "revision", "follows"))
    for wanted in (rfc, other, rfc):
        facts = (wanted, wanted.author, wanted.revision, wanted.title, wanted.created_at)
        with django_assert_num_queries(1):
            (found,) = rows(wanted.pk)
            assert (found, found.author, found.revision, found.title, found.created_at) == facts
    assert rows(0) == []
    assert rows.first(0) is None


def test_its_sql_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[SQLCompiler] = []
    as_sql = SQLCompiler.as_sql

    def counted(self: SQLCompiler, *args: Any, **options: Any) -> Any:
        made.append(self)
        return as_sql(self, *args, **options)

    monkeypatch.setattr(SQLCompiler, "as_sql", counted)
    names = Compiled(lambda pk: User.objects.filter(pk=pk).values_list("username", flat=True))
    user = f.person()
    assert names(user.pk) == [user.username]
    once = len(made)
    assert once > 0
    assert names(user.pk) == [user.username]
    assert len(made) == once


def test_values_annotations_subqueries_and_slices() -> None:
    ada, bob = f.person("ada"), f.person("bob")
    for name in ("red", "blue"):
        Group.objects.create(name=name).user_set.add(ada, *([bob] if name == "red" else []))

    @Compiled
    def members(team: Place, most: Place) -> QuerySet[User, tuple[str, int]]:
        here = Group.objects.filter(user=OuterRef("pk"), name=team)
        return User.objects.filter(Exists(here), pk__lte=most).order_by("-username").values_list("username", "pk")[:2]

    assert members("red", 10**6) == [("bob", bob.pk), ("ada", ada.pk)]
    assert members("blue", 10**6) == [("ada", ada.pk)]
    assert members("blue", 0) == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_one_of_takes_a_list_of_any_length(count: int) -> None:
    people = [f.person() for _ in range(3)]
    rows = Compiled(lambda ids: User.objects.filter(one_of("pk", ids)).order_by("pk"))
    names = Compiled(lambda names: User.objects.filter(one_of("username", names)).order_by("pk"))
    wanted = people[:count]
    assert rows([user.pk for user in wanted]) == wanted
    assert names([user.username for user in wanted]) == wanted


def test_text_is_bound_and_never_part_of_the_sql() -> None:
    rows = Compiled(lambda name: User.objects.filter(username=name))
    odd = f.person("o'neil%s")
    assert rows("o'neil%s") == [odd]
    assert rows("' OR true --") == []


def test_each_call_reads_anew() -> None:
    user = f.person()
    rows = Compiled(lambda pk: User.objects.filter(pk=pk))
    (before,) = rows(user.pk)
    User.objects.filter(pk=user.pk).update(first_name="Changed")
    (after,) = rows(user.pk)
    assert (before.first_name, after.first_name) == (user.first_name, "Changed")
    assert before is not after


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction_each_time() -> None:
    Chain.objects.create(stream="a")
    heads = Compiled(lambda stream: Chain.objects.select_for_update().filter(pk=stream))
    with transaction.atomic():
        assert heads("a")[0].stream == "a"
    with pytest.raises(transaction.TransactionManagementError):
        heads("a")


@pytest.mark.django_db(transaction=True)
def test_threads_read_by_connections_of_their_own() -> None:
    user = f.person()
    rows = Compiled(lambda pk: User.objects.filter(pk=pk))

    def read(_: int) -> tuple[object, int]:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (pid,) = cursor.fetchone()
            return rows(user.pk), pid
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(read, range(8)))
    assert all(found == [user] for found, _ in answers)
    assert len({pid for _, pid in answers}) > 1


def test_a_prefetch_is_refused() -> None:
    rows = Compiled(lambda pk: User.objects.filter(pk=pk).prefetch_related(Prefetch("groups")))
    with pytest.raises(ValueError, match="prefetch"):
        rows(1)


@pytest.mark.django_db(transaction=True)
def test_the_server_keeps_the_plan_after_a_few_times() -> None:
    user = f.person()
    names = Compiled(lambda pk: User.objects.filter(pk=pk, username__contains="kept plan").values_list("pk", flat=True))

    def kept() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%kept plan%'")
            return int(cursor.fetchone()[0])

    assert (names(user.pk), kept()) == ([], 0)
    for _ in range(6):
        names(user.pk)
    assert kept() == 1


@pytest.mark.parametrize("odd", ["100%", "50%s", "o'neil", "back\\slash", 'a "quote"', "{brace}"])
def test_a_constant_stands_in_the_statement_as_it_is(odd: str) -> None:
    user = f.person(f"x{odd}y"[:150])
    rows = Compiled(lambda pk: User.objects.filter(pk=pk, username=f"x{odd}y"))
    assert rows(user.pk) == [user]
    part = Compiled(lambda pk: User.objects.filter(pk=pk, username__contains=odd))
    assert part(user.pk) == [user]


def test_a_number_that_no_key_reaches_is_not_asked_for(django_assert_num_queries: Any) -> None:
    rows = Compiled(lambda pk: User.objects.filter(pk=pk))
    with django_assert_num_queries(0):
        assert rows(2**63) == []


def test_what_is_kept_holds_no_connection() -> None:
    """The thread that made the SQL may end, and its session with it."""
    rows = Compiled(lambda pk: User.objects.filter(pk=pk))
    assert rows(0) == []
    assert rows._kept is not None
    assert rows._kept[1].connection is None
