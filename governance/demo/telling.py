"""Telling the stories: every step in the order of time, each through the verb that the portal itself uses.

The clock of this connection is shifted to the moment of each step, so that events, chains and rounds are real.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.contrib.auth.models import User
from django.db.models import F

from approvals import concerns, delegations, reminders, rounds
from approvals.models import SignOff
from approvals.positions import BLOCKING, Position
from approvals.standing import asking_round
from governance import moves
from governance.demo.owners import ANSWERS, acknowledged
from governance.demo.stories import OFFICE, Edit, Step, Story, moment, resolved, stories, working_day
from rfcs import clock, editing, events, lessons, renewal
from rfcs.actions import Action
from rfcs.case import Case
from rfcs.compliance import evidence, waivers
from rfcs.content import Content
from rfcs.conversation import discussion
from rfcs.delivery import webhooks
from rfcs.files import attachments
from rfcs.freezes import Freeze
from rfcs.impact import answering, planning
from rfcs.models import RFC, Message, PolicyVersion, Thread
from rfcs.models.ledger import Channel
from rfcs.outages import recording
from rfcs.outages.telling import Said
from rfcs.states import Track

UNREAD_SINCE, UNSENT_SINCE = "-1 12:00", "-200m"
"""Older messages count as read in the portal, older mail as sent: a new demo's mailbox holds a handful."""
ANNOUNCES = "kwame"
"""Of the board: puts the freeze into the policy."""
FROZEN = ("src/packages/software/*",)
LOOKS_AFTER = "pelin"
CHAT = webhooks.Wish(
    "Chat of the platform team",
    "https://chat.tidewater.example/hooks/breakwater",
    "slack",
    topics=("decisions",),
    packages=("src/packages/platform/config",),
)
"""Made last and for one package: a new demo calls nobody until somebody decides about that."""
READING_TIME = timedelta(hours=3)
BETWEEN_ITEMS = timedelta(minutes=6)

Say = Callable[[str], None]


@dataclass(slots=True)
class Telling:
    """What the steps share: the present, the accounts, and the RFCs told so far."""

    now: datetime
    say: Say
    total: int
    people: dict[str, User] = field(default_factory=lambda: {user.username: user for user in User.objects.all()})
    rfcs: dict[str, RFC] = field(default_factory=dict)

    def numbers(self) -> dict[str, str]:
        return {slug: rfc.number for slug, rfc in self.rfcs.items()}

    def text(self, text: str) -> str:
        return resolved(text, self.numbers())


def tell(say: Say) -> int:
    """Make every RFC of the stories; the number of them. Call it in one transaction."""
    told = stories()
    telling = Telling(now=clock.now(), say=say, total=len(told))
    for _, steps in groupby(_in_order(told, telling.now), key=lambda row: row[0].astimezone(OFFICE).date()):
        for position, (at, story, step) in enumerate(steps):
            with clock.shifted(at - telling.now):
                if position == 0:
                    _begin_day(telling.now, at)
                _do(telling, story, step)
    reminders.sweep()
    answering.sweep()
    _freeze(telling.now, telling.people[ANNOUNCES])
    webhooks.create(CHAT, by=telling.people[LOOKS_AFTER])
    _leave_recent_messages(telling.now)
    return len(telling.rfcs)


def _in_order(told: tuple[Story, ...], now: datetime) -> list[tuple[datetime, Story, Step]]:
    steps = (
        (moment(step.at, now) + _pause(position), story, single)
        for story in told
        for step in story.steps
        for position, single in enumerate(_singles(step))
    )
    answers = (row for story in told for row in acknowledged(story, now))
    return sorted((*steps, *answers), key=lambda row: row[0])


def _singles(step: Step) -> tuple[Step, ...]:
    """A step with several checklist items as several steps."""
    return tuple(replace(step, items=(item,)) for item in step.items) or (step,)


def _pause(position: int) -> timedelta:
    return position * BETWEEN_ITEMS


def _do(telling: Telling, story: Story, step: Step) -> None:
    by = telling.people[step.by]
    if step.do == "create":
        _create(telling, story, by)
        return
    rfc = RFC.objects.get(pk=telling.rfcs[story.slug].pk)
    if step.do in VERBS:
        VERBS[step.do](telling, rfc, step, by)
    elif step.do in Position.values:
        _sign(telling, rfc, step, by)
    else:
        if step.do == "start":
            _settle(telling, rfc, by)
        inputs = {"note": telling.text(step.text), "revert_commit": step.revert}
        moves.make(rfc, step.do, by=by, inputs={key: value for key, value in inputs.items() if value})


def _create(telling: Telling, story: Story, by: User) -> None:
    content = story.content(telling.now.astimezone(OFFICE).date(), telling.numbers())
    rfc = editing.create(by=by, content=content, track=story.facts.get("track", Track.STANDARD))
    telling.rfcs[story.slug] = rfc
    telling.say(f"Writing the story of {rfc.number}, {len(telling.rfcs)} of {telling.total}: {content.title}")


def _edit(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    copy = rfc.working_copy
    content = edited(copy.content, step.edits)
    moves.save(rfc, by=by, version=copy.version, content=content, note=telling.text(step.text))


def edited(content: Content, edits: tuple[Edit, ...]) -> Content:
    """The content with the words of each edit replaced, however they are broken into lines; ValueError without them."""
    for edit in edits:
        words = r"\s+".join(re.escape(word) for word in edit.old.split())
        text: str = getattr(content, edit.field)
        found = re.search(words, text)
        if found is None:
            raise ValueError(f"{content.title}: {edit.field} does not say {edit.old!r}")
        content = content.with_(**{edit.field: text[: found.start()] + edit.new + text[found.end() :]})
    return content


def _sign(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    round_ = asking_round(rfc)
    if round_ is None:
        raise ValueError(f"{rfc} has no open round for {step}")
    rounds.sign(
        round_,
        by=by,
        team=step.team,
        position=step.do,
        digest=rfc.material_digest,
        rationale=telling.text(step.text),
        title=step.title,
        until=working_day(clock.now().astimezone(OFFICE).date(), step.days) if step.do == Position.HOLD else None,
        on_behalf_of=step.with_,
        authenticated_at=clock.now(),
    )


def _concern(rfc: RFC, title: str) -> SignOff:
    """The one of this title; of a hold, which has none, the last."""
    return SignOff.objects.filter(round__rfc=rfc, title=title, position__in=BLOCKING).latest("id")


def _answer_concern(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    concerns.answer(_concern(rfc, step.title), by=by, text=telling.text(step.text))


def _override(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    concern = _concern(rfc, step.title)
    concerns.override(concern, by=by, reason=telling.text(step.text), authenticated_at=clock.now())


def _lend(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    first = clock.now().astimezone(OFFICE).date()
    last, delegate = first + timedelta(days=step.days - 1), telling.people[step.with_]
    delegations.grant(by=by, delegate=delegate, team=step.team, starts_on=first, ends_on=last, reason=step.text)


def _begin_thread(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    discussion.open_thread(rfc, by=by, text=telling.text(step.text), section=step.title)


def _reply(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    """In the latest thread; with the title `resolve` it is settled by that."""
    thread = Thread.objects.filter(rfc=rfc).latest("id")
    discussion.reply(thread, by=by, text=telling.text(step.text))
    if step.title == "resolve":
        discussion.resolve(thread, by=by)


def _learn(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    """The three texts, between dashes; items are actions with an owner and the working days that they take."""
    texts = dict(zip(lessons.TEXTS, (part.strip() for part in telling.text(step.text).split("---")), strict=True))
    today = clock.now().astimezone(OFFICE).date()
    wanted = tuple(Action(what, owner, working_day(today, int(days)).isoformat()) for what, owner, days in step.items)
    lessons.write(rfc, by=by, texts=texts, wanted=wanted, version=0)


def _tick(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    for slug, link, text in step.items:
        evidence.close_item(rfc, slug, by=by, link=link, text=text)


def _attach(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    attachments.attach(rfc, by=by, name=step.title, chunks=[step.text.encode()])


def _waive(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    until = clock.now().date() + timedelta(days=step.days)
    waivers.grant(rfc, step.title, by=by, reason=step.text, expires_on=until)


def _reopen(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    evidence.reopen_item(rfc, step.title, by=by, reason=step.text)


def _outage(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    """From when to when, as moments with `to` between them; one that lasted so far gets its end by it."""
    start, _, end = (part.strip() for part in step.title.partition(" to "))
    first, last = (moment(at, telling.now).isoformat() if at else "" for at in (start, end))
    lasting = rfc.outages.standing().filter(ended_at=None).first()
    said = Said(first, last, telling.text(step.text))
    recording.record(rfc, by=by, said=said, corrects=lasting.pk if lasting else None)


def _share(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    editing.share(rfc, by=by, with_=telling.people[step.with_])


def _hand_over(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    editing.hand_over(rfc, by=by, to=telling.people[step.with_])


def _answer(telling: Telling, rfc: RFC, step: Step, by: User) -> None:
    answering.answer(rfc, step.title, by=by, answer=step.do, reason=telling.text(step.text))


def _settle(telling: Telling, rfc: RFC, by: User) -> None:
    """Whoever starts has spoken with the owners of the changes that meet this one."""
    for clash in Case(rfc).clashes:
        if clash.resolution is None:
            note = f"Agreed with {clash.owner}: {rfc.number} is merged first, and {clash.other.number} rebases on it."
            planning.resolve(rfc, clash.other.pk, by=by, note=note)


VERBS: dict[str, Callable[[Telling, RFC, Step, User], None]] = {
    "edit": _edit,
    "tick": _tick,
    "reopen": _reopen,
    "attach": _attach,
    "waive": _waive,
    "outage": _outage,
    "share": _share,
    "hand_over": _hand_over,
    "answer_concern": _answer_concern,
    "override": _override,
    "lend": _lend,
    "thread": _begin_thread,
    "reply": _reply,
    "lesson": _learn,
    "settle": lambda telling, rfc, step, by: _settle(telling, rfc, by),
    **dict.fromkeys(ANSWERS, _answer),
}


def _freeze(now: datetime, by: User) -> None:
    """The policy in force gets the freeze of the coming audit days; what was submitted keeps its version."""
    version = PolicyVersion.current()
    today = now.astimezone(OFFICE).date()
    days = (working_day(today, 6).isoformat(), working_day(today, 8).isoformat())
    freeze = Freeze("Audit of the port authority", *days, FROZEN)
    with events.attempt("announce a freeze", actor=by, on=renewal.STREAM):
        body = replace(version.policy, freezes=(freeze,)).json()
        announced = PolicyVersion.objects.create(version=version.version + 1, body=body, in_force_from=now)
        payload = {"version": announced.version, "freezes": [freeze.key]}
        events.record(renewal.STREAM, "policy.activated", actor=by, payload=payload, at=now)


def _begin_day(now: datetime, at: datetime) -> None:
    """What the worker does all the time: mail goes out, and of late the overdue are reminded."""
    answering.sweep()
    _count_as_sent(min(at, moment(UNSENT_SINCE, now)))
    if at > moment(UNREAD_SINCE, now):
        reminders.sweep()


def _leave_recent_messages(now: datetime) -> None:
    """Mail of the last hours is left to the worker, and the messages of a working day are unread."""
    _count_as_sent(moment(UNSENT_SINCE, now))
    old = Message.objects.filter(channel=Channel.IN_APP, created_at__lt=moment(UNREAD_SINCE, now))
    old.update(read_at=F("created_at") + READING_TIME)


def _count_as_sent(before: datetime) -> None:
    Message.objects.filter(sent_at=None, created_at__lt=before).update(sent_at=F("created_at"))
