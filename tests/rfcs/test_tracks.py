"""A draft changes its track, and nothing that was written goes with it."""

from __future__ import annotations

import pytest

from rfcs import audit, editing
from rfcs.errors import Refused
from rfcs.models import RFC, Event
from rfcs.obligations import following
from tests import factories as f

pytestmark = pytest.mark.django_db


def why_not(rfc: RFC, track: str = "emergency", **by: object) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        editing.change_track(rfc, by=by.get("by", rfc.owner), track=track)  # type: ignore[arg-type]
    return refused.value.status, [reason.code for reason in refused.value.reasons]


def test_a_draft_keeps_every_word_and_goes_the_other_way() -> None:
    rfc = f.draft()
    written = rfc.working_copy.content

    changed = editing.change_track(rfc, by=rfc.owner, track="hotfix")

    assert (changed.track, f.again(rfc).working_copy.content) == ("hotfix", written)
    event = Event.objects.filter(stream=rfc.stream).first()
    assert event is not None
    assert (event.kind, event.payload) == ("rfc.track_changed", {"from": "standard", "to": "hotfix"})
    f.person(None, "incident_command")
    assert f.move(changed, "request_authorisation").state == "review"
    assert [*audit.records()] == []


def test_what_came_back_to_the_draft_begins_anew_on_another_track() -> None:
    """An emergency that security sent back as none; its revision of before was another digest."""
    rfc = f.short_in("rejected")
    rfc = f.move(rfc, "revise")
    before = rfc.material_digest

    editing.change_track(rfc, by=rfc.owner, track="standard")
    full = f.content()
    rfc = f.edit(rfc, **{name: getattr(full, name) for name in (*f.ABBREVIATED, "scenario", "answers")})

    assert f.move(rfc, "submit").state == "assessment"
    assert f.again(rfc).material_digest != before
    assert [*audit.records()] == []


def test_the_same_track_again_changes_nothing() -> None:
    rfc = f.draft()
    events = Event.objects.filter(stream=rfc.stream).count()

    editing.change_track(rfc, by=rfc.owner, track="standard")

    assert Event.objects.filter(stream=rfc.stream).count() == events


def test_only_the_owner_of_a_draft_changes_it_to_a_track_that_there_is() -> None:
    rfc = f.draft()

    assert why_not(rfc, by=f.person(None, "stewards"))[0] == 403
    assert why_not(rfc, "fast") == (422, ["unknown_track"])
    assert why_not(f.rfc_in("assessment")) == (409, ["track_fixed"])
    assert why_not(f.short_in("implementation"), "standard") == (409, ["track_fixed"])


def test_the_follow_up_of_a_hotfix_stays_on_the_standard_track() -> None:
    hotfix = f.short_in("implementation", "hotfix")

    assert why_not(following.follow_up(hotfix, by=hotfix.owner), "hotfix") == (409, ["track_fixed"])


def test_a_track_changed_past_the_verb_is_named() -> None:
    rfc = f.draft()

    RFC.objects.filter(pk=rfc.pk).update(track="emergency")

    assert [finding.code for finding in audit.records()] == ["no_birth"]


def test_the_page_offers_the_other_tracks_to_the_owner_alone() -> None:
    rfc = f.draft()
    page, address = f.client_of(rfc.owner), rfc.get_absolute_url()

    assert "Change to emergency" in page.get(address).content.decode()
    assert "Change the track" not in f.client_of(f.person()).get(address).content.decode()
    answer = page.post(f"{address}track/", {"track": "emergency"}, follow=True)

    assert "is on the emergency track now; everything that was written is still there" in answer.content.decode()
    assert "Change to standard" in answer.content.decode()
