"""Coming in and going out: what the login says, what a forgotten password leads to, which sessions end when."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse

from approvals import freshness
from rfcs import clock
from rfcs.models import Event
from tests.factories import PASSWORD, person

pytestmark = pytest.mark.django_db
NEW = "quite another sentence"


def log_in(client: Client, login: str, password: str = PASSWORD, **more: str):
    return client.post(reverse("login"), {"login": login, "password": password, **more})


def logged_in(login: str) -> Client:
    client = Client()
    assert log_in(client, login).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("queue")).status_code == 200


@pytest.mark.parametrize("login", ["ada", "ADA@example.org"])
def test_login_takes_the_user_name_or_the_address(login):
    person("ada")

    response = log_in(client := Client(), login)

    assert (response.status_code, response["Location"]) == (302, reverse("queue"))
    assert is_in(client)
    assert Event.objects.get(kind="logged_in").payload == {"methods": ["password"]}


def test_wrong_password_and_unknown_name_read_the_same():
    person("ada")
    wrong, unknown = log_in(Client(), "ada", "wrong"), log_in(Client(), "bob", "wrong")

    said = [re.findall(r"<li>(.*?)</li>", response.content.decode()) for response in (wrong, unknown)]

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert said[0] == said[1] != []


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_login_leads_nowhere_else(next_):
    person("ada")

    response = log_in(Client(), "ada", next=next_)

    assert response["Location"] == reverse("queue")


def test_login_leads_back_to_the_page_that_was_asked_for():
    person("ada")
    client = Client()
    asked = client.get(reverse("rfc-list"))
    page = client.get(asked["Location"])

    response = log_in(client, "ada", next=reverse("rfc-list"))

    assert 'name="next"' in page.content.decode()
    assert response["Location"] == reverse("rfc-list")


def test_login_changes_the_key_of_the_session():
    """Test plan, row 32: a fixed session is worth nothing."""
    person("ada")
    client = Client()
    client.get(reverse("account_reset_password"))
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key

    log_in(client, "ada")

    assert client.session.session_key != before
    assert Client(headers={"cookie": f"sessionid={before}"}).get(reverse("queue")).status_code == 302


def test_login_of_a_deactivated_account_says_so_and_stays_out():
    person("ada", is_active=False)

    response = log_in(client := Client(), "ada")

    assert response["Location"] == reverse("account_inactive")
    assert not is_in(client)


def test_login_counts_as_fresh_by_the_clock_of_the_database(rf, clock_stands, clock_shift):
    person("ada")
    clock_shift(days=30)

    client = logged_in("ada")

    request = rf.get("/")
    request.session = client.session
    assert freshness.given_at(request) == clock.now()


def test_there_is_no_sign_up():
    response = Client().post(reverse("account_signup"), {"username": "eve", "password1": NEW, "password2": NEW})

    assert response.status_code == 405
    assert "steward" in Client().get(reverse("account_signup")).content.decode()


def test_logging_out_asks_first_and_ends_the_session():
    person("ada")
    client = logged_in("ada")

    asked = client.get(reverse("logout"))
    client.post(reverse("logout"))

    assert "Log out?" in asked.content.decode()
    assert not is_in(client)


# A forgotten password ------------------------------------------------------------------------------------------


def reset(email: str):
    return Client().post(reverse("account_reset_password"), {"email": email})


def link() -> str:
    found = re.search(r"http\S+/login/reset/\S+", str(mail.outbox[-1].body))
    assert found is not None
    return urlsplit(found[0]).path


def test_reset_answers_the_same_whether_the_address_is_known_or_not():
    person("ada")
    known, unknown = reset("ada@example.org"), reset("nobody@example.org")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [len(message.to) for message in mail.outbox] == [1, 1]
    assert "No account has it" in mail.outbox[-1].body


def test_link_of_a_reset_sets_the_password_once_and_ends_other_sessions():
    person("ada")
    elsewhere = logged_in("ada")
    reset("ada@example.org")
    client, path = Client(), link()
    form = client.get(path, follow=True)
    action = form.redirect_chain[-1][0]

    done = client.post(action, {"password1": NEW, "password2": NEW})
    again = Client().get(path, follow=True)

    assert done["Location"] == reverse("account_reset_password_from_key_done")
    assert "This link is used up" in again.content.decode()
    assert not is_in(elsewhere)
    assert log_in(Client(), "ada", NEW).status_code == 302
    assert log_in(Client(), "ada").status_code == 401


def test_reset_without_an_address_and_two_passwords_that_differ_answer_422():
    person("ada")
    no_address = reset("no address")
    reset("ada@example.org")
    client, path = Client(), link()
    action = client.get(path, follow=True).redirect_chain[-1][0]
    differ = client.post(action, {"password1": NEW, "password2": "another"})

    assert [no_address.status_code, differ.status_code] == [422, 422]
    assert "valid email address" in no_address.content.decode()
    assert "same password" in differ.content.decode()
    assert client.post(action, {"password1": NEW, "password2": NEW}).status_code == 302


def test_link_of_a_reset_leads_to_the_portal_whatever_host_was_asked(settings):
    person("ada")
    settings.PORTAL_URL = "https://breakwater.example"
    settings.ALLOWED_HOSTS = ["*"]

    Client(headers={"host": "evil.example"}).post(reverse("account_reset_password"), {"email": "ada@example.org"})

    assert "https://breakwater.example/login/reset/" in mail.outbox[-1].body
    assert "evil.example" not in mail.outbox[-1].body


def test_mail_server_that_is_away_is_said(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    person("ada")

    response = reset("ada@example.org")

    assert response.status_code == 503
    assert "mail server does not answer" in response.content.decode()


# Sessions ------------------------------------------------------------------------------------------------------


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one():
    """Test plan, row 32."""
    person("ada")
    here, elsewhere = logged_in("ada"), logged_in("ada")
    said = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}

    response = here.post(reverse("account_change_password"), said)

    assert response["Location"] == reverse("security")
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_wrong_present_password_changes_nothing():
    person("ada")
    client = logged_in("ada")

    response = client.post(
        reverse("account_change_password"), {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    )

    assert response.status_code == 422
    assert log_in(Client(), "ada").status_code == 302


def test_ending_one_session_leaves_the_others():
    user = person("ada")
    here, elsewhere, third = logged_in("ada"), logged_in("ada"), logged_in("ada")
    row = UserSession.objects.get(user=user, session_key=elsewhere.session.session_key)

    here.post(reverse("session-end", args=[row.pk]))

    assert (is_in(here), is_in(elsewhere), is_in(third)) == (True, False, True)
    event = Event.objects.get(kind="sessions.ended")
    assert (event.stream, event.payload) == ("access", {"of": "ada", "count": 1})


def test_ending_all_others_keeps_this_one():
    person("ada")
    here, elsewhere = logged_in("ada"), logged_in("ada")

    here.post(reverse("sessions-end-others"))

    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_nobody_ends_a_session_of_another_person():
    person("ada")
    eve = person("eve")
    ada_s, eve_s = logged_in("ada"), logged_in("eve")
    row = UserSession.objects.exclude(user=eve).get()

    eve_s.post(reverse("session-end", args=[row.pk]))

    assert is_in(ada_s)


def test_security_page_lists_the_sessions_with_browser_and_address():
    person("ada")
    client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    log_in(client, "ada")

    page = client.get(reverse("security")).content.decode()

    assert re.search(r"Firefox on Linux\s*<span class=\"tag\">this one</span>", page)
    assert "127.0.0.1" in page


# Too many ------------------------------------------------------------------------------------------------------


def test_guessing_is_answered_by_429_and_recorded_once_and_locks_out_nobody_else():
    """Test plan, row 33: bounded here by the limit itself, five failures for a name from one address."""
    person("ada")
    eve = Client(REMOTE_ADDR="192.0.2.7")
    statuses = [log_in(eve, "ada", f"guess {n}").status_code for n in range(7)]

    refused = log_in(eve, "ada")

    assert statuses == [401] * 5 + [429] * 2
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert "Too many attempts" in refused.content.decode()
    assert log_in(Client(REMOTE_ADDR="192.0.2.8"), "ada").status_code == 302
    event = Event.objects.get(kind="limit.reached")
    assert (event.stream, event.payload) == ("access", {"at": "login/", "address": "192.0.2.7"})


def test_guesses_over_many_names_from_one_address_end_too():
    statuses = [log_in(Client(REMOTE_ADDR="192.0.2.7"), f"name{n}", "guess").status_code for n in range(12)]

    assert statuses == [401] * 10 + [429] * 2


def test_guesses_are_counted_in_the_database_so_a_restart_forgets_nothing(settings):
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"


def test_guessing_the_proof_ends_in_429():
    person("ada")
    client = logged_in("ada")

    statuses = [client.post(reverse("confirm"), {"password": f"guess {n}"}).status_code for n in range(7)]

    assert statuses == [401] * 5 + [429] * 2
