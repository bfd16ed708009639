"""Pages of emergencies and hotfixes: the short form, the clock, paying what is owed, the forced choice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from governance.pages.record.haste import Countdown, spelled
from rfcs import clock
from rfcs.models import RFC, PolicyVersion
from rfcs.obligations.reminding import Obligations
from tests import factories as f

pytestmark = pytest.mark.django_db

SHORT = {
    "title": "Refuse replayed tokens",
    "change_summary": "A token is bound to its connection.",
    "package_path": ["src/packages/software/auth", ""],
    "package_change": ["Tokens are bound", ""],
    "justification": "Replays are in the logs.",
    "rollback_plan": "1. Revert the commit.",
}


def post(client: Client, name: str, *args: Any, **sent: Any) -> Any:
    return client.post(reverse(name, args=args), sent)


@pytest.fixture
def ada() -> User:
    return f.person("ada")


@pytest.mark.parametrize(
    ("track", "scenario", "kind"), [("emergency", "security", "authorisation"), ("hotfix", "", "authorisation")]
)
def test_one_submit_asks_for_the_authorisation(ada: User, track: str, scenario: str, kind: str) -> None:
    f.person(None, "security", "incident_command")

    answer = post(f.client_of(ada), "rfc-call", track, **SHORT)

    rfc = RFC.objects.get()
    assert (answer.status_code, answer.url) == (302, rfc.get_absolute_url())
    assert (rfc.state, rfc.track, rfc.scenario, rfc.owner) == ("review", track, scenario, ada)
    assert f.revision(rfc).content.paths == ("src/packages/software/auth",)


def test_what_is_missing_is_said_at_once_and_nothing_is_stored(ada: User) -> None:
    answer = post(f.client_of(ada), "rfc-call", "emergency", **SHORT | {"justification": "", "rollback_plan": "Revert"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "say why this cannot wait for the standard track" in page
    assert "The rollback plan has no steps" in page
    assert "Replays" not in page
    assert "A token is bound to its connection." in page
    assert not RFC.objects.exists()


def test_more_packages_without_a_script_keep_what_was_typed(ada: User) -> None:
    answer = post(f.client_of(ada), "rfc-call", "hotfix", **SHORT, add_rows="1")

    assert answer.content.decode().count('name="package_path"') == 2
    assert "A token is bound to its connection." in answer.content.decode()


def test_a_draft_is_kept_as_far_as_it_is_written(ada: User) -> None:
    answer = post(f.client_of(ada), "rfc-call", "emergency", title="Later", keep="1")

    assert (answer.status_code, RFC.objects.get().state) == (302, "draft")


def token_of(client: Client, name: str, *args: Any) -> str:
    found = re.search(r'name="token" value="(\w+)"', client.get(reverse(name, args=args)).content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(("more", "state"), [({}, "review"), ({"keep": "1"}, "draft")])
def test_second_press_leads_to_what_the_first_one_opened(ada: User, more: dict[str, str], state: str) -> None:
    client = f.client_of(ada)
    sent = SHORT | {"token": token_of(client, "rfc-call", "emergency")} | more
    answers = [post(client, "rfc-call", "emergency", **sent) for _ in range(2)]

    rfc = RFC.objects.get()
    assert [answer.url for answer in answers] == [rfc.get_absolute_url()] * 2
    assert rfc.state == state


@pytest.mark.parametrize(("end", "state"), [(lambda rfc: f.move(rfc, "withdraw"), "withdrawn"), (f.reject, "rejected")])
def test_a_form_whose_emergency_has_ended_opens_a_new_one_when_sent_again(
    ada: User, end: Callable[[RFC], RFC], state: str
) -> None:
    f.person(None, "security")
    client, sent = f.client_of(ada), SHORT | {"token": "stale"}
    post(client, "rfc-call", "emergency", **sent)
    rfc = end(RFC.objects.get())

    answer = client.post(reverse("rfc-call", args=["emergency"]), sent, follow=True)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"This form opened {rfc.number}, which is now {state}." in page
    assert "A token is bound to its connection." in page
    fresh = re.search(r'name="token" value="(\w+)"', page)
    assert fresh
    post(client, "rfc-call", "emergency", **sent | {"token": fresh[1]})
    assert sorted(RFC.objects.values_list("state", flat=True)) == sorted(["review", state])


@pytest.mark.parametrize(
    ("more", "on", "state"), [({}, f.authorise, "implementation"), ({"keep": "1"}, f.move, "authorisation")]
)
def test_a_form_sent_again_says_where_what_it_opened_is_by_now(
    ada: User, more: dict[str, str], on: Callable[..., RFC], state: str
) -> None:
    f.person(None, "security")
    client, sent = f.client_of(ada), SHORT | {"token": "stale"} | more
    first = client.post(reverse("rfc-call", args=["emergency"]), sent, follow=True).content.decode()
    assert "before; it is in" not in first
    rfc = on(RFC.objects.get(), *(["request_authorisation"] if more else []))

    page = client.post(reverse("rfc-call", args=["emergency"]), sent, follow=True).content.decode()

    assert f"This form opened {rfc.number} before; it is in {state} now" in page
    assert "has been told" not in page
    assert "is your draft" not in page


def test_other_text_in_a_page_gone_back_to_is_another_emergency_and_so_is_another_persons(ada: User) -> None:
    client = f.client_of(ada)
    sent = SHORT | {"token": token_of(client, "rfc-call", "emergency")}
    post(client, "rfc-call", "emergency", **sent)
    post(client, "rfc-call", "emergency", **sent | {"title": "Refuse replayed cookies"})
    post(f.client_of(f.person()), "rfc-call", "emergency", **sent)
    assert RFC.objects.count() == 3


def test_refused_form_keeps_its_token(ada: User) -> None:
    answer = post(f.client_of(ada), "rfc-call", "emergency", **SHORT | {"justification": ""}, token="abc")
    assert 'name="token" value="abc"' in answer.content.decode()


def test_second_press_of_a_new_draft_leads_to_the_first(ada: User) -> None:
    client = f.client_of(ada)
    sent = {"title": "Kraken", "packages-TOTAL_FORMS": "0", "packages-INITIAL_FORMS": "0"}
    sent |= {"token": token_of(client, "rfc-create")}
    answers = [client.post(reverse("rfc-create"), sent) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [reverse("rfc-edit", args=[RFC.objects.get().number])] * 2


def test_there_is_no_short_form_of_another_track(ada: User) -> None:
    assert f.client_of(ada).get("/rfcs/new/standard/").status_code == 404
    assert f.client_of(ada).get("/rfcs/new/scenic/").status_code == 404


def test_whoever_can_authorise_is_led_there_and_others_see_who_can(ada: User) -> None:
    security = f.person("sol", "security")
    rfc = f.short_in("review")

    theirs, others = (f.client_of(user).get(rfc.get_absolute_url()).content.decode() for user in (security, ada))

    assert theirs.count("Authorise, or say why not") == 2
    assert "Authorise, or say why not" not in others
    assert "See who can" in others


def test_the_page_shows_the_clock_what_is_owed_and_by_whom(ada: User) -> None:
    rfc = f.short_in("implementation", author=ada)

    page = f.client_of(ada).get(rfc.get_absolute_url()).content.decode()

    due = rfc.obligations.get(kind="post_hoc_justification").due_at
    assert f'data-due="{due.isoformat()}"' in page
    assert "23 h 59 min left" in page
    assert "<progress" in page
    for words in ("Full justification", "Retroactive review by the board", "Ada Example: File the full justification."):
        assert words in page


def test_an_overdue_clock_says_so_in_words(ada: User, clock_shift: Callable[..., None]) -> None:
    rfc = f.short_in("implementation", author=ada)
    clock_shift(hours=26, minutes=5)

    page = f.client_of(ada).get(rfc.get_absolute_url()).content.decode()

    assert "Overdue for 2 h 5 min" in page
    assert 'data-tone="danger"' in page


def test_filing_on_the_page(ada: User) -> None:
    f.board(3)
    rfc = f.short_in("implementation", author=ada)
    refused = post(f.client_of(ada), "rfc-file", rfc.number)
    full = f.content()
    f.edit(rfc, **{name: getattr(full, name) for name in f.ABBREVIATED})

    answer = post(f.client_of(ada), "rfc-file", rfc.number)

    assert (refused.status_code, answer.status_code) == (422, 302)
    assert rfc.obligations.get(kind="post_hoc_justification").is_met


def test_a_denial_shows_the_choice_and_a_board_member_makes_it(ada: User) -> None:
    body = replace(PolicyVersion.current().policy, acceptance_days=45).json()
    PolicyVersion.objects.create(version=9, body=body, in_force_from=clock.now())
    board = f.board(3)
    rfc = f.reject(f.file_full(f.short_in("implementation", author=ada)))
    seen_by_owner = f.client_of(ada).get(rfc.get_absolute_url()).content.decode()
    member = f.client_of(board[0])
    until = (f.today() + timedelta(days=9)).isoformat()

    refused = post(member, "rfc-accept-risk", rfc.number, reason="", until=until)
    accepted = post(member, "rfc-accept-risk", rfc.number, reason="It is known.", until=until)

    assert "The board denied it" in seen_by_owner
    assert re.search(r"Only a member of the architecture board .* for 45 days at most", seen_by_owner)
    assert (refused.status_code, accepted.status_code) == (422, 302)
    assert f'value="{until}"' in refused.content.decode()
    assert "It is known." in member.get(rfc.get_absolute_url()).content.decode()


def test_a_hotfix_is_followed_up_and_reviewed_on_its_pages(ada: User) -> None:
    commander = f.person("ida", "incident_command")
    rfc = f.short_in("implementation", "hotfix", author=ada)
    mine = f.client_of(ada)

    opened = post(mine, "rfc-follow-up", rfc.number)
    made = RFC.objects.exclude(pk=rfc.pk).get()
    said = {"timeline": "02:10", "cause": "A disk", "went_well": "The alert"}
    more = post(mine, "rfc-incident", rfc.number, **said, add_rows="1")
    refused = post(mine, "rfc-incident", rfc.number, **said)
    action = {"action_what": "Watch it", "action_owner": "ada", "action_due": "2031-03-03"}
    filed = post(mine, "rfc-incident", rfc.number, **said, **action)
    accepted = post(f.client_of(commander), "rfc-incident-accept", rfc.number, version="1")

    assert opened.url == reverse("rfc-edit", args=[made.number])
    assert more.content.decode().count('name="action_what"') == 2
    assert (refused.status_code, filed.status_code, accepted.status_code) == (422, 302, 302)
    assert "02:10" in refused.content.decode()
    assert rfc.obligations.get(kind="post_incident_review").is_met
    assert made.number in mine.get(rfc.get_absolute_url()).content.decode()
    assert rfc.number in mine.get(made.get_absolute_url()).content.decode()


def test_a_follow_up_that_was_withdrawn_can_be_opened_anew(ada: User) -> None:
    """It is owed still: without the button its owner would have nowhere to go."""
    rfc, mine = f.short_in("implementation", "hotfix", author=ada), f.client_of(ada)
    post(mine, "rfc-follow-up", rfc.number)
    made = RFC.objects.exclude(pk=rfc.pk).get()
    assert "Open the follow-up RFC" not in mine.get(rfc.get_absolute_url()).content.decode()

    f.move(made, "withdraw")

    assert "Open the follow-up RFC" in mine.get(rfc.get_absolute_url()).content.decode()


def test_what_is_owed_by_somebody_who_left_is_handed_over_by_a_steward(ada: User) -> None:
    """Only the owner could: the justification of an emergency was owed for ever, and its reminders went to nobody."""
    steward, heir, rfc = f.person("sam", "stewards"), f.person("heir"), f.short_in("rolled_back", author=ada)
    owed = rfc.obligations.get(kind="post_hoc_justification")
    desk = f.client_of(steward)
    sent = {"username": "heir", "hand_over": "1"}
    early = post(desk, "rfc-people", rfc.number, **sent)
    shown = "is closed. Name who owns" in desk.get(rfc.get_absolute_url()).content.decode()
    User.objects.filter(pk=ada.pk).update(is_active=False)

    call = Obligations().call(next(iter(Obligations().open([owed.pk]))))
    assert call is not None
    assert (tuple(call.whom), call.ask.startswith("The account of its owner is closed")) == ((steward,), True)
    assert (early.status_code, shown) == (403, False)
    assert "is closed. Name who owns" in desk.get(rfc.get_absolute_url()).content.decode()
    post(desk, "rfc-people", rfc.number, **sent)

    assert f.again(rfc).owner == heir
    assert f.again(rfc).editors.get() == ada
    assert "Write it" in f.client_of(heir).get(rfc.get_absolute_url()).content.decode()


def test_a_blocked_review_of_the_board_is_asked_again_from_the_page(ada: User) -> None:
    board = f.board(3)
    rfc = f.file_full(f.short_in("implementation", author=ada))
    for member in board:
        f.sign(rfc, member, "recuse")
    mine = f.client_of(ada)
    shown = mine.get(rfc.get_absolute_url()).content.decode()

    refused = post(mine, "rfc-ask-again", rfc.number, note="They stepped aside.", again="yes")
    f.person(None, "architecture"), f.person(None, "architecture")
    asked = post(mine, "rfc-ask-again", rfc.number, note="They stepped aside.", again="yes")

    assert ("The review cannot pass as it stands" in shown, "Ask the board as it is today" in shown) == (True, True)
    assert (refused.status_code, asked.status_code) == (409, 302)
    assert "They stepped aside." in refused.content.decode()
    assert "Ask the board as it is today" not in mine.get(rfc.get_absolute_url()).content.decode()


def _of_june(owner: User, track: str = "emergency") -> RFC:
    """Authorised the day before the outages of these tests."""
    with f.on(2026, 6, 30):
        return f.short_in("implementation", track, author=owner)


def test_an_outage_is_told_corrected_and_ended_on_the_page(ada: User) -> None:
    rfc = _of_june(ada, "hotfix")
    mine, page = f.client_of(ada), rfc.get_absolute_url()
    before = mine.get(page).content.decode()

    times = {"started_at": "2026-07-01T02:10", "ended_at": "", "zone": "Europe/Berlin", "note": "Payments failed"}
    told = post(mine, "rfc-outage", rfc.number, **times)
    first = rfc.outages.get()
    lasting = mine.get(page).content.decode()
    over = post(mine, "rfc-outage", rfc.number, corrects=first.pk, over="now")
    second = rfc.outages.standing().get()
    taken = post(mine, "rfc-outage", rfc.number, corrects=second.pk, note="A test", retracted="yes")
    after = mine.get(page).content.decode()

    assert [answer.status_code for answer in (told, over, taken)] == [302, 302, 302]
    assert f"{first.started_at:%H:%M}" == "00:10"
    assert "Outage: none recorded" in before
    assert ("still lasts" in lasting, "It is over now" in lasting) == (True, True)
    assert ("Outage: none recorded" in after, "Taken back by" in after, "Payments failed" in after) == (True,) * 3


def test_a_refused_outage_keeps_what_was_typed_in_its_own_form(ada: User) -> None:
    rfc = _of_june(ada)
    mine = f.client_of(ada)
    post(mine, "rfc-outage", rfc.number, started_at="2026-07-01T02:10")
    typed = {"started_at": "2026-07-01T05:10", "ended_at": "2026-07-01T03:00", "note": "Longer", "zone": "Asia/Tokyo"}

    answer = post(mine, "rfc-outage", rfc.number, corrects=rfc.outages.get().pk, **typed)

    shown = answer.context["outages"]
    assert (answer.status_code, shown["form"]["is_typed"]) == (422, False)
    assert {name: shown["told"][0].form[name] for name in typed} == typed
    assert "The outage ends before it starts" in answer.content.decode()
    assert post(mine, "rfc-outage", rfc.number, corrects="x").status_code == 422


def test_who_may_not_tell_of_outages_reads_them(ada: User) -> None:
    rfc = _of_june(ada)
    post(f.client_of(ada), "rfc-outage", rfc.number, started_at="2026-07-01T02:10", ended_at="2026-07-01T03:00")

    for reader in (f.person(), f.person(None, "auditors", "stewards")):
        shown = f.client_of(reader).get(rfc.get_absolute_url()).context["outages"]
        assert (shown["total"], shown["form"]) == ("50 min", None)
        assert post(f.client_of(reader), "rfc-outage", rfc.number, started_at="2026-07-01T02:10").status_code == 403


def test_the_post_incident_review_shows_the_outage_as_facts(ada: User) -> None:
    rfc = _of_june(ada, "hotfix")
    mine = f.client_of(ada)
    for end in ("03:00", "03:10"):
        post(mine, "rfc-outage", rfc.number, started_at="2026-07-01T02:10", ended_at=f"2026-07-01T{end}")

    shown = mine.get(reverse("rfc-incident", args=[rfc.number])).content.decode()

    assert ("Outage: 1 h 0 min" in shown, "50 min" in shown) == (True, True)


def test_a_rollback_tells_of_its_outage_in_the_zone_of_the_form(ada: User) -> None:
    rfc = _of_june(ada)
    told = {"move": "roll_back", "note": "It failed", "nothing_merged": "yes", "zone": "Europe/Berlin"}

    answer = post(f.client_of(ada), "rfc-move", rfc.number, **told, outage_start="2026-07-01T02:10")

    assert (answer.status_code, f"{rfc.outages.get().started_at:%H:%M}") == (302, "00:10")


def test_the_queue_shows_what_is_owed_to_those_who_owe_it(ada: User) -> None:
    commander, board = f.person("ida", "incident_command"), f.board(3)
    hotfix = f.short_in("implementation", "hotfix", author=ada)
    emergency = f.file_full(f.short_in("rolled_back", author=ada))

    def queue(person: User) -> list[str]:
        shown = f.client_of(person).get("/").context
        return [row.number for row in shown["mine"]]

    assert queue(ada) == [emergency.number, hotfix.number], "the board's review of it is due first"
    assert queue(board[0]) == [emergency.number]
    assert queue(commander) == []
    post(
        f.client_of(ada),
        "rfc-incident",
        hotfix.number,
        timeline="x",
        cause="x",
        went_well="x",
        action_what="x",
        action_owner="ada",
        action_due="2031-03-03",
    )
    assert queue(commander) == [hotfix.number]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23, minutes=41), "23 h 41 min"),
        (timedelta(hours=47, minutes=59), "47 h 59 min"),
        (timedelta(days=4, hours=3, minutes=9), "4 days 3 h"),
    ],
)
def test_a_duration_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert spelled(span) == words


def test_a_countdown_turns_urgent_and_never_overflows_its_bar() -> None:
    start = clock.now()
    due = start + timedelta(hours=24)

    tones = [Countdown("", "", start, due, start + timedelta(hours=h)).tone for h in (0, 19, 21, 24, 30)]

    assert tones == ["info", "info", "warning", "danger", "danger"]
    assert Countdown("", "", start, due, start + timedelta(days=9)).passed == 86_400


def test_who_owes_several_things_is_named_once_with_each_and_its_deadline(ada: User) -> None:
    rfc = f.short_in("implementation", author=ada)

    page = f.client_of(ada).get(rfc.get_absolute_url()).content.decode()
    said = page.partition('id="turn"')[2].partition("</section>")[0]

    assert said.count("<strong>Ada Example</strong>") == 1
    assert said.index("File the full justification.") < said.index("Close the pre-implementation checklist")
    assert said.count("Due ") >= 3
