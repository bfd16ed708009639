"""What opens an account beside the password: set up, asked at the login, used as a proof, removed, and told."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from approvals import freshness
from governance.accounts import factors
from rfcs import clock
from rfcs.models import Event, Message
from rfcs.notices import Notice
from tests.factories import PASSWORD, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes_stand")]
HOSTILE = ["", "null", "[]", "{}", '"x"', "{", '{"id": 1}', '{"response": {"userHandle": "//"}}', '{"rawId": "é"}']


def code_of(secret: str) -> str:
    """What the app of this secret shows now."""
    counter = next(totp.yield_hotp_counters_from_time())
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def logged_in(login: str) -> Client:
    client = Client()
    assert client.post(reverse("login"), {"login": login, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("queue")).status_code == 200


def with_app(username: str) -> tuple[Any, str, list[str]]:
    """A person with an authenticator app: the secret, and the recovery codes."""
    user, secret = person(username), totp.generate_totp_secret()
    factors.add_app(user, secret)
    return user, secret, factors.show_codes(user)


def at_second(username: str) -> Client:
    """A browser that passed the password and stands at the second step."""
    client = Client()
    response = client.post(reverse("login"), {"login": username, "password": PASSWORD})
    assert response["Location"] == reverse("mfa_authenticate")
    return client


# Setting up ----------------------------------------------------------------------------------------------------


def test_app_is_set_up_with_a_code_of_it_and_shows_recovery_codes_once():
    user = person("ada")
    client = logged_in("ada")
    page = client.get(reverse("factor-app")).content.decode()
    secret = client.session[totp.SECRET_SESSION_KEY]

    wrong = client.post(reverse("factor-app"), {"code": "000000" if code_of(secret) != "000000" else "1"})
    done = client.post(reverse("factor-app"), {"code": code_of(secret)})
    first = client.get(done["Location"]).content.decode()
    later = client.get(reverse("factor-codes")).content.decode()

    assert "data:image/svg+xml;base64," in page
    assert wrong.status_code == 422
    assert secret[:4] in wrong.content.decode()  # the same secret: the app need not scan anew
    assert done["Location"] == reverse("factor-codes")
    assert len(re.findall(r"<code>\d{4} \d{4}</code>", first)) == 10
    assert len(re.findall(r"<code>\d{4} \d{4}</code>", later)) == 0
    assert factors.of(user).app is not None


@pytest.mark.parametrize("name", ["factor-app", "factor-app-remove", "factor-codes", "passkey-add"])
def test_factors_are_touched_only_with_a_fresh_proof(name, clock_shift):
    person("ada")
    client = logged_in("ada")
    clock_shift(hours=1)

    responses = [client.get(reverse(name)), client.post(reverse(name), {"code": "123456"})]

    assert {response["Location"].partition("?")[0] for response in responses} == {reverse("confirm")}


def test_every_change_is_an_event_and_a_notice_to_the_person():
    user, _, _ = with_app("ada")
    factors.renew_codes(user)
    factors.remove_app(user)

    kinds = Event.objects.filter(stream="access", actor=user).order_by("seq").values_list("kind", flat=True)
    told = Message.objects.filter(recipient=user, kind=Notice.SECURITY)

    assert list(kinds) == ["factor.added", "codes.shown", "codes.renewed", "factor.removed"]
    assert sorted(told.values_list("channel", flat=True)) == ["in_app"] * 3 + ["mail"] * 3
    assert set(told.values_list("path", flat=True)) == {reverse("security")}


def test_removing_the_last_factor_takes_the_recovery_codes_along():
    user, _, _ = with_app("ada")

    factors.remove_app(user)

    assert not Authenticator.objects.filter(user=user).exists()
    assert is_in(logged_in("ada"))


def test_secrets_are_encrypted_at_rest():
    user, secret, _ = with_app("ada")

    stored = str(list(Authenticator.objects.filter(user=user).values_list("data", flat=True)))

    assert secret not in stored


def test_secret_of_an_earlier_key_is_read_and_of_a_lost_key_opens_nothing(settings):
    _, secret, codes = with_app("ada")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 9
    kept = at_second("ada").post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    settings.SECRET_KEY_FALLBACKS = []

    lost = at_second("ada").post(reverse("mfa_authenticate"), {"code": codes[0]})

    assert (kept.status_code, lost.status_code) == (302, 401)


def test_nobody_touches_a_passkey_of_another_person():
    ada, eve = person("ada"), person("eve")
    row = Authenticator.objects.create(user=ada, type=factors.PASSKEY, data={"name": "Laptop", "credential": {}})
    client = logged_in("eve")

    statuses = [
        client.post(reverse(name, args=[row.pk]), {"name": "Mine"}).status_code
        for name in ("passkey-rename", "passkey-remove")
    ]

    assert (statuses, eve.pk != ada.pk) == ([404, 404], True)
    assert Authenticator.objects.get(pk=row.pk).data["name"] == "Laptop"


def test_last_passkey_of_an_account_without_a_password_stays():
    user = person("ada")
    row = Authenticator.objects.create(user=user, type=factors.PASSKEY, data={"name": "Laptop", "credential": {}})
    client = logged_in("ada")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    session = client.session
    session[freshness.KEY] = clock.now().isoformat()
    session.save()

    response = client.post(reverse("passkey-remove", args=[row.pk]))

    assert response.status_code == 409
    assert "set a password or add another passkey first" in response.content.decode()
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_operator_removes_all_factors_of_a_person_who_lost_them():
    user, _, _ = with_app("ada")

    call_command("remove_factors", "ada")

    assert is_in(logged_in("ada"))
    event = Event.objects.get(kind="factors.removed")
    assert (event.stream, event.actor, event.payload) == ("access", None, {"of": "ada"})
    assert Message.objects.filter(recipient=user, text__startswith="All passkeys").count() == 2


# The login -----------------------------------------------------------------------------------------------------


def test_password_alone_opens_nothing_once_there_is_an_app():
    _, secret, _ = with_app("ada")
    client = at_second("ada")

    before = is_in(client)
    page = client.get(reverse("mfa_authenticate"))
    done = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert (before, page.status_code, done["Location"]) == (False, 200, reverse("queue"))
    assert is_in(client)
    assert Event.objects.get(kind="logged_in").payload == {"methods": ["password", "totp"]}


def test_recovery_code_opens_once_and_leads_back_to_the_page_that_was_asked_for():
    user, _, codes = with_app("ada")
    client = Client()
    client.post(reverse("login"), {"login": "ada", "password": PASSWORD, "next": reverse("rfc-list")})

    done = client.post(reverse("mfa_authenticate"), {"code": codes[3]})
    again = at_second("ada").post(reverse("mfa_authenticate"), {"code": codes[3]})

    assert done["Location"] == reverse("rfc-list")
    assert again.status_code == 401
    assert factors.of(user).codes_left == 9


def test_code_of_an_app_opens_once():
    _, secret, _ = with_app("ada")
    code = code_of(secret)
    first, second = at_second("ada"), at_second("ada")

    statuses = [client.post(reverse("mfa_authenticate"), {"code": code}).status_code for client in (first, second)]

    assert statuses == [302, 401]


def test_wrong_second_step_is_recorded_and_ends_in_429():
    user, _, _ = with_app("ada")
    client = at_second("ada")

    statuses = [client.post(reverse("mfa_authenticate"), {"code": f"wrong{n}"}).status_code for n in range(7)]

    assert statuses == [401] * 5 + [429] * 2
    assert Event.objects.filter(kind="refused", actor=user, payload__what="login.second").count() == 5
    assert not is_in(client)


def test_second_step_without_the_first_leads_to_the_login():
    client = Client()

    for name in ("mfa_authenticate", "second-passkey"):
        assert client.get(reverse(name))["Location"] == reverse("login")


def test_second_step_does_not_take_the_password_again():
    with_app("ada")

    response = at_second("ada").post(reverse("mfa_authenticate"), {"password": PASSWORD})

    assert response.status_code == 401


# A proof -------------------------------------------------------------------------------------------------------


def test_code_renews_the_proof(clock_shift):
    _, _, codes = with_app("ada")
    client = at_second("ada")
    client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    clock_shift(hours=1)

    asked = client.get(reverse("passkey-add"))
    done = client.post(reverse("confirm"), {"code": codes[1], "next": reverse("passkey-add")})

    assert asked.status_code == 302
    assert done["Location"] == reverse("passkey-add")
    assert client.get(reverse("passkey-add")).status_code == 200


# Whatever comes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("credential", HOSTILE)
def test_answer_that_is_no_passkey_is_refused_everywhere_and_never_an_error(credential):
    with_app("ada")
    said = {"credential": credential, "code": ""}
    client, anonymous = at_second("ada"), Client()
    anonymous.get(reverse("mfa_login_webauthn"))
    client.get(reverse("second-passkey"))

    login = anonymous.post(reverse("mfa_login_webauthn"), said)
    second = client.post(reverse("mfa_authenticate"), said)
    person("bob")
    bob = logged_in("bob")
    bob.get(reverse("passkey-add"))
    added = bob.post(reverse("passkey-add"), said)
    proved = bob.post(reverse("confirm"), said)

    assert [response.status_code for response in (login, second, added, proved)] == [401, 401, 422, 401]
