"""The ledger of reminders over everything that is due: each step once, the last one after an outage, none in vain."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import User
from django.db import connection

from approvals import concerns, delegations, retroactive
from approvals.models import Round
from approvals.reminders import SOURCES, sweep
from governance.pages.record import panels
from rfcs import clock, events
from rfcs.compliance import waivers
from rfcs.delivery import reminders
from rfcs.delivery.steps import Due
from rfcs.impact import answering
from rfcs.ladder import Ladder
from rfcs.models import RFC, Event, Message, Outage, Reminder
from rfcs.obligations import accepting, owing
from rfcs.obligations.reminding import Obligations
from rfcs.outages import recording
from rfcs.outages.telling import Said
from rfcs.policy import Policy
from rfcs.states import ARCHITECTURE, INCIDENT_COMMAND, STEWARDS, Answer, ObligationKind
from rfcs.working_time import end_of
from tests import factories as f

Shift = Callable[..., None]


def told(rfc: RFC, thing: str = "first-response") -> list[str]:
    rows = Reminder.objects.filter(rfc=rfc, thing__startswith=thing, status="told").order_by("at")
    return list(rows.values_list("step", flat=True))


def ahead(rfc: RFC, thing: str = "first-response") -> list[str]:
    rows = Reminder.objects.filter(rfc=rfc, thing__startswith=thing, status="pending")
    return list(rows.values_list("step", flat=True))


def messages(rfc: RFC, step: str = "") -> list[tuple[int, str]]:
    rows = Message.objects.filter(rfc=rfc, key__startswith="reminder:", key__contains=f":{step}")
    return sorted(rows.values_list("recipient", "channel"))


def both(*people: User) -> list[tuple[int, str]]:
    return sorted((person.pk, channel) for person in people for channel in ("in_app", "mail"))


def round_of(rfc: RFC) -> Round:
    found: Round = Round.objects.filter(rfc=rfc).latest("id")
    return found


def until(moment: object, shift: Shift, **more: float) -> None:
    """Move the clock to this moment, and a little further."""
    seconds = (moment - clock.now()).total_seconds()  # type: ignore[operator]
    shift(seconds=_shifted() + seconds + timedelta(**more).total_seconds())


def _shifted() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM breakwater_now() - clock_timestamp())")
        return float(cursor.fetchone()[0])


@pytest.mark.django_db
def test_the_first_step_stands_ahead_as_soon_as_a_round_is_open() -> None:
    rfc = f.rfc_in("review")

    assert sweep() == 0
    assert (ahead(rfc), told(rfc), messages(rfc)) == (["50%"], [], [])


@pytest.mark.django_db
def test_each_step_is_told_once_to_everyone_awaited(clock_shift: Shift) -> None:
    members = f.board(3)
    rfc = f.rfc_in("review")
    due = round_of(rfc).first_response_due
    found = []

    for step in ("50%", "80%", "due"):
        sweep()
        until(Reminder.objects.get(rfc=rfc, status="pending").at, clock_shift, seconds=5)
        found.append([sweep(), sweep(), sweep()])
        assert messages(rfc, step) == both(*members)

    assert found == [[1, 0, 0]] * 3
    assert told(rfc) == ["50%", "80%", "due"]
    assert Reminder.objects.get(rfc=rfc, step="due").at == due


@pytest.mark.django_db
def test_after_a_week_without_sweeps_one_message_each_reaches_all_whom_the_steps_tell(clock_shift: Shift) -> None:
    """Without the rows that are noted as overtaken, a week's steps came as eight messages to each person."""
    lead = f.lead(ARCHITECTURE, f.person())
    members = [*f.board(3), lead]
    rfc = f.rfc_in("review")
    sweep()
    clock_shift(days=9)

    assert [sweep(), sweep()] == [1, 0]

    assert messages(rfc) == both(*members)
    assert len(told(rfc)) == 1
    states = Reminder.objects.filter(rfc=rfc).values_list("status", flat=True)
    assert set(states) == {"told", "overtaken", "pending"}


@pytest.mark.django_db
def test_a_sweep_that_never_ran_before_catches_up_in_the_same_way(clock_shift: Shift) -> None:
    members = f.board(3)
    rfc = f.rfc_in("review")
    clock_shift(days=30)

    assert [sweep(), sweep()] == [1, 0]
    assert messages(rfc) == both(*members)


@pytest.mark.django_db
def test_what_stays_overdue_reaches_the_leads_and_then_the_board(clock_shift: Shift) -> None:
    owner = f.person()
    lead = f.lead("billing", f.person(None, "billing"))
    board = f.board(2)
    rfc = f.rfc_in("approved", author=owner)
    thing = Due("waiver:1", rfc.pk, clock.now(), clock.now() + timedelta(hours=10))
    source = Thing(thing, (owner,), ("billing",))
    reach = []

    for hours in (9, 11, 35, 59, 83):
        clock_shift(hours=hours)
        reminders.sweep([source])
        last = Message.objects.filter(key__startswith="reminder:waiver:1:", channel="in_app").order_by("-id")
        step = last[0].key.split(":")[3]
        reach.append((step, sorted(last.filter(key__contains=f":{step}:").values_list("recipient", flat=True))))

    assert reach == [
        ("80%", [owner.pk]),
        ("due", [owner.pk]),
        ("overdue-1", sorted([owner.pk, lead.pk])),
        ("overdue-2", [owner.pk]),
        ("overdue-3", sorted([owner.pk, *(one.pk for one in board)])),
    ]
    escalated = Event.objects.filter(stream=rfc.stream, kind="reminder.escalated").order_by("seq")
    assert [(row.payload["step"], row.payload["told"], row.actor) for row in escalated] == [
        ("overdue-1", [lead.username], None),
        ("overdue-3", sorted(one.username for one in board), None),
    ]
    shown = panels.event_row(escalated[0])
    assert (shown["text"], shown["detail"]) == (
        "escalated, since it is overdue: the thing",
        f"Told: {lead.username}.",
    )


class Thing:
    """A source of one thing, as any room may add its own."""

    prefix = "waiver:"

    def __init__(self, due: Due | None, whom: tuple[User, ...], teams: tuple[str, ...] = ()) -> None:
        self.due, self.whom, self.teams = due, whom, teams

    def waiting(self) -> list[tuple[int, datetime]]:
        return [(1, self.due.due_at)] if self.due else []

    def open(self, numbers: Collection[int]) -> list[Due]:
        return [self.due] if self.due and 1 in numbers else []

    def call(self, due: Due) -> reminders.Call:
        return reminders.Call(self.whom, self.teams, "the thing", "Do it.")


class Broken(Thing):
    prefix = "hold:"

    def call(self, due: Due) -> reminders.Call:
        raise ValueError("a defect")


@pytest.mark.django_db
def test_one_that_cannot_be_told_holds_up_no_other_and_stays(clock_shift: Shift) -> None:
    rfc, person = f.rfc_in("approved"), f.person()
    due = [Due(f"{kind}:1", rfc.pk, clock.now(), clock.now() + timedelta(hours=2)) for kind in ("hold", "waiver")]
    clock_shift(hours=3)

    assert reminders.sweep([Broken(due[0], ()), Thing(due[1], (person,))]) == 1
    assert messages(rfc) == both(person)
    assert Reminder.objects.get(thing="hold:1").status == "pending"


@pytest.mark.django_db
@pytest.mark.parametrize("position", ["discuss", "abstain", "recuse", "no_objection"])
def test_after_any_response_the_first_one_is_waited_for_no_more(position: str, clock_shift: Shift) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    sweep()
    f.sign(rfc, one, position)
    clock_shift(days=7)
    sweep()

    assert told(rfc) == ahead(rfc) == []
    assert [row.status for row in Reminder.objects.filter(thing__startswith="first-response")] == ["cancelled"]
    assert (told(rfc, "decision") == []) == (position == "discuss")


@pytest.mark.django_db
def test_a_closed_round_reminds_nobody(clock_shift: Shift) -> None:
    rfc = f.rfc_in("review")
    sweep()
    rfc = f.move(rfc, "recall")
    clock_shift(days=7)

    assert sweep() == 0
    assert (messages(rfc), ahead(rfc)) == ([], [])


@pytest.mark.django_db
def test_a_reason_that_went_after_the_steps_were_written_is_asked_again_when_one_is_told() -> None:
    """Between writing and telling somebody answers: without the second look they were told for nothing."""
    rfc, person = f.rfc_in("approved"), f.person()
    due = Due("waiver:1", rfc.pk, clock.now() - timedelta(days=2), clock.now() - timedelta(days=1))
    source = Thing(due, (person,))
    reminders.keep(source)
    source.due = None

    pk = Reminder.objects.get(status="pending").pk

    assert reminders._settle(pk, {"waiver:": source}) == 0
    assert Reminder.objects.get(pk=pk).status == "cancelled"
    assert messages(rfc) == []


@pytest.mark.django_db
def test_a_second_round_reminds_again(clock_shift: Shift) -> None:
    members = f.board(3)
    rfc = f.rfc_in("review")
    clock_shift(days=7)
    sweep()
    f.move(rfc, "recall")
    f.move(rfc, "request_review")
    clock_shift(days=14)

    assert sweep() == 1
    assert messages(rfc) == sorted(both(*members) * 2)


@pytest.mark.django_db
def test_a_clock_that_stands_still_reminds_no_signer_and_its_steps_move(clock_shift: Shift) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "no_objection")
    sweep()
    before = Reminder.objects.get(rfc=rfc, thing__startswith="decision", status="pending")
    f.sign(rfc, one, "discuss")
    sweep()
    assert ahead(rfc, "decision") == []
    clock_shift(days=10)
    assert sweep() == len(told(rfc, "answer")) == 1

    f.edit(rfc, title="Another title")
    sweep()

    after = Reminder.objects.get(rfc=rfc, thing__startswith="decision", status="pending")
    assert after.due_at == round_of(rfc).decision_due > before.due_at
    assert (after.step, told(rfc, "decision")) == ("50%", [])


@pytest.mark.django_db
def test_time_that_an_owner_asks_for_is_in_the_event_and_moves_the_steps(clock_shift: Shift) -> None:
    owner = f.person()
    f.owned("src/packages/billing/invoices", owner)
    rfc = f.rfc_in("assessment")
    sweep()
    before = Reminder.objects.get(rfc=rfc, status="pending")

    row = answering.answer(rfc, "src/packages/billing/invoices", by=owner, answer=Answer.MORE_TIME)
    sweep()

    after = Reminder.objects.get(rfc=rfc, status="pending")
    assert Event.objects.get(kind="acknowledgement.more_time").payload["due"] == row.due_at.isoformat()
    assert (after.due_at, after.at > before.at) == (row.due_at, True)
    until(before.at, clock_shift, seconds=5)
    assert sweep() == 0
    until(after.at, clock_shift, seconds=5)
    assert sweep() == 1
    assert messages(rfc) == both(owner)


@pytest.mark.django_db
def test_a_hold_says_when_it_ends_and_is_never_overdue(clock_shift: Shift) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "hold")
    sweep()
    until(Reminder.objects.get(rfc=rfc, thing__startswith="hold").at, clock_shift, seconds=5)
    sweep()
    clock_shift(days=20)
    sweep()

    assert told(rfc, "hold") == ["50%"]
    assert ahead(rfc, "hold") == []


@pytest.mark.django_db
def test_a_hold_that_another_round_took_over_is_reminded_of_before_it_lapses(clock_shift: Shift) -> None:
    """The board stepped aside but for one, who holds; it is asked again, and the hold still blocks there."""
    members = f.board(4)
    rfc = f.file_full(f.short_in("implementation"))
    for member in members[1:]:
        f.sign(rfc, member, "recuse")
    hold = f.sign(rfc, members[0], "hold")
    f.board(2)
    retroactive.ask_again(f.again(rfc), by=rfc.owner, note="Three stepped aside.")
    sweep()
    until(Reminder.objects.get(thing=f"hold:{hold.pk}").at, clock_shift, seconds=5)

    sweep()

    assert told(rfc, "hold") == ["50%"]
    assert {pk for pk, _ in messages(rfc, "50%")} >= {members[0].pk}


@pytest.mark.django_db
def test_a_waiver_that_runs_out_is_told_to_the_owner_and_to_who_granted_it(clock_shift: Shift) -> None:
    rfc, steward = f.rfc_in("implementation"), f.person(None, STEWARDS)
    tomorrow: date = clock.now().date() + timedelta(days=1)
    waivers.grant(rfc, "unit_tests_pass", by=steward, reason="The machine is gone", expires_on=tomorrow)
    clock_shift(days=3)  # never three working days overdue, when the board would hear of it
    sweep()

    assert messages(rfc) == both(rfc.owner, steward)
    waivers.revoke(rfc, "unit_tests_pass", by=steward, reason="It is back")
    sweep()
    assert ahead(rfc, "waiver") == []


@pytest.mark.django_db
def test_under_embargo_nobody_is_told_who_does_not_see_the_rfc(clock_shift: Shift) -> None:
    inside = f.person(None, ARCHITECTURE, "security")
    rfc = f.rfc_in("approved", author=f.person(None, "security"), embargoed=True)
    stranger = f.person()
    due = Due("waiver:1", rfc.pk, clock.now() - timedelta(days=2), clock.now() - timedelta(hours=1))

    reminders.sweep([Thing(due, (stranger, inside))])

    assert {pk for pk, _ in messages(rfc, "due")} == {inside.pk}


@pytest.mark.django_db
def test_the_reminder_says_when_it_is_due_and_leads_to_the_rfc(clock_shift: Shift) -> None:
    rfc = f.rfc_in("review")
    due = round_of(rfc).first_response_due
    until(due, clock_shift, seconds=5)

    sweep()

    message = Message.objects.filter(key__startswith="reminder:", key__contains=":due:").first()
    assert message is not None
    assert message.subject == f"{rfc.number}: the first response is due now: {rfc.title}"
    assert message.text.startswith(f"The first response was due {due:%A %-d %B %Y, %H:%M} UTC.")
    assert rfc.number in message.path


@pytest.mark.django_db
def test_the_policy_says_which_steps_there_are() -> None:
    stored = Policy().json() | {"reminders": {"shares": [0.9], "lead_after_days": 2}}

    assert Policy.read(stored).reminders == Ladder((0.9,), 1, 2, 3)
    assert Policy.read({}).reminders == Ladder()


def test_every_kind_of_thing_has_a_prefix_of_its_own() -> None:
    prefixes = [source.prefix for source in SOURCES]

    assert sorted(set(prefixes)) == sorted(prefixes)
    assert not [(one, two) for one in prefixes for two in prefixes if one != two and one.startswith(two)]


@pytest.mark.django_db
def test_a_sweep_reads_no_more_for_more_rounds(django_assert_max_num_queries: Callable[[int], object]) -> None:
    for _ in range(4):
        f.rfc_in("review")
    sweep()

    with django_assert_max_num_queries(45):  # type: ignore[attr-defined]
        sweep()


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_tell_each_step_once() -> None:
    members = f.board(3)
    rfc = f.rfc_in("review")
    together = Barrier(4)
    found: list[int] = []

    def run() -> None:
        try:
            with clock.shifted(timedelta(days=9)):
                together.wait()
                found.append(sweep())
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [0, 0, 0, 1]
    assert messages(rfc) == both(*members)


@pytest.mark.django_db
def test_the_full_justification_is_reminded_of_by_the_wall_clock_and_the_team_and_the_board_hear_when_it_is_late(
    clock_shift: Shift,
) -> None:
    rfc = f.short_in("implementation")
    lead = f.lead("security", f.person(None, "security"))
    board = f.board(2)
    row = rfc.obligations.get(kind="post_hoc_justification")
    thing = f"obligation:{row.pk}"
    sweep()
    reached = []

    for hours in (12, 20, 24):
        until(row.event.at + timedelta(hours=hours), clock_shift, seconds=5)
        sweep()
        reached.append(told(rfc, thing)[-1])

    assert reached == ["50%", "80%", "due"]
    due = {pk for pk, _ in messages(rfc, "due") if Message.objects.filter(recipient=pk, key__contains=thing)}
    assert {rfc.owner_id, lead.pk, *(one.pk for one in board)} <= due
    kinds = Message.objects.filter(key__startswith=f"reminder:{thing}:").values_list("kind", flat=True)
    assert set(kinds) == {"emergency"}


@pytest.mark.django_db
def test_an_obligation_that_is_met_is_no_longer_on_the_ladder() -> None:
    rfc = f.short_in("implementation", "hotfix")
    sweep()
    row = rfc.obligations.get(kind="follow_up_rfc")
    assert ahead(rfc, f"obligation:{row.pk}") == ["50%"]

    with events.attempt("test", actor=rfc.owner, on=rfc.stream, changes=False):
        owing.meet(rfc, ObligationKind.FOLLOW_UP_RFC, by=rfc.owner, how="In a test.")
    sweep()

    assert ahead(rfc, f"obligation:{row.pk}") == []


@pytest.mark.django_db
def test_the_board_is_reminded_of_its_retroactive_review() -> None:
    board = f.board(2)
    rfc = f.short_in("implementation")
    row = rfc.obligations.get(kind="retroactive_review")

    call = Obligations().call(next(iter(Obligations().open([row.pk]))))

    assert call is not None
    assert set(board) <= set(call.whom)
    assert call.ask == "Ratify or deny what was done, once the full justification is filed."
    f.reject(f.file_full(rfc))
    denied = Obligations().call(next(iter(Obligations().open([row.pk]))))
    assert denied is not None
    assert denied.ask.startswith("The board denied it")


@pytest.mark.django_db
def test_a_risk_that_is_borne_until_a_day_is_asked_about_again(clock_shift: Shift) -> None:
    """Without this the day passes unseen, and what the board denied stays for ever."""
    board = f.board(3)
    rfc = f.reject(f.file_full(f.short_in("implementation")))
    first = accepting.accept(rfc, by=board[0], reason="The way back is worse.", until=_in(10))
    sweep()

    until(end_of(first.until, Policy().calendar), clock_shift, minutes=1)
    sweep()

    rows = Message.objects.filter(key__startswith=f"reminder:acceptance:{first.pk}:due:", channel="in_app")
    assert set(rows.values_list("recipient", flat=True)) == {rfc.owner_id, *(member.pk for member in board)}
    accepting.accept(rfc, by=board[1], reason="One more week.", until=_in(7))
    sweep()
    assert ahead(rfc, "acceptance") == ["50%"]
    f.move(rfc, "roll_back")
    sweep()
    assert (told(rfc, "acceptance"), ahead(rfc, "acceptance")) == (["due"], [])


def _in(days: int) -> date:
    return f.today() + timedelta(days=days)


@pytest.mark.django_db
def test_a_concern_that_waits_for_the_owner_is_reminded_of_until_it_is_answered(clock_shift: Shift) -> None:
    """The clock of the round stands still, and so nobody was told of anything, for thirty days."""
    members = f.board(3)
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, members[0], "discuss")
    sweep()
    assert (ahead(rfc, "answer"), ahead(rfc, "decision")) == (["50%"], [])

    clock_shift(days=30)
    assert sweep() == 1

    assert messages(rfc) == both(rfc.owner, *members)  # the board, of which it is overdue for so long
    concerns.answer(concern, by=rfc.owner, text="They are told by mail.")
    clock_shift(days=40)
    sweep()
    assert len(told(rfc, "answer")) == 1
    assert ahead(rfc, "answer") == []


@pytest.mark.django_db
def test_where_the_owner_left_the_stewards_are_reminded_of_the_answer(clock_shift: Shift) -> None:
    steward, (one, *_) = f.person(None, STEWARDS), f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "discuss")
    User.objects.filter(pk=rfc.owner_id).update(is_active=False)
    sweep()
    until(Reminder.objects.get(rfc=rfc, status="pending").at, clock_shift, seconds=5)

    assert sweep() == 1

    assert messages(rfc) == both(steward)


@pytest.mark.django_db
def test_a_hold_of_a_delegate_that_the_seats_holder_replaced_is_reminded_of_no_more(clock_shift: Shift) -> None:
    one, *_ = f.board(3)
    rfc, delegate, today = f.rfc_in("review"), f.person(), delegations.today()
    delegations.grant(by=one, delegate=delegate, team=ARCHITECTURE, starts_on=today, ends_on=today, reason="At a fair.")
    f.sign(rfc, delegate, "hold", on_behalf_of=one.username)
    sweep()
    before = ahead(rfc, "hold")

    f.sign(rfc, one)
    sweep()

    assert (before, ahead(rfc, "hold")) == (["50%"], [])


def outage(rfc: RFC, by: User | None = None, **more: object) -> Outage:
    begin = (clock.now() - timedelta(minutes=5)).isoformat()
    return recording.record(rfc, by=by or rfc.owner, said=Said(begin, note="Payments fail"), **more)  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize("ended", ["told", "taken back"])
def test_an_outage_that_lasts_is_asked_about_until_somebody_says_when_it_ended(ended: str, clock_shift: Shift) -> None:
    """Without an end it lasts in every figure, for ever: also when it was rolled back, and nobody looks any more."""
    commanders = [f.person(None, INCIDENT_COMMAND) for _ in range(2)]
    f.lead(INCIDENT_COMMAND, commanders[0])
    rfc = f.move(f.short_in("implementation"), "roll_back")
    row = outage(rfc)
    sweep()
    assert ahead(rfc, "outage") == ["50%"]

    clock_shift(days=10)
    sweep()

    rows = Message.objects.filter(key__startswith=f"reminder:outage:{row.pk}:", channel="mail")
    people = set(rows.values_list("recipient", flat=True))
    assert {rfc.owner_id, commanders[0].pk} <= people
    assert commanders[1].pk not in people
    words = rows.get(recipient=rfc.owner)
    assert "the end of an outage is overdue" in words.subject
    assert words.path == f"/rfcs/{rfc.number}/#outages"
    if ended == "told":
        recording.end_now(rfc, by=rfc.owner, corrects=row.pk)
    else:
        recording.record(rfc, by=rfc.owner, said=Said(note="It was a drill."), corrects=row.pk, retracted=True)
    sweep()
    assert ahead(rfc, "outage") == []


@pytest.mark.django_db
def test_an_outage_of_an_owner_who_left_is_asked_about_at_the_stewards(clock_shift: Shift) -> None:
    steward = f.person(None, STEWARDS)
    rfc = f.short_in("implementation")
    row = outage(rfc)
    User.objects.filter(pk=rfc.owner_id).update(is_active=False)

    clock_shift(days=5)
    sweep()

    rows = Message.objects.filter(key__startswith=f"reminder:outage:{row.pk}:", channel="mail")
    assert set(rows.values_list("recipient", flat=True)) >= {steward.pk}
