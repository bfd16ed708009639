"""What is measured: each operation of the product beside its floor, as requests of Django's test client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.test import Client, override_settings

from approvals import freshness
from approvals.models import Round
from governance.api import tokens
from governance.models import Scope
from rfcs import clock
from rfcs.states import ARCHITECTURE
from tools.bench import floor
from tools.bench.fill import People
from tools.bench.live import prepare
from tools.bench.meter import CannotMeasure
from tools.bench.words import package_paths

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SECRET = "a" * 32
"""The CSRF secret of the product's requests, sent as cookie and in the form."""
NOBODY: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; calling it sends it. With a `signer` it begins with a new session that has just logged in."""

    client: Client
    path: str
    data: Mapping[str, str] = field(default_factory=dict)
    signer: User | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def get_ready(self) -> None:
        if self.signer is None:
            return
        self.client.force_login(self.signer)
        session = self.client.session
        session[freshness.KEY] = clock.now().isoformat()
        session.save()

    def __call__(self) -> Any:
        if self.signer is None:
            answer = self.client.get(self.path, headers=dict(self.headers))
        else:
            answer = self.client.post(self.path, dict(self.data), headers=dict(self.headers))
        if answer.status_code not in {200, 302}:
            raise CannotMeasure(f"{self.path} answered {answer.status_code}: {answer.content[:300]!r}")
        return answer


@dataclass(frozen=True, slots=True)
class Operation:
    """Both askings of one operation. `goal`: CPU milliseconds of the product (speed.md)."""

    name: str
    goal: float
    product: Sequence[Ask]
    floor: Sequence[Ask]


def product_client() -> Client:
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.cookies["csrftoken"] = SECRET
    return client


def floor_client() -> Client:
    client = Client(SERVER_NAME="localhost")
    with override_settings(MIDDLEWARE=floor.MIDDLEWARE):
        client.handler.load_middleware()
    return client


def operations(total: int, people: People, *, requests: int) -> list[Operation]:
    """All operations; those that use up RFCs get `requests` of them for the product and as many for the floor."""
    rounds = prepare(2 * requests, people.writers)
    return [
        *approving(rounds[:requests], rounds[requests:], people.board),
        *lists(total, people.writers[0]),
        *queues(people.board[0]),
        *pages(total, people.writers[0]),
        *api(total, people.writers[0]),
    ]


# Approving ----------------------------------------------------------------------------------------------


def approving(product: Sequence[Round], bare: Sequence[Round], board: Sequence[User]) -> Iterator[Operation]:
    """Two of four approvals make the quorum: the first one is only written, the second one settles the round."""
    ours, theirs = product_client(), floor_client()
    digests = dict(Round.objects.filter(pk__in=[row.pk for row in product]).values_list("pk", "rfc__material_digest"))
    for signer, name, more in ((board[2], "approve", NOBODY), (board[3], "approve, settling", {"settles": "1"})):
        yield Operation(
            name,
            12,
            [Ask(ours, f"/approvals/{row.pk}/sign-off/", signed(digests[row.pk]), signer) for row in product],
            [Ask(theirs, f"/floor/sign-off/{row.pk}/", {"sent": "1", **more}, signer) for row in bare],
        )


def signed(digest: str) -> dict[str, str]:
    return {"team": ARCHITECTURE, "position": "approve", "digest": digest, "csrfmiddlewaretoken": SECRET}


# Lists --------------------------------------------------------------------------------------------------


def lists(total: int, reader: User) -> Iterator[Operation]:
    """The product's address beside the floor's, whose parameters are the columns themselves."""
    ours, theirs = product_client(), floor_client()
    ours.force_login(reader)
    theirs.force_login(reader)
    path = package_paths()[7]
    for name, goal, query, bare in (
        ("list of 50, first page", 12, "", ""),
        ("list of 50, 90 % deep", 12, f"before={total // 10}", f"pk__lt={total // 10}"),
        ("list of 50, by state", 12, "state=closed", "state=closed"),
        ("list of 50, in review", 12, "state=review", "state=review"),
        ("list of 50, by scenario", 12, "scenario=security", "scenario=security"),
        ("list of 50, by package", 12, f"package={path}", f"packages__path={path}"),
        ("search, a common word", 15, "q=breaking", "q=breaking"),
        ("search, two words mistyped", 15, "q=migartion+calender", "q=migartion+calender"),
    ):
        yield Operation(name, goal, [Ask(ours, f"/rfcs/?{query}")], [Ask(theirs, f"/floor/rfcs/?{bare}")])


def queues(reader: User) -> Iterator[Operation]:
    """The first page that a member of the board sees; its floor is the list of what is in review."""
    ours, theirs = product_client(), floor_client()
    ours.force_login(reader)
    theirs.force_login(reader)
    yield Operation("my queue, of a board member", 12, [Ask(ours, "/")], [Ask(theirs, "/floor/rfcs/?state=review")])


# Pages --------------------------------------------------------------------------------------------------


def pages(total: int, reader: User) -> Iterator[Operation]:
    """RFCs in all states, each a document that is rendered for the first time, then one that was seen before."""
    ours, theirs = product_client(), floor_client()
    ours.force_login(reader)
    theirs.force_login(reader)
    numbers = spread(total)
    product = [Ask(ours, f"/rfcs/RFC-{n:04d}/") for n in numbers]
    bare = [Ask(theirs, f"/floor/rfcs/{n}/") for n in numbers]
    yield Operation("RFC page, document not seen before", 10, product, bare)
    yield Operation("RFC page, document seen before", 10, product[:100], bare[:100])
    histories = [Ask(ours, f"/rfcs/RFC-{n:04d}/history/") for n in numbers]
    yield Operation("RFC page, history", 10, histories, [Ask(theirs, f"/floor/rfcs/{n}/?events=1") for n in numbers])


def spread(total: int, most: int = 3_000) -> list[int]:
    """Numbers from all over the mass; a prime step meets every state."""
    count = min(total, most)
    step = max(1, total // count) | 1
    return [1 + n * step * 37 % total for n in range(count)]


def api(total: int, reader: User) -> Iterator[Operation]:
    token, secret = tokens.mint(reader, name="bench", scopes=[Scope.READ], password_ok=False, life=timedelta(days=1))
    ours, theirs = product_client(), floor_client()
    keys, digest = {"Authorization": f"Token {secret}"}, {"X-Digest": token.pk}
    numbers = spread(total)
    yield Operation(
        "API, one RFC",
        4,
        [Ask(ours, f"/api/v1/rfcs/RFC-{n:04d}/", headers=keys) for n in numbers],
        [Ask(theirs, f"/floor/api/rfcs/{n}/", headers=digest) for n in numbers],
    )
    yield Operation(
        "API, list of 50",
        12,
        [Ask(ours, "/api/v1/rfcs/", headers=keys)],
        [Ask(theirs, "/floor/api/rfcs/", headers=digest)],
    )
