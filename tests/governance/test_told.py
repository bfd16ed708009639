"""Whoever gets or loses a right by another's hand hears of it, in the portal and by mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from governance import rosters
from governance.api import tokens
from rfcs import editing
from rfcs.models import Message
from rfcs.models.ledger import Channel
from tests import factories as f

pytestmark = pytest.mark.django_db
BOTH = {"mail", "in_app"}


def told(person: User) -> dict[str, set[str]]:
    """Channels by subject."""
    found: dict[str, set[str]] = {}
    for subject, channel in Message.objects.filter(recipient=person).order_by("pk").values_list("subject", "channel"):
        found.setdefault(subject, set()).add(channel)
    return found


def test_a_new_owner_and_a_co_author_are_told_each_once() -> None:
    rfc, other, owner = f.draft(author=f.person("ada")), f.person(), f.person()

    editing.share(rfc, by=rfc.owner, with_=other)
    editing.share(rfc, by=rfc.owner, with_=other)
    editing.unshare(rfc, by=rfc.owner, with_=other)
    editing.hand_over(rfc, by=rfc.owner, to=owner)

    assert told(other) == {
        f"Ada Example made you a co-author of {rfc.number}: {rfc.title}": BOTH,
        f"Ada Example ended your part as a co-author of {rfc.number}: {rfc.title}": BOTH,
    }
    assert told(owner) == {f"Ada Example made you the owner of {rfc.number}: {rfc.title}": BOTH}
    assert Message.objects.filter(recipient=other).count() == 4
    assert Message.objects.filter(recipient=owner, channel=Channel.IN_APP).get().kind == "action_asked"


def test_members_and_leads_are_told_what_became_of_them() -> None:
    steward, ada = f.person("stu", "stewards"), f.person("ada")
    f.team("architecture")
    rosters.add("architecture", ada, by=None)
    rosters.set_lead("architecture", ada, by=steward, leads=True)
    rosters.set_lead("architecture", ada, by=steward, leads=False)
    rosters.remove("architecture", ada, by=steward)

    assert told(ada) == {
        "You are now in the Architecture Team": BOTH,
        "You now lead the Architecture Team": BOTH,
        "You no longer lead the Architecture Team": BOTH,
        "You are no longer in the Architecture Team": BOTH,
    }
    first, second = Message.objects.filter(recipient=ada, channel=Channel.IN_APP).order_by("pk")[:2]
    assert (first.text.split(".")[0], second.text.split(".")[0]) == (
        "Whoever runs the portal changed it",
        "Stu Example changed it",
    )
    assert {row.kind for row in Message.objects.filter(recipient=ada)} == {"security"}


@pytest.mark.parametrize(("scopes", "count"), [(["read", "write"], 0), (["read", "sign"], 1)])
def test_who_can_be_signed_for_by_a_new_token_is_told(scopes: list[str], count: int) -> None:
    ada = f.person()

    tokens.mint(ada, name="desk", scopes=scopes, password_ok=True, life=timedelta(hours=1))

    assert len(told(ada)) == count
    assert Message.objects.filter(recipient=ada, path="/me/tokens/").count() == 2 * count
