"""Webhooks against a real receiver on the loopback: what arrives, who believes it, what is tried again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.contrib.auth.models import User

from approvals import reminders
from deploy.webhooks.receiver import NotOurs, Receiver
from rfcs import clock, events
from rfcs.delivery import calls, leases, webhooks
from rfcs.delivery.posting import post
from rfcs.delivery.retrying import retry
from rfcs.delivery.topics import FAMILIES, TOPICS, News, body
from rfcs.delivery.webhooks import Wish
from rfcs.errors import Refused
from rfcs.models import Event, Message, Webhook, WebhookCall
from rfcs.models.webhooks import Announcement, Style
from rfcs.obligations import accepting
from rfcs.outages import recording
from rfcs.outages.telling import Said
from rfcs.states import STEWARDS
from tests import factories as f
from tests.receivers import Received, closed_port, http

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def receiver() -> Iterator[Received]:
    with http() as got:
        yield got


@pytest.fixture
def steward() -> User:
    return f.person("steward", STEWARDS)


def listen(steward: User, url: str, **wish: Any) -> tuple[Webhook, str]:
    return webhooks.create(Wish("Chat", url, **wish), by=steward)


def run() -> int:
    while calls.announce():
        pass
    return calls.deliver()


def kinds(got: Received) -> list[str]:
    return [json.loads(said)["type"] for _, said in got.calls]


def test_what_happens_to_an_rfc_arrives_signed_once(receiver: Received, steward: User) -> None:
    _, secret = listen(steward, receiver.url, topics=("moves",))
    rfc = f.rfc_in("assessment")

    assert [run(), run()] == [1, 0]

    headers, said = receiver.calls[0]
    news = Receiver([secret]).read(headers, said.encode())
    assert news is not None
    assert (news["type"], news["data"]["rfc"]["number"]) == ("move.submit", rfc.number)
    assert news["data"]["digest"] == Event.objects.get(kind="move.submit").digest
    assert news["data"]["facts"] == {"from": "draft", "to": "assessment"}
    assert WebhookCall.objects.get().standing == "sent"


def test_a_replay_is_known_and_refused_after_five_minutes(receiver: Received, steward: User) -> None:
    """Row 28. Without the time in the signed text the old call could be sent again for ever."""
    _, secret = listen(steward, receiver.url, topics=("moves",))
    f.rfc_in("assessment")
    run()
    headers, said = receiver.calls[0]
    same = Receiver([secret])

    assert same.read(headers, said.encode()) is not None
    assert same.read(headers, said.encode()) is None
    with pytest.raises(NotOurs, match="too old"):
        Receiver([secret], clock=lambda: time.time() + 360).read(headers, said.encode())
    forged = headers | {"webhook-timestamp": str(int(time.time()) + 100)}
    with pytest.raises(NotOurs, match="no signature fits"):
        Receiver([secret]).read(forged, said.encode())


@pytest.mark.parametrize("change", ["body", "id", "secret", "missing"])
def test_what_was_altered_is_not_believed(change: str, receiver: Received, steward: User) -> None:
    _, secret = listen(steward, receiver.url, topics=("moves",))
    f.rfc_in("assessment")
    run()
    headers, said = receiver.calls[0]
    plain = {name.lower(): value for name, value in headers.items()}
    altered = {
        "body": (plain, said.replace("assessment", "approved"), secret),
        "id": (plain | {"webhook-id": "msg_other"}, said, secret),
        "secret": (plain, said, "whsec_" + "A" * 43 + "="),
        "missing": ({}, said, secret),
    }[change]

    with pytest.raises(NotOurs):
        Receiver([altered[2]]).read(altered[0], altered[1].encode())


def test_the_old_key_signs_in_the_overlap_and_not_after_it(
    receiver: Received, steward: User, clock_shift: Callable[..., None]
) -> None:
    webhook, old = listen(steward, receiver.url, topics=("moves",))
    new = webhooks.rotate(webhook, by=steward)
    f.rfc_in("assessment")
    run()
    clock_shift(hours=25)
    f.rfc_in("assessment")
    run()
    later = time.time() + 25 * 3_600

    during, after = ((headers, said.encode()) for headers, said in receiver.calls)

    assert Receiver([old]).read(*during)
    assert Receiver([new]).read(*during)
    assert Receiver([new], clock=lambda: later).read(*after)
    with pytest.raises(NotOurs, match="no signature fits"):
        Receiver([old], clock=lambda: later).read(*after)


def test_only_what_was_asked_for_is_told(receiver: Received, steward: User) -> None:
    f.owned("src/packages/billing", teams=("billing",))
    f.team("design")
    f.board(3)
    with http() as other:
        listen(
            steward, receiver.url, topics=("decisions",), packages=("src/packages/billing",), teams=("architecture",)
        )
        listen(steward, other.url, packages=("src/packages/other",))
        listen(steward, other.url, teams=("design",))
        listen(steward, receiver.url, topics=("decisions",), packages=("src/packages/billing/invoices/pdf",))
        rfc = f.approve(f.rfc_in("review"))
        run()

    assert rfc.state == "approved"
    assert kinds(receiver) == ["move.approve"] * 2  # the second for a part of a package that the RFC names
    assert other.calls == []


def test_calls_are_queued_in_the_order_in_which_things_happened(steward: User) -> None:
    """Newest first, a receiver that keeps up with states would end with the oldest."""
    listen(steward, "https://127.0.0.1/", topics=("moves", "decisions"))
    f.rfc_in("approved")

    calls.announce()

    events = WebhookCall.objects.order_by("id").values_list("event", flat=True)
    assert list(events) == sorted(events)
    assert len(events) > 1


@pytest.mark.parametrize(
    ("topic", "wanted"),
    [
        (
            "obligations",
            [
                *["obligation.began"] * 3,
                "justification.filed",
                "obligation.met",
                "retroactive.denied",
                "obligation.began",
                "risk.accepted",
                *["obligation.met"] * 3,
            ],
        ),
        ("outages", ["outage.recorded"] * 3),
        ("escalations", ["reminder.escalated"]),
    ],
)
def test_what_an_emergency_owes_and_how_long_it_hurt_is_told(
    topic: str, wanted: list[str], receiver: Received, steward: User, clock_shift: Callable[..., None]
) -> None:
    """Every body is as the schema says, and holds no text that somebody wrote."""
    listen(steward, receiver.url, topics=(topic,))
    board = f.board(3)
    rfc = f.reject(f.file_full(f.short_in("implementation")))
    until = f.today() + timedelta(days=9)
    accepting.accept(rfc, by=board[0], reason="A secret reason.", until=until)
    begin = (clock.now() - timedelta(hours=1)).isoformat()
    first = recording.record(rfc, by=rfc.owner, said=Said(begin, note="A secret note."))
    ended = recording.end_now(rfc, by=rfc.owner, corrects=first.pk)
    recording.record(rfc, by=rfc.owner, said=Said(note="A secret drill."), corrects=ended.pk, retracted=True)
    clock_shift(days=12)
    reminders.sweep()

    while run():
        pass

    bodies = [json.loads(said) for _, said in receiver.calls]
    schema = json.loads((ROOT / "docs/schemas/webhook-1.json").read_text(encoding="utf-8"))
    for said in bodies:
        jsonschema.validate(said, schema)
    assert [said["type"] for said in bodies] == wanted
    assert "secret" not in json.dumps(bodies)
    assert SENTENCES[topic] <= {said["data"]["sentence"].removeprefix(said["data"]["by"]) for said in bodies}


SENTENCES = {
    "obligations": {" began what is owed from now on: Full justification", " decided for the board: denied"},
    "outages": {" recorded an outage that still lasts", " corrected an outage", " took back an outage"},
    "escalations": {" told those above of what is due: the decision about the accepted risk"},
}


def test_a_team_that_owes_is_told_and_another_is_not(receiver: Received, steward: User) -> None:
    for name in ("architecture", "stewards"):
        f.team(name)
        listen(steward, receiver.url, topics=("obligations",), teams=(name,))
    f.short_in("implementation")

    run()

    assert [json.loads(said)["data"]["facts"]["obligation"] for _, said in receiver.calls] == ["retroactive_review"]


def test_an_rfc_under_embargo_reaches_no_webhook(receiver: Received, steward: User) -> None:
    """Neither when it happens nor from the queue, when the embargo came later."""
    listen(steward, receiver.url)
    f.rfc_in("assessment", author=f.person(None, "security"), embargoed=True)
    assert run() == 0
    rfc = f.rfc_in("assessment")
    calls.announce()
    type(rfc).objects.filter(pk=rfc.pk).update(embargoed=True)

    assert run() == 0
    assert receiver.calls == []
    assert {call.standing for call in WebhookCall.objects.all()} == {"dead"}
    assert not Message.objects.filter(key__startswith="dead-letters:").exists()


def test_an_embargo_holds_up_no_call_about_another_rfc(receiver: Received, steward: User) -> None:
    """It is not the receiver that failed."""
    listen(steward, receiver.url, topics=("moves",))
    hidden, seen = f.rfc_in("assessment"), f.rfc_in("assessment")
    calls.announce()
    type(hidden).objects.filter(pk=hidden.pk).update(embargoed=True)

    assert run() == 1
    assert json.loads(receiver.calls[0][1])["data"]["rfc"]["number"] == seen.number


def test_an_event_that_is_rolled_back_is_not_announced(steward: User) -> None:
    listen(steward, "https://hooks.example.org/x")
    rfc = f.rfc_in("assessment")
    Announcement.objects.all().delete()

    with pytest.raises(Refused):
        f.move(rfc, "close")

    assert not Announcement.objects.exists()


def test_an_event_that_cannot_be_told_keeps_no_other_waiting_and_is_tried_again(
    receiver: Received, steward: User, clock_shift: Callable[..., None]
) -> None:
    """Of a version that is gone, say. It stood before everything that happened after it, for ever."""
    listen(steward, receiver.url, topics=("moves",))
    rfc = f.draft()
    events.record(rfc.stream, "move.ascend", actor=rfc.owner, payload={"to": "heaven"})
    f.move(rfc, "submit")

    assert (run(), kinds(receiver)) == (1, ["move.submit"])
    assert calls.announce() == 0
    for hours in range(0, 5 * leases.MOST_ATTEMPTS, 5):
        clock_shift(hours=hours)
        calls.announce()
    assert not Announcement.objects.exists()
    assert "move.ascend" in Message.objects.get(key__startswith="dead-letters:webhook").text


def test_a_webhook_that_cannot_be_asked_keeps_no_other_waiting_and_gets_its_call_later(
    receiver: Received, steward: User, clock_shift: Callable[..., None]
) -> None:
    listen(steward, receiver.url, topics=("moves",))
    broken, _ = listen(steward, receiver.url, topics=("moves",))
    Webhook.objects.filter(pk=broken.pk).update(style="pigeon")
    f.rfc_in("assessment")

    assert run() == 1
    Webhook.objects.filter(pk=broken.pk).update(style="standard")
    assert run() == 0
    clock_shift(minutes=5)
    assert run() == 1
    assert sorted(WebhookCall.objects.values_list("webhook", flat=True)) == sorted(
        Webhook.objects.values_list("pk", flat=True)
    )


def test_without_a_webhook_nothing_is_noted(steward: User) -> None:
    f.rfc_in("assessment")

    assert not Announcement.objects.exists()


def test_a_receiver_that_fails_is_tried_again_and_keeps_no_other_waiting(
    receiver: Received, steward: User, clock_shift: Callable[..., None]
) -> None:
    """One hanging or failing receiver, several calls: each of them waiting for its own timeout held up all others."""
    with closed_port() as port:
        away, _ = listen(steward, f"http://127.0.0.1:{port}/")
        listen(steward, receiver.url, topics=("moves",))
        f.rfc_in("review")

        assert run() == 2
        owed = WebhookCall.objects.filter(webhook=away)
        assert {call.standing for call in owed} == {"failed"}
        assert sum(call.attempts for call in owed) == 1
        assert run() == 0
        clock_shift(minutes=3)
        run()
        assert sum(call.attempts for call in owed.all()) == 2


def test_a_receiver_that_hangs_is_tried_once_however_much_waits_for_it(
    receiver: Received, steward: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried once in each batch, fifty calls to it would hold up the others for a minute."""
    with http(lambda number: None) as silent:
        waits = {silent.url: 0.5}
        monkeypatch.setattr(
            calls, "post", lambda url, *said, **how: post(url, *said, **how, seconds=waits.get(url, 60))
        )
        hanging, _ = listen(steward, silent.url)
        at = clock.now()
        for _ in range(2 * calls.BATCH + 1):
            calls.queue_test(hanging, steward, at)
        last = calls.queue_test(listen(steward, receiver.url)[0], steward, at)

        assert run() == 1
        assert len(silent.calls) == 1

    last.refresh_from_db()
    assert last.standing == "sent"
    assert {call.last_error for call in hanging.calls.all()} == {"It did not answer within 0.5 seconds."}


def test_what_fails_for_days_is_a_dead_letter_that_stewards_hear_of_and_send_again(
    steward: User, clock_shift: Callable[..., None]
) -> None:
    with http(lambda number: 500 if number <= leases.MOST_ATTEMPTS else 204) as got:
        webhook, _ = listen(steward, got.url, topics=("moves",))
        f.rfc_in("assessment")
        for attempt in range(leases.MOST_ATTEMPTS + 3):
            clock_shift(hours=5 * attempt)
            run()
        call = webhook.calls.get()
        assert (call.standing, call.attempts, call.answered) == ("dead", leases.MOST_ATTEMPTS, 500)
        assert Message.objects.get(key__startswith="dead-letters:").recipient == steward

        retry(call, by=steward)
        assert run() == 1

    assert webhook.calls.get().standing == "sent"
    assert Event.objects.filter(kind="delivery.retried").count() == 1
    assert len({headers["webhook-id"] for headers, _ in got.calls}) == 1


@pytest.mark.parametrize("inside", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/"])
def test_a_redirect_inward_is_not_followed(inside: str, steward: User) -> None:
    with http() as victim, http(lambda number: 302, Location=inside) as got:
        got.headers["Location"] = inside if "169" in inside else victim.url
        webhook, _ = listen(steward, got.url, topics=("moves",))
        f.rfc_in("assessment")

        assert run() == 0

    assert victim.calls == []
    assert webhook.calls.get().last_error == "It answered 302, a redirect, and none is followed."


@pytest.mark.parametrize("way", [0.0, 1.2], ids=["near", "far"])
def test_a_receiver_that_speaks_a_byte_at_a_time_is_cut_off(way: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket's own timeout begins anew with every byte: without the cut from outside this never ends.

    From far away the time is over before there is a connection that could be cut.
    """
    import socket
    import socketserver
    import threading

    from rfcs.delivery.posting import Failed, post

    connect = socket.create_connection

    def connect_late(*to: Any, **how: Any) -> socket.socket:
        time.sleep(way)
        return connect(*to, **how)

    monkeypatch.setattr(socket, "create_connection", connect_late)

    class Dripping(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                while True:
                    self.wfile.write(b"H")
                    time.sleep(0.1)
            except OSError:
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dripping) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        begin = time.monotonic()
        with pytest.raises(Failed, match="did not answer within 1 seconds"):
            post(f"http://127.0.0.1:{server.server_address[1]}/", "{}", {}, private=["127.0.0.1"], seconds=1)
        assert time.monotonic() - begin < 10
        server.shutdown()


def test_an_answer_is_not_read_to_its_end() -> None:
    from rfcs.delivery.posting import MOST_READ, Failed, post

    with http(lambda number: 500, X_Long="a" * 100) as got, pytest.raises(Failed) as failed:
        post(got.url, "{}", {}, private=["127.0.0.1"])

    assert len(str(failed.value)) < MOST_READ


def test_a_name_is_looked_up_once_and_the_address_is_what_is_called(receiver: Received, settings: Any) -> None:
    """With a second look-up a name server could answer with an address inside once the first one was judged."""
    from rfcs.delivery.posting import post

    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    post(f"http://chat.test:{receiver.port}/x", "{}", {}, private=["chat.test"], resolver=resolver)

    assert asked == ["chat.test"]
    assert receiver.calls[0][0]["Host"] == f"chat.test:{receiver.port}"


# Making them ------------------------------------------------------------------------------------------------


def test_only_stewards_make_change_turn_and_end_webhooks(steward: User) -> None:
    webhook, _ = listen(steward, "https://hooks.example.org/x")
    other = f.person()
    for verb in (
        lambda: webhooks.create(Wish("a", "https://a.example/"), by=other),
        lambda: webhooks.change(webhook, Wish("a", ""), by=other),
        lambda: webhooks.rotate(webhook, by=other),
        lambda: webhooks.test(webhook, by=other),
        lambda: webhooks.end(webhook, by=other),
    ):
        with pytest.raises(Refused) as refused:
            verb()
        assert (refused.value.status, refused.value.reasons[0].code) == (403, "not_a_steward")


def test_every_reason_against_a_webhook_at_once(steward: User) -> None:
    wish = Wish(" ", "http://10.0.0.1/", "irc", ("weather",), ("../etc",), ("nobody",))

    with pytest.raises(Refused) as refused:
        webhooks.create(wish, by=steward)

    codes = [reason.code for reason in refused.value.reasons]
    assert (refused.value.status, codes) == (422, ["name", "unfit_address", "style", "topics", "packages", "teams"])


def test_neither_address_nor_secret_stands_readable_anywhere(steward: User) -> None:
    webhook, secret = listen(steward, "https://hooks.example.org/T0/B0/very-secret")
    webhooks.change(webhook, Wish("Other", "", "slack"), by=steward)
    webhooks.rotate(webhook, by=steward)

    stored = [str(vars(row)) for row in (*Webhook.objects.all(), *Event.objects.filter(kind__startswith="webhook"))]

    assert len(stored) == 4
    assert not [text for text in stored if "very-secret" in text or secret.removeprefix("whsec_")[:20] in text]
    assert Webhook.objects.get().host == "hooks.example.org"


def test_an_ended_webhook_is_sent_nothing_more(receiver: Received, steward: User) -> None:
    webhook, _ = listen(steward, receiver.url)
    f.rfc_in("assessment")
    calls.announce()
    webhooks.end(webhook, by=steward)

    assert run() == 0
    assert receiver.calls == []
    with pytest.raises(Refused):
        webhooks.test(webhook, by=steward)


def test_what_a_worker_has_in_its_hands_goes_to_no_webhook_that_was_ended(receiver: Received, steward: User) -> None:
    """And stays given up: tried on, it would blame the portal's key, which is fine, for three days."""
    webhook, _ = listen(steward, receiver.url, topics=("moves",))
    f.rfc_in("assessment")
    calls.announce()
    claimed = leases.claim(WebhookCall.objects.select_related("webhook", "event"))
    webhooks.end(webhook, by=steward)
    WebhookCall.objects.update(dead_at=None)  # as if it was queued in that moment

    calls._deliver(claimed, {})

    call = WebhookCall.objects.get()
    assert (receiver.calls, call.standing, call.last_error) == ([], "dead", "The webhook was ended.")


def test_a_webhook_is_mended_after_the_portals_key_was_lost(receiver: Received, steward: User, settings: Any) -> None:
    """The secret under the lost key signs no more: asked to sign beside the new one, it failed every call."""
    webhook, _ = listen(steward, receiver.url, topics=("moves",))
    settings.SECRET_KEY = "another one, of which the old seals know nothing"

    with pytest.raises(Refused) as refused:
        webhooks.change(webhook, Wish("Chat", ""), by=steward)
    assert refused.value.reasons[0].code == "address_lost"
    webhooks.change(webhook, Wish("Chat", receiver.url, topics=("moves",)), by=steward)
    secret = webhooks.rotate(webhook, by=steward)
    f.rfc_in("assessment")

    assert run() == 1
    headers, said = receiver.calls[0]
    assert Receiver([secret]).read(headers, said.encode())


def test_the_test_button_sends_a_test(receiver: Received, steward: User) -> None:
    webhook, _ = listen(steward, receiver.url, topics=("decisions",))

    webhooks.test(webhook, by=steward)

    assert run() == 1
    assert kinds(receiver) == ["test"]


# Words ------------------------------------------------------------------------------------------------------


def news(title: str) -> News:
    facts = {"package": "src/a"}
    at = "2031-03-03T10:00:00+00:00"
    url = "https://breakwater.example/rfcs/RFC-0042/"
    return News("move.approve", at, "RFC-0042", title, "approved", "standard", url, "Ada", "ada", ("src/a",), facts)


@pytest.mark.parametrize("style", Style.values)
def test_a_title_mentions_nobody_and_is_no_markup(style: str) -> None:
    said = body(style, news("<!channel> @all @channel [x](http://evil.example) *bold* <https://evil.example|here>"))

    shown = json.dumps(json.loads(said), ensure_ascii=False)
    found = [len(re.findall(text, shown)) for text in (r"<!channel>", r"(?<!\\)<https://evil", r"@all", r"\[x\]\(")]
    assert found == {"standard": [1, 1, 1, 1], "slack": [0, 0, 1, 1]}.get(style, [0, 0, 0, 0])


def test_the_shapes_that_chat_tools_take() -> None:
    slack, teams, mattermost = (json.loads(body(style, news("A title"))) for style in ("slack", "teams", "mattermost"))

    assert slack["text"] == "RFC-0042: Ada decided: approved"
    assert slack["blocks"][0]["text"]["type"] == "mrkdwn"
    card = teams["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["actions"][0]["url"].endswith("/RFC-0042/")
    assert mattermost["text"].startswith("**[RFC-0042: A title](https://breakwater.example/rfcs/RFC-0042/)**")


def test_pauses_grow_to_four_hours_and_three_days_in_all() -> None:
    pauses = [leases.pause(attempt) for attempt in range(1, leases.MOST_ATTEMPTS)]

    assert pauses[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert max(pauses) == timedelta(hours=4)
    assert sum(pauses, timedelta()) > timedelta(hours=60)


def test_the_manual_names_every_topic_and_what_belongs_to_it() -> None:
    said = (ROOT / "docs/api.md").read_text(encoding="utf-8")

    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", said[said.index("| topic |") :], re.MULTILINE))
    named = {
        topic: {kind.partition(".")[0] for kind in re.findall(r"`([\w.]+)`", text)} for topic, text in rows.items()
    }
    families = {topic: {family for family, its in FAMILIES.items() if its == topic} for topic in TOPICS}
    assert {topic: named[topic] for topic in TOPICS} == families | {"decisions": {"move"}}
