"""Makes what a test names, by the verbs that people use: nothing here writes a state or a sign-off directly."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.test import Client

from approvals import retroactive, rounds
from approvals.models import SignOff
from approvals.positions import Position
from approvals.standing import Standing, asking_round
from breakwater.justification import Period, Timeline
from governance import moves
from rfcs import clock, editing, risk, scenarios
from rfcs.actions import read as read_actions
from rfcs.case import Case
from rfcs.compliance import evidence
from rfcs.content import Content, Package
from rfcs.impact import answering, planning
from rfcs.models import RFC, Message, PolicyVersion, Revision, TeamLead
from rfcs.models import Package as CatalogPackage
from rfcs.obligations import following, incident
from rfcs.states import (
    ARCHITECTURE,
    AUTHORISERS,
    INCIDENT_COMMAND,
    SECURITY,
    Acknowledged,
    Answer,
    Kind,
    Phase,
    Scenario,
    Severity,
    State,
    Track,
)
from rfcs.working_time import local_day

PASSWORD = "a password for tests"
_numbers = count(1)


def person(username: str | None = None, *teams: str, password: str = PASSWORD, **fields: Any) -> User:
    """An active user, in these teams."""
    name = username or f"person{next(_numbers)}"
    fields = {"first_name": name.title(), "last_name": "Example", "email": f"{name}@example.org"} | fields
    user: User = get_user_model().objects.create_user(name, password=password, **fields)
    for slug in teams:
        team(slug, user)
    return user


def client_of(user: User) -> Client:
    """A browser in which this person is logged in."""
    client = Client()
    client.force_login(user)
    return client


def team(slug: str, *members: User) -> Group:
    """The auth group of this name with these members added."""
    group, _ = Group.objects.get_or_create(name=slug)
    group.user_set.add(*members)
    for member in members:
        member.__dict__.pop("_teams", None)
    return group


def lead(slug: str, user: User) -> User:
    """Make this person a member of the team, and its lead."""
    TeamLead.objects.get_or_create(group=team(slug, user), person=user)
    return user


def owned(path: str, *owners: User, teams: tuple[str, ...] = ()) -> CatalogPackage:
    """A package of the catalogue with these owners."""
    row, _ = CatalogPackage.objects.get_or_create(path=path)
    row.owners.add(*owners)
    row.owner_teams.add(*(team(slug) for slug in teams))
    return row


def known_owner(rfc: RFC) -> None:
    """Somebody to tell that the change is in, where the catalogue knows nobody; without mail, so told at once."""
    case = Case(again(rfc))
    if not any(standing.owners for standing in case.acknowledgements):
        owned(case.content.paths[0], person(email=""))


def board(n: int = 3) -> list[User]:
    """`n` new members of the architecture board."""
    return [person(f"board{next(_numbers)}", ARCHITECTURE) for _ in range(n)]


def timeline() -> Timeline:
    return Timeline(
        development=Period(date(2031, 3, 3), date(2031, 3, 14)),
        testing=Period(date(2031, 3, 17), date(2031, 3, 21)),
        deployment=Period(date(2031, 3, 24), date(2031, 3, 28)),
    )


ANSWERS = {slug: f"{label}: see the design page." for slug, label in scenarios.LABELS.items()}
"""To what every scenario asks."""
RISK = {question.slug: question.choices[0][0] for question in risk.QUESTIONS}
"""The best answer to every question."""


def package(path: str = "src/packages/billing/invoices", **changes: Any) -> Package:
    facts: dict[str, Any] = {"description": "Reads the new field", "api": True, "severity": Severity.MEDIUM.value}
    return Package(path=path, **(facts | changes))


def content(**changes: Any) -> Content:
    """A complete RFC: no move of the standard track misses anything in it."""
    facts: dict[str, Any] = {
        "title": "Invoices name their currency",
        "scenario": Scenario.API_CONTRACT.value,
        "answers": ANSWERS,
        "risk": RISK,
        "issue": "PLAT-123",
        "packages": (package(), package("src/packages/shop/checkout", description="Sends the new field")),
        "change_summary": "The invoice message gets a required currency; every sender has to fill it.",
        "api_changes": "`Invoice.currency` becomes required in version 3 of the interface.",
        "data_changes": "The table `invoice` gets a column `currency` that is not null.",
        "behavioral_changes": "An invoice without a currency is refused instead of counted in euro.",
        "justification": "Both sides deploy together; a staged roll-out would book sums in the wrong currency.",
        "rollback_plan": "1. Revert the commit of the release.\n2. Deploy both packages.\n3. Drop the column.",
        "testing_unit": "The parser refuses a message without a currency.",
        "testing_integration": "Checkout sends an invoice, billing stores it with its currency.",
        "testing_performance": "The load test of the checkout stays within 5 % of the present median.",
        "timeline": timeline(),
    }
    return Content(**(facts | changes))


def draft(*, author: User | None = None, track: str = Track.STANDARD, **changes: Any) -> RFC:
    """A new RFC in draft, complete but for `changes` of its content."""
    return editing.create(by=author or person(), content=content(**changes), track=track)


ABBREVIATED = {
    "answers": {},
    "risk": {},
    "api_changes": "",
    "data_changes": "",
    "behavioral_changes": "",
    "testing_unit": "",
    "testing_integration": "",
    "testing_performance": "",
    "timeline": Timeline(),
}
"""What the abbreviated form leaves out."""


def short(track: str, *, author: User | None = None, **changes: Any) -> RFC:
    """A new emergency or hotfix in draft with its abbreviated form, and somebody who can authorise it."""
    slug = AUTHORISERS[Track(track)]
    if not Group.objects.filter(name=slug, user__isnull=False).exists():
        person(f"{slug}{next(_numbers)}", slug)
    return draft(author=author, track=track, **(ABBREVIATED | changes))


def today() -> date:
    """The day of the office, by which freezes and holds count; late in the evening it is not the day of UTC."""
    return local_day(clock.now(), PolicyVersion.current().policy.calendar)


def on(year: int, month: int, day: int) -> AbstractContextManager[None]:
    """What is done meanwhile is done on this day."""
    return clock.shifted(datetime(year, month, day, tzinfo=UTC) - clock.now())


def again(rfc: RFC) -> RFC:
    """The row as it is stored now."""
    return RFC.objects.get(pk=rfc.pk)


def revision(rfc: RFC) -> Revision:
    """The current revision of an RFC that has one."""
    current = again(rfc).revision
    assert current is not None, f"{rfc.number} has no revision"
    return current


def move(rfc: RFC, name: str, *, by: User | None = None, **inputs: str) -> RFC:
    """Make one move as its owner, or as somebody else; the note and the revert commit have a default."""
    inputs = {"note": "The reason of a test", "revert_commit": "nothing was merged"} | inputs
    moves.make(rfc, name, by=by or rfc.owner, inputs=inputs)
    return again(rfc)


def edit(rfc: RFC, *, by: User | None = None, **changes: Any) -> RFC:
    """Save changes on top of the working copy, as the page does."""
    copy = again(rfc).working_copy
    moves.save(rfc, by=by or rfc.owner, version=copy.version, content=copy.content.with_(**changes))
    return again(rfc)


def sign(rfc: RFC, by: User, position: str = Position.APPROVE, team: str = ARCHITECTURE, **wanted: Any) -> SignOff:
    """Take a position on what the RFC says now, freshly authenticated."""
    round_ = asking_round(rfc)
    assert round_ is not None, f"{rfc.number} has no open round"
    said = {
        "digest": again(rfc).material_digest,
        "rationale": "" if position == Position.APPROVE else "The rationale of a test",
        "title": "A concern" if position == Position.DISCUSS else "",
        "until": today() + timedelta(days=1) if position == Position.HOLD else None,
        "authenticated_at": clock.now(),
    }
    return rounds.sign(round_, by=by, team=team, position=position, **(said | wanted))


def signers(rfc: RFC) -> list[tuple[User, str]]:
    """Whose approval the open round waits for, each with the team."""
    round_ = asking_round(rfc)
    assert round_ is not None, f"{rfc.number} has no open round"
    return [(user, row.slug) for row in Standing(round_, Case(again(rfc))).rows for user in row.silent]


def approve(rfc: RFC) -> RFC:
    """Everyone awaited approves until the round has decided."""
    _all_say(rfc, Position.APPROVE)
    return again(rfc)


def reject(rfc: RFC) -> RFC:
    _all_say(rfc, Position.REJECT)
    return again(rfc)


def _all_say(rfc: RFC, position: str) -> None:
    for user, slug in signers(rfc):
        if asking_round(rfc) is not None:
            sign(rfc, user, position, slug)


def tick(rfc: RFC, phase: Phase) -> None:
    """Close every item of a phase that a person closes: a second person's by a second person."""
    second = person()
    for item in rfc.checklist.filter(phase=phase, closed_at=None):
        by = rfc.owner if item.kind == Kind.ATTESTED else second
        evidence.close_item(rfc, item.slug, by=by, link=f"https://ci.example.org/{item.slug}")


def _seat_the_teams(rfc: RFC) -> None:
    if not Group.objects.filter(name=ARCHITECTURE, user__isnull=False).exists():
        board(3)
    if Case(rfc).content.needs_security and not Group.objects.filter(name=SECURITY, user__isnull=False).exists():
        person(f"security{next(_numbers)}", SECURITY)


def _submit(rfc: RFC) -> RFC:
    return move(rfc, "submit")


def acknowledge(rfc: RFC) -> None:
    """An owner of each package that waits for one acknowledges."""
    for standing in Case(again(rfc)).acknowledgements:
        if standing.state == Acknowledged.WAITING:
            answering.answer(rfc, standing.path, by=standing.owners[0], answer=Answer.ACKNOWLEDGE)


def _request_review(rfc: RFC) -> RFC:
    _seat_the_teams(rfc)
    acknowledge(rfc)
    return move(rfc, "request_review")


def settle(rfc: RFC) -> None:
    """Its owner settles every clash."""
    for clash in Case(again(rfc)).clashes:
        if clash.resolution is None:
            planning.resolve(rfc, clash.other.pk, by=rfc.owner, note="We deploy one after the other.")


def _request_authorisation(rfc: RFC) -> RFC:
    return move(rfc, "request_authorisation")


def authorise(rfc: RFC) -> RFC:
    """Those awaited authorise until the round has decided."""
    for user, slug in signers(rfc):
        if asking_round(rfc) is not None:
            sign(rfc, user, Position.APPROVE, slug, rationale="It cannot wait.")
    return again(rfc)


def _start(rfc: RFC) -> RFC:
    settle(rfc)
    return move(rfc, "start")


def _finish(rfc: RFC) -> RFC:
    tick(rfc, Phase.IMPLEMENTATION)
    known_owner(rfc)
    return move(rfc, "finish")


def _close(rfc: RFC) -> RFC:
    tick(rfc, Phase.POST)
    Message.objects.filter(rfc=rfc, sent_at=None).update(sent_at=clock.now())
    return move(rfc, "close")


TO_REVIEW = (_submit, _request_review)
TO_WORK = (*TO_REVIEW, approve, _start)
WAYS: dict[State, tuple[Callable[[RFC], RFC], ...]] = {
    State.DRAFT: (),
    State.ASSESSMENT: (_submit,),
    State.REVIEW: TO_REVIEW,
    State.APPROVED: (*TO_REVIEW, approve),
    State.IMPLEMENTATION: TO_WORK,
    State.POST_IMPLEMENTATION: (*TO_WORK, _finish),
    State.CLOSED: (*TO_WORK, _finish, _close),
    State.REJECTED: (*TO_REVIEW, reject),
    State.WITHDRAWN: (_submit, lambda rfc: move(rfc, "withdraw")),
    State.ROLLED_BACK: (*TO_WORK, lambda rfc: move(rfc, "roll_back")),
}


def file_full(rfc: RFC, **changes: Any) -> RFC:
    """The owner of an authorised emergency writes the full document and files it; the board is asked."""
    if not Group.objects.filter(name=ARCHITECTURE, user__isnull=False).exists():
        board(3)
    full = content(**changes)
    edit(rfc, **{name: getattr(full, name) for name in (*ABBREVIATED, *changes)})
    retroactive.file_justification(again(rfc), by=rfc.owner)
    return again(rfc)


def said_of_incident(**changes: Any) -> incident.Said:
    """A whole post-incident review; its one action belongs to a new person."""
    texts = {"timeline": "02:10 seen, 02:40 mended.", "cause": "A full disk.", "went_well": "The alert came at once."}
    actions = [{"what": "Watch the disk", "owner": person().username, "due": "2031-03-03"}]
    return incident.Said.read(texts | changes, read_actions(changes.get("actions", actions)))


def _follow_up(rfc: RFC) -> RFC:
    made = following.follow_up(rfc, by=rfc.owner)
    return move(edit(made, answers=ANSWERS), "submit")


def pay(rfc: RFC) -> None:
    """Everything that is owed is met, by those who owe it."""
    if rfc.track == Track.EMERGENCY:
        approve(file_full(rfc))
        acknowledge(rfc)
        return
    _follow_up(rfc)
    review = incident.file(rfc, by=rfc.owner, said=said_of_incident())
    incident.accept(rfc, by=person(None, INCIDENT_COMMAND), number=review.number)


def _pay_and_close(rfc: RFC) -> RFC:
    pay(rfc)
    return _close(rfc)


TO_HASTE = (_request_authorisation, authorise)
SHORT_WAYS: dict[State, tuple[Callable[[RFC], RFC], ...]] = {
    State.DRAFT: (),
    State.REVIEW: (_request_authorisation,),
    State.IMPLEMENTATION: TO_HASTE,
    State.POST_IMPLEMENTATION: (*TO_HASTE, _finish),
    State.CLOSED: (*TO_HASTE, _finish, _pay_and_close),
    State.REJECTED: (_request_authorisation, reject),
    State.WITHDRAWN: (lambda rfc: move(rfc, "withdraw"),),
    State.ROLLED_BACK: (*TO_HASTE, lambda rfc: move(rfc, "roll_back")),
}
"""Of emergencies and hotfixes; what leads to `closed` pays first what each owes."""


def short_in(state: str, track: str = Track.EMERGENCY, *, author: User | None = None, **changes: Any) -> RFC:
    """An emergency or hotfix that has walked to this state by the real verbs, with its abbreviated form."""
    rfc = short(track, author=author, **changes)
    for step in SHORT_WAYS[State(state)]:
        rfc = step(rfc)
    return rfc


def rfc_in(state: str, *, author: User | None = None, **changes: Any) -> RFC:
    """An RFC that has walked to this state by the real verbs, with a board of three if there was none."""
    rfc = draft(author=author, **changes)
    for step in WAYS[State(state)]:
        rfc = step(rfc)
    return rfc
