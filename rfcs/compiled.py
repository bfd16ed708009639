"""Querysets whose shape never changes: Django makes their SQL once in a process, each reading binds its values.

Making the SQL of a small read costs the application two to four times what running it costs. What is read on every
page is therefore compiled; everything else stays an ordinary queryset. Other frameworks call it a compiled query.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from django.db import connections, transaction
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import BooleanField, Expression, F, Func, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from psycopg.sql import Literal

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

Row = TypeVar("Row")
LARGEST = 2**63 - 1
"""The largest key that a table holds."""


class Place(Expression):
    """Where a value is compared that is known only when it is read. The driver gets it as it is: no None, no enums."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def as_sql(self, compiler: SQLCompiler, connection: object) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


def one_of(name: str, place: Place) -> Func:
    """The condition that a column is one of a list, which may have any length; `name__in` has one placeholder each."""
    return Func(F(name), place, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField())


def begins_with_one_of(name: str, place: Place) -> Func:
    """The condition that a column begins with one of a list of prefixes; no letter of them is a wildcard."""
    return Func(F(name), place, template="%(expressions)s)", arg_joiner=" ^@ ANY (", output_field=BooleanField())


_Kept: TypeAlias = tuple[QuerySet[Any, Row], SQLCompiler, str, tuple[int, ...]]
"""The queryset, what makes rows for it, its SQL, and which value goes where."""


class Compiled(Generic[Row]):
    """`Compiled(lambda rfc: Round.objects.filter(rfc=rfc))(7)` is `list(Round.objects.filter(rfc=7))`.

    The function is called once, with a Place for each of its parameters. A queryset with prefetches is refused.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]]) -> None:
        self._make = make
        self._kept: _Kept[Row] | None = None

    def __call__(self, *values: object) -> list[Row]:
        queryset, template, sql, places = self._kept or self._compile()
        connection = connections[queryset.db]
        if any(isinstance(value, int) and abs(value) > LARGEST for value in values):
            return []  # nothing is equal to it; PostgreSQL would compare every row as a decimal
        if queryset.query.select_for_update and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        compiler = copy.copy(template)
        compiler.connection = cast("BaseDatabaseWrapper", _Preparing(connection))
        bound = tuple(values[at] for at in places)
        compiler.as_sql = lambda: (sql, bound)  # type: ignore[method-assign,misc,assignment] # made already
        return list(_reading(queryset, compiler))

    def first(self, *values: object) -> Row | None:
        """The first row, if there is one; the queryset itself says how many are read."""
        return next(iter(self(*values)), None)

    def _compile(self) -> _Kept[Row]:
        places = [Place(at) for at in range(self._make.__code__.co_argcount)]
        queryset = self._make(*places)
        if queryset._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise ValueError("A compiled queryset reads one statement: prefetch by another one.")
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, parameters = compiler.as_sql()
        compiler.connection = None  # each call has its own; this one may end
        self._kept = queryset, compiler, _with_literals(sql, parameters), _places_in(parameters)
        return self._kept


def _places_in(parameters: Iterable[object]) -> tuple[int, ...]:
    return tuple(part.at for part in parameters if isinstance(part, Place))


def _with_literals(sql: str, parameters: Iterable[object]) -> str:
    """Its constants become a part of the statement, so that plans know them: partial indexes are found by them."""
    values = iter(parameters)
    parts = (_literal(next(values)) if part == "%s" else part for part in re.split("(%s|%%)", sql))
    return "".join(parts)


def _literal(value: object) -> str:
    return "%s" if isinstance(value, Place) else Literal(value).as_string().replace("%", "%%")


class _Preparing:
    """A connection whose cursors let the server keep the plan of what they run, after a few times (psycopg).

    While statements are logged, as usual: the log shall have them with their values.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> Any:
        self._connection.ensure_connection()
        if self._connection.queries_logged:
            return self._connection.cursor()
        raw = self._connection.connection
        usual, raw.cursor_factory = raw.cursor_factory, ServerBindingCursor
        try:
            return self._connection.cursor()
        finally:
            raw.cursor_factory = usual


def _reading(queryset: QuerySet[Any, Row], compiler: SQLCompiler) -> Any:
    """What makes the rows: the queryset's own iterable, over a query that answers with this compiler."""
    query = copy.copy(queryset.query)
    query.get_compiler = lambda using=None, connection=None, elide_empty=True: compiler  # type: ignore[method-assign]
    asked = cast("QuerySet[Model]", object.__new__(type(queryset)))
    asked.__dict__.update(queryset.__dict__, _query=query)
    return queryset._iterable_class(asked)
