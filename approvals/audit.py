"""Do the signatures stand where they were made? Holds every sign-off and roster against its event. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Q

from approvals.models import Delegation, Reply, RequiredTeam, Round, SignOff
from approvals.replies import EVENTS
from approvals.standing import DECIDING
from rfcs.audit import BATCH, Finding
from rfcs.models import RFC, Event
from rfcs.states import State
from rfcs.working_time import local_day


def verify() -> Iterator[Finding]:
    """Sign-offs, rosters, and REVIEW <=> one open round."""
    yield from signatures()
    yield from _unsigned_events()
    yield from replies()
    yield from rosters()
    yield from open_rounds()


def signatures() -> Iterator[Finding]:
    rows = SignOff.objects.select_related("event", "revision", "round__rfc").order_by("id")
    for sign_off in rows.iterator(chunk_size=BATCH):
        for message in _why_wrong(sign_off):
            yield Finding(f"RFC-{sign_off.round.rfc_id:04d} sign-off {sign_off.pk}", "signature", message)


def _why_wrong(sign_off: SignOff) -> Iterator[str]:
    event, rfc = sign_off.event, sign_off.round.rfc_id
    if event.stream != f"rfc:{rfc}":
        yield f"Its event stands in the chain {event.stream}: it was moved here from another RFC."
    if event.kind != f"sign_off.{sign_off.position}" or event.payload != sign_off.facts():
        yield "It does not say what its event says."
    if (event.actor_id, event.at) != (sign_off.signer_id, sign_off.at):
        yield "Its signer or its time is not that of its event."
    if sign_off.on_behalf_of_id and not _is_delegated(sign_off):
        yield "No delegation of that day lends the seat to its signer."
    if sign_off.revision.rfc_id != rfc or sign_off.revision.material_digest != sign_off.material_digest:
        yield "It is bound to a revision that says something else."


def _is_delegated(sign_off: SignOff) -> bool:
    """Whether the seat was lent when it was used; the days are those of the calendar that binds the RFC."""
    day = local_day(sign_off.at, sign_off.round.rfc.pinned.policy.calendar)
    people = {"principal": sign_off.on_behalf_of_id, "delegate": sign_off.signer_id, "team": sign_off.team}
    rows = Delegation.objects.filter(starts_on__lte=day, ends_on__gte=day, granted_at__lte=sign_off.at, **people)
    return rows.filter(Q(revoked_at=None) | Q(revoked_at__gte=sign_off.at)).exists()


def _unsigned_events() -> Iterator[Finding]:
    signed = SignOff.objects.values("event")
    for event in Event.objects.filter(kind__startswith="sign_off.").exclude(pk__in=signed).iterator(chunk_size=BATCH):
        yield Finding(
            f"{event.stream}#{event.seq}", "signature_missing", "The sign-off that it tells of is not stored."
        )


def replies() -> Iterator[Finding]:
    """What became of each concern is what its event says, and no event tells of a reply that is not stored."""
    for reply in Reply.objects.select_related("event", "sign_off__round").order_by("id").iterator(chunk_size=BATCH):
        event, rfc = reply.event, reply.sign_off.round.rfc_id
        stored = (f"rfc:{rfc}", EVENTS.get(reply.kind), reply.facts(), reply.by_id, reply.at)  # type: ignore[call-overload] # a kind is its value
        if (event.stream, event.kind, event.payload, event.actor_id, event.at) != stored:
            yield Finding(f"RFC-{rfc:04d} reply {reply.pk}", "reply", "It does not say what its event says.")
    told = Event.objects.filter(kind__in=EVENTS.values()).exclude(pk__in=Reply.objects.values("event"))
    for event in told.iterator(chunk_size=BATCH):
        yield Finding(f"{event.stream}#{event.seq}", "reply_missing", "The reply that it tells of is not stored.")


def rosters() -> Iterator[Finding]:
    """Who was asked, with which quorum, is what the event of the asking says."""
    told = _asked()
    for team in RequiredTeam.objects.select_related("round").prefetch_related("seats").iterator(chunk_size=BATCH):
        seats = sorted(seat.person_id for seat in team.seats.all())
        stored = {"minimum": team.minimum, "fraction": team.fraction, "roster": seats}
        if told[team.round.rfc_id].get((team.round_id, team.slug)) != stored:
            place = f"RFC-{team.round.rfc_id:04d} round {team.round_id}"
            yield Finding(place, "roster", f"The roster or quorum of {team.slug} is not the one that was recorded.")


def _asked() -> dict[int, dict[tuple[int, str], object]]:
    found: dict[int, dict[tuple[int, str], object]] = defaultdict(dict)
    for event in Event.objects.filter(kind="round.team_asked").iterator(chunk_size=BATCH):
        facts = dict(event.payload)
        key = (facts.pop("round", 0), facts.pop("team", ""))
        found[int(event.stream.removeprefix("rfc:"))][key] = facts
    return found


def open_rounds() -> Iterator[Finding]:
    """An RFC is in review exactly while one deciding round of it is open."""
    waiting = set(RFC.objects.filter(state=State.REVIEW).values_list("pk", flat=True))
    asked = set(Round.objects.filter(closed_at=None, kind__in=DECIDING).values_list("rfc", flat=True))
    for pk in sorted(waiting - asked):
        yield Finding(f"RFC-{pk:04d}", "no_round", "It is in review and no round is open.")
    for pk in sorted(asked - waiting):
        yield Finding(f"RFC-{pk:04d}", "stray_round", "A round is open and the RFC is not in review.")
