"""Links of accounts with identities: made, refused, removed; the last way in stays."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from approvals import freshness
from governance.accounts import factors
from governance.accounts.oidc import identities
from rfcs.errors import Refused
from rfcs.models import Event
from rfcs.states import STEWARDS
from tests.factories import PASSWORD, person
from tests.governance.oidc.signing_on import linked, refused, without_password
from tests.provider import SECRET, Provider, come

pytestmark = pytest.mark.django_db


def logged_in(username: str) -> Client:
    client = Client()
    assert client.post(reverse("login"), {"login": username, "password": PASSWORD}).status_code == 302
    return client


def test_link_by_hand_needs_no_verified_address_and_opens_the_account_from_then_on(provider: Provider) -> None:
    ada = person("ada")
    provider.person |= {"email": "ada@elsewhere.example", "email_verified": False}
    client = logged_in("ada")

    done = come(client, "identity-add")
    page = client.get(reverse("security")).content.decode()
    other = Client()
    come(other)

    assert done["Location"] == reverse("security")
    assert "Linked as ada@elsewhere.example" in page
    assert other.get(reverse("queue")).wsgi_request.user == ada
    assert Event.objects.get(kind="identity.linked").payload["by"] == "hand"


def test_link_is_touched_only_with_a_fresh_proof(provider: Provider, clock_shift: Any) -> None:
    row = linked(person("ada"), provider)
    client = logged_in("ada")
    clock_shift(hours=1)

    for address in (reverse("identity-add"), reverse("identity-remove", args=[row.pk])):
        for answer in (client.get(address), client.post(address)):
            assert answer["Location"].partition("?")[0] == reverse("confirm")
    assert SocialAccount.objects.count() == 1


def test_link_of_another_account_is_refused(provider: Provider) -> None:
    linked(person("eve"), provider)
    person("ada")

    response = come(logged_in("ada"), "identity-add")

    assert (response.status_code, refused()) == (409, ["identity_taken"])


def test_one_link_a_provider(provider: Provider) -> None:
    linked(person("ada"), provider)
    provider.person |= {"sub": "ada-2"}

    response = come(logged_in("ada"), "identity-add")

    assert (response.status_code, refused()) == (409, ["identity_there"])


def test_link_is_removed_and_the_account_told(provider: Provider) -> None:
    ada = person("ada")
    row = linked(ada, provider)
    client = logged_in("ada")

    asked = client.get(reverse("identity-remove", args=[row.pk]))
    done = client.post(reverse("identity-remove", args=[row.pk]))

    assert "Remove the link with Acme?" in asked.content.decode()
    assert done["Location"] == reverse("security")
    assert not SocialAccount.objects.exists()
    payload = Event.objects.get(kind="identity.unlinked").payload
    assert payload == {"of": "ada", "issuer": provider.url, "subject": "ada-1"}
    assert client.get(reverse("identity-remove", args=[row.pk])).status_code == 404


def test_nobody_touches_a_link_of_another_person(provider: Provider) -> None:
    row = linked(person("ada"), provider)
    person("eve")

    assert logged_in("eve").post(reverse("identity-remove", args=[row.pk])).status_code == 404
    assert SocialAccount.objects.count() == 1


def passkey(user: Any, *, alone: bool) -> Authenticator:
    credential = {"clientExtensionResults": {"credProps": {"rk": alone}}}
    data = {"name": "Laptop", "credential": credential}
    row: Authenticator = Authenticator.objects.create(user=user, type=factors.PASSKEY, data=data)
    return row


def test_last_way_in_stays(provider: Provider, settings: Any) -> None:
    ada = without_password("ada", provider)
    row, beside, key = SocialAccount.objects.get(), passkey(ada, alone=False), passkey(ada, alone=True)

    factors.remove_passkey(ada, key.pk)
    with pytest.raises(Refused, match="Nothing else opens your account"):
        identities.unlink(ada, row.pk)
    again = passkey(ada, alone=True)
    identities.unlink(ada, row.pk)
    with pytest.raises(Refused, match="Nothing else opens your account"):
        factors.remove_passkey(ada, again.pk)
    factors.remove_passkey(ada, beside.pk)
    linked(ada, provider)
    settings.OIDC_ISSUER = "https://another.example"
    with pytest.raises(Refused, match="Nothing else opens your account"):
        factors.remove_passkey(ada, again.pk)


def test_identity_of_an_earlier_provider_opens_nothing_and_can_be_removed(provider: Provider) -> None:
    ada = person("ada")
    row = SocialAccount.objects.create(user=ada, provider="https://old.example", uid="ada-1")
    client = logged_in("ada")

    page = client.get(reverse("security")).content.decode()
    asked = client.get(reverse("identity-remove", args=[row.pk])).content.decode()

    assert "Opens nothing any more" in page
    assert "another provider now" in asked
    assert freshness.ways(ada).single_sign_on == ""


def test_steward_ends_the_link_of_somebody_whom_the_provider_knows_anew(provider: Provider) -> None:
    ada, steward = person("ada"), person("stu", STEWARDS)
    linked(ada, provider)
    provider.person |= {"sub": "ada-2"}
    before = come().status_code

    with pytest.raises(Refused, match="Only stewards"):
        identities.unlink_all(ada, by=ada)
    assert identities.unlink_all(ada, by=steward) == 1

    assert (before, come()["Location"]) == (403, reverse("queue"))
    assert Event.objects.get(kind="identity.unlinked").actor == steward


def test_sessions_say_how_they_were_opened(provider: Provider) -> None:
    person("ada")
    come(Client())
    client = logged_in("ada")

    page = client.get(reverse("security")).content.decode()

    assert [word in page for word in (">Single sign-on<", ">Password<")] == [True, True]


def test_secrets_stand_in_no_event(provider: Provider) -> None:
    """Test plan, row 35."""
    person("ada")
    provider.answers = {"/token": (400, b'{"error": "canary-of-an-error"}')}
    come()
    provider.answers = {}
    come()

    told = str(list(Event.objects.values_list("payload", flat=True))) + str(list(SocialAccount.objects.values()))
    assert [word for word in (SECRET, *provider.codes, "never used", provider.asked[-1]["nonce"]) if word in told] == []
