"""The sample data: every state and scenario, through the real verbs; a second start renews the tokens and no more."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import transaction
from knox.crypto import hash_token

from approvals.models import Reply, Round, SignOff
from approvals.positions import Position, ReplyKind
from approvals.standing import Standing, open_round
from breakwater.justification import parse, render
from governance import moves, roll
from governance.demo import people, telling
from governance.demo.stories import Edit, moment, read, resolved, stories, unwrapped, working_day
from governance.models import LONGEST_SIGNING_LIFE, AccessToken, Scope
from rfcs import clock
from rfcs.case import Case
from rfcs.content import Content
from rfcs.events import ACCESS, digest_of
from rfcs.lifecycle import outlook
from rfcs.models import (
    RFC,
    Announcement,
    ChecklistItem,
    Event,
    LessonVersion,
    Message,
    Package,
    PolicyVersion,
    Revision,
    Thread,
    Webhook,
)
from rfcs.models.ledger import Channel
from rfcs.outages.lengths import minutes
from rfcs.paths import path_problem
from rfcs.states import TEAMS, Scenario, State, Track
from tests.factories import client_of
from tests.shared import stop_the_clock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any, folder: Path) -> Iterator[str]:
    """The sample data for all tests of this module, and what the command said; taken back at the end.

    A move takes the time before the revision that it mints. With a clock that stands, none passes in between.
    """
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        stop_the_clock()
        patch.setattr("django.conf.settings.VAR", folder)
        yield said()
        transaction.set_rollback(True)


def said() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def rfc_of(slug: str) -> RFC:
    """The RFC that a story tells of, found by its title."""
    story = next(story for story in stories() if story.slug == slug)
    return RFC.objects.get(title=story.facts["title"])


def possible(rfc: RFC) -> set[str]:
    return {prospect.move.name for prospect in outlook(rfc, rfc.owner) if prospect.is_allowed}


def accounts_of(folder: Path) -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = json.loads((folder / "demo.json").read_text(encoding="utf-8"))["accounts"]
    return accounts


# What is there ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("seeded")
def test_every_state_and_scenario_is_there() -> None:
    assert set(RFC.objects.values_list("state", flat=True)) == set(State.values)
    assert set(RFC.objects.exclude(scenario="").values_list("scenario", flat=True)) == set(Scenario.values)


@pytest.mark.usefixtures("seeded")
def test_every_position_is_there() -> None:
    assert set(SignOff.objects.values_list("position", flat=True)) == set(Position.values)


@pytest.mark.usefixtures("seeded")
def test_what_a_round_and_a_rollback_can_meet_is_there() -> None:
    """A concern answered, one overridden, a hold, a delegate's signature, threads settled and open, a lesson."""
    assert set(Reply.objects.values_list("kind", flat=True)) >= {ReplyKind.ANSWER, ReplyKind.OVERRIDE}
    signed = SignOff.objects.exclude(on_behalf_of=None).get()
    assert signed.signed_by == "Dmytro Kovalenko for Rafael Ortega"
    assert set(Thread.objects.values_list("resolved_by__username", flat=True)) == {None, "noor"}
    assert LessonVersion.objects.get().actions[0]["owner"] == "leilani"


@pytest.mark.usefixtures("seeded")
def test_an_outage_an_embargo_and_a_webhook_are_there() -> None:
    """The outage was told while it lasted and corrected; the embargoed emergency exists for those who need it."""
    outage, hidden = rfc_of("ingestion-stall").outages.standing().get(), rfc_of("signature-bypass")
    seen = {name: RFC.objects.visible_to(User.objects.get(username=name)).filter(pk=hidden.pk).exists() for name in SEE}

    assert (outage.corrects is not None, minutes([outage.span], until=clock.now())) == (True, 72)
    assert (hidden.state, hidden.embargoed) == (State.IMPLEMENTATION, True)
    assert seen == SEE
    assert Webhook.objects.get().name == "Chat of the platform team"
    assert not Announcement.objects.exists()


SEE = {"camille": True, "tomasz": True, "kwame": True, "margarethe": True, "arjun": False, "shauna": False}


def test_numbers_follow_the_files_and_every_story_is_announced(seeded: str) -> None:
    titles = [story.facts["title"] for story in stories()]

    assert list(RFC.objects.order_by("id").values_list("title", flat=True)) == titles
    assert seeded.count("Writing the story of") == len(titles)


@pytest.mark.usefixtures("seeded")
def test_every_submitted_document_is_complete_but_the_one_that_shows_what_is_missing() -> None:
    submitted = RFC.objects.exclude(state=State.DRAFT).filter(track=Track.STANDARD)

    assert [rfc.pk for rfc in submitted if Case(rfc).problems] == [rfc_of("opentelemetry").pk]


@pytest.mark.usefixtures("seeded")
def test_every_document_survives_the_way_through_its_file() -> None:
    documents = [Case(rfc).content.document(reference=rfc.number) for rfc in RFC.objects.all()]

    assert [document.reference for document in documents if parse(render(document)) != document] == []


@pytest.mark.usefixtures("seeded")
def test_every_path_is_valid_and_in_the_catalog() -> None:
    paths = {path for rfc in RFC.objects.all() for path in Case(rfc).working.paths}

    assert [path for path in paths if path_problem(path)] == []
    assert paths <= set(Package.objects.values_list("path", flat=True))


@pytest.mark.usefixtures("seeded")
def test_references_between_stories_are_numbers() -> None:
    texts = json.dumps(list(Revision.objects.values_list("content_json", "note")))
    texts += json.dumps(list(Event.objects.values_list("payload", flat=True)))

    assert "[[" not in texts.replace("[[{", "")
    assert rfc_of("pydantic-2").number in Case(rfc_of("python-313")).content.change_summary


# What a visitor can do ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    ("slug", "move"),
    [
        ("quality-flags", "submit"),
        ("detector-capabilities", "request_review"),
        ("typed-subjects", "start"),
        ("edge-mtls", "finish"),
        ("graphql-gateway", "revise"),
    ],
)
def test_next_move_is_ready_for_the_owner(slug: str, move: str) -> None:
    rfc = rfc_of(slug)
    assert move in possible(rfc)

    moves.make(rfc, move, by=rfc.owner, inputs={})


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(
    ("slug", "move"), [("async-exports", "submit"), ("opentelemetry", "request_review"), ("pydantic-2", "finish")]
)
def test_unready_ones_say_what_is_missing(slug: str, move: str) -> None:
    assert move not in possible(rfc_of(slug))


@pytest.mark.usefixtures("seeded")
def test_rounds_stand_as_the_stories_mean_them() -> None:
    def forecasts(slug: str) -> list[str]:
        rfc = rfc_of(slug)
        round_ = open_round(rfc)
        assert round_ is not None
        return [row.forecast for row in Standing(round_, Case(rfc)).rows]

    assert forecasts("async-repositories") == ["Needs 1 more approval (1 of 2)."]
    assert forecasts("tenant-keys") == ["Needs 1 more approval (1 of 2).", "Passed: 1 of 1 needed approvals."]
    assert forecasts("keys-out-of-urls") == ["Passed: 3 of 3 needed approvals.", "Needs 1 more approval (0 of 1)."]
    assert forecasts("forecast-v3") == ["Blocked by 1 open concern."]
    assert forecasts("python-313") == ["Needs 3 more approvals (0 of 3)."]
    assert forecasts("ucum-units") == ["Needs 3 more approvals (0 of 3)."]


@pytest.mark.usefixtures("seeded")
def test_one_clash_is_left_to_settle_and_the_others_are_settled() -> None:
    pairs = {
        (*sorted((rfc.pk, clash.other.pk)), clash.resolution is not None)
        for rfc in RFC.objects.all()
        for clash in Case(rfc).clashes
    }
    open_one = (rfc_of("async-repositories").pk, rfc_of("detector-capabilities").pk, False)

    assert [pair for pair in pairs if not pair[2]] == [open_one]
    assert len(pairs) > 3
    for slug, other in (
        ("async-repositories", "detector-capabilities"),
        ("detector-capabilities", "async-repositories"),
    ):
        page = client_of(rfc_of(slug).owner).get(rfc_of(slug).get_absolute_url()).content.decode()
        notice = page.partition("Another RFC changes the same packages in the same days.")[2].partition("Settle it")[0]
        assert rfc_of(other).number in notice


@pytest.mark.usefixtures("seeded")
def test_the_freeze_stands_in_the_policys_record() -> None:
    event = Event.objects.get(stream="policy", kind="policy.activated")
    newest = PolicyVersion.current()

    assert event.payload == {"version": newest.version, "freezes": [freeze.key for freeze in newest.policy.freezes]}


@pytest.mark.usefixtures("seeded")
def test_one_first_response_is_overdue_and_one_is_not() -> None:
    now = clock.now()
    silent = Round.objects.filter(closed_at=None).exclude(pk__in=SignOff.objects.values("round"))

    overdue = silent.filter(first_response_due__lt=now)
    assert [round_.rfc_id for round_ in overdue] == [rfc_of("python-313").pk]
    assert [round_.rfc_id for round_ in silent.exclude(pk__in=overdue)] == [rfc_of("ucum-units").pk]


# The record -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("seeded")
def test_every_chain_verifies_in_ascending_time() -> None:
    now = clock.now()
    heads: dict[str, Event] = {}
    for event in Event.objects.order_by("stream", "seq"):
        before = heads.get(event.stream)
        assert (event.seq, event.previous) == ((before.seq + 1, before.digest) if before else (1, ""))
        assert event.digest == digest_of(event)
        assert before is None or before.at <= event.at
        assert event.at <= now
        heads[event.stream] = event


@pytest.mark.usefixtures("seeded")
def test_story_is_told_without_a_refusal() -> None:
    assert not Event.objects.filter(stream=ACCESS, kind="refused").exists()


@pytest.mark.usefixtures("seeded")
def test_history_reaches_back_a_quarter_and_up_to_today() -> None:
    told = Event.objects.filter(stream__startswith="rfc:").order_by("at")
    now, moments = clock.now(), told.values_list("at", flat=True)

    assert timedelta(days=85) < now - moments[0] < timedelta(days=95)
    assert now - moments[len(moments) - 1] < timedelta(hours=2)


@pytest.mark.usefixtures("seeded")
def test_evidence_of_others_is_not_from_contributors() -> None:
    verified = ChecklistItem.objects.filter(kind="verified").exclude(closed_at=None).select_related("rfc")

    assert verified
    assert all(item.closed_by_id not in item.rfc.contributor_ids() for item in verified)


@pytest.mark.usefixtures("seeded")
def test_mail_of_the_past_does_not_flood_and_inboxes_are_alive() -> None:
    waiting, unread = Message.objects.filter(sent_at=None), Message.objects.filter(channel=Channel.IN_APP, read_at=None)

    assert 5 <= waiting.count() <= 20
    assert 10 <= unread.count() <= 50
    assert unread.filter(recipient__username="ingrid").exists()


# Accounts -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("seeded")
def test_teams_have_the_members_that_the_process_needs() -> None:
    sizes = {group.name: group.user_set.count() for group in Group.objects.filter(name__in=TEAMS)}

    assert sizes == {"architecture": 5, "security": 3, "incident_command": 2, "stewards": 2, "auditors": 1}
    assert all(package.owners.exists() or package.owner_teams.exists() for package in Package.objects.all())
    assert list(roll.verify()) == []


@pytest.mark.usefixtures("seeded")
def test_demo_json_lists_every_account(folder: Path, settings: Any) -> None:
    found = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    roles = {account["username"]: account["roles"] for account in found["accounts"]}

    assert found.keys() == {"url", "accounts"}
    assert found["url"] == settings.PORTAL_URL
    assert all(account.keys() == {"username", "password", "token", "roles"} for account in found["accounts"])
    assert len(roles) == len(people.PEOPLE)
    assert roles["arjun"] == ["engineer", "package_owner"]
    assert roles["ingrid"] == ["engineer", "architecture", "stewards", "package_owner"]
    assert roles["margarethe"] == ["auditors"]


@pytest.mark.usefixtures("seeded")
def test_demo_json_is_private(folder: Path) -> None:
    assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["demo.json"]


@pytest.mark.usefixtures("seeded")
def test_passwords_and_tokens_open_the_accounts(folder: Path) -> None:
    for account in accounts_of(folder):
        token = AccessToken.objects.get(digest=hash_token(account["token"]))
        assert token.user.username == account["username"]
        assert set(token.scopes) == ({Scope.READ} if account["roles"] == ["auditors"] else set(Scope))
        assert timedelta(hours=11) < token.expiry - clock.now() <= LONGEST_SIGNING_LIFE
    assert authenticate(username="arjun", password=people.PASSWORD) == User.objects.get(username="arjun")


# The command ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("seeded")
def test_second_run_adds_nothing_but_fresh_tokens(folder: Path) -> None:
    def counts() -> dict[str, int]:
        models = (RFC, Revision, SignOff, Round, Message, ChecklistItem, Package, User, AccessToken)
        record = {model.__name__: model._default_manager.count() for model in models}
        return record | {"Event": Event.objects.exclude(stream=ACCESS).count()}

    before, old = counts(), {account["token"] for account in accounts_of(folder)}

    again = said()

    fresh = {account["token"] for account in accounts_of(folder)}
    assert counts() == before
    assert fresh.isdisjoint(old)
    assert not AccessToken.objects.filter(digest__in=[hash_token(token) for token in old]).exists()
    assert "no sample data is added" in again


@pytest.mark.usefixtures("seeded")
def test_second_run_leaves_other_tokens_alone() -> None:
    user = User.objects.get(username="arjun")
    AccessToken.objects.create(user=user, name="my laptop", scopes=[Scope.READ], expiry=timedelta(days=30))

    said()

    assert AccessToken.objects.filter(user=user, name="my laptop").exists()


# How stories are read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        (date(2026, 3, 11), -1, date(2026, 3, 10)),
        (date(2026, 3, 11), -3, date(2026, 3, 6)),
        (date(2026, 3, 11), 3, date(2026, 3, 16)),
        (date(2026, 3, 11), 0, date(2026, 3, 11)),
        (date(2026, 3, 14), 0, date(2026, 3, 16)),  # a Saturday
        (date(2026, 3, 15), -1, date(2026, 3, 13)),
        (date(2026, 3, 15), 1, date(2026, 3, 16)),
    ],
)
def test_working_day_skips_weekends(today: date, days: int, expected: date) -> None:
    assert working_day(today, days) == expected


def test_moment_is_local_office_time_or_minutes_ago() -> None:
    assert moment("-1 09:30", NOON) == datetime(2026, 3, 10, 8, 30, tzinfo=UTC)
    assert moment("-45m", NOON) == NOON - timedelta(minutes=45)


def test_steps_of_a_story_are_in_order_on_any_day_of_the_week() -> None:
    for story in stories():
        for days in range(7):
            now = NOON + timedelta(days=days, hours=days)
            moments = [moment(step.at, now) for step in story.steps]
            assert moments == sorted(moments), story.slug
            assert moments[-1] < now, story.slug


@pytest.mark.parametrize(
    ("wrapped", "text"),
    [
        ("One\ntwo.\n\nThree.", "One two.\n\nThree."),
        ("- One\n  two\n- Three", "- One two\n- Three"),
        ("1. One\n   two\n2. Three", "1. One two\n2. Three"),
        ("| a |\n|---|\n| b |", "| a |\n|---|\n| b |"),
        ("```python\nx\n    y\n```\nOne\ntwo", "```python\nx\n    y\n```\nOne two"),
    ],
)
def test_unwrapped_joins_lines_of_prose_and_nothing_else(wrapped: str, text: str) -> None:
    assert unwrapped(wrapped) == text


def test_reference_to_an_unknown_story_is_an_error() -> None:
    assert resolved("since [[a-b]]", {"a-b": "RFC-0007"}) == "since RFC-0007"
    with pytest.raises(KeyError):
        resolved("since [[nobody]]", {})


def test_edit_finds_words_across_line_breaks_and_says_when_they_are_missing() -> None:
    content = Content(title="T", rollback_plan="1. Stop the\n   workers.")

    assert (
        telling.edited(content, (Edit("rollback_plan", "the workers", "it (\\1)"),)).rollback_plan
        == "1. Stop it (\\1)."
    )
    with pytest.raises(ValueError, match="T: rollback_plan does not say 'the queue'"):
        telling.edited(content, (Edit("rollback_plan", "the queue", "it"),))


def test_unknown_heading_of_a_story_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "01-x.md"
    path.write_text('+++\nauthor = "arjun"\nstep = []\n+++\n\n## Sumary\nText\n', encoding="utf-8")

    with pytest.raises(KeyError, match="Sumary"):
        read(path)
