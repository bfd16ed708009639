"""Teams and accounts: stewards change them, every change is an event, and the portal is never without a steward."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance import roll, rosters
from governance.accounts import people
from governance.api import tokens
from governance.models import AccessToken
from rfcs.errors import Refused
from rfcs.models import Event, TeamLead
from rfcs.states import ARCHITECTURE, AUDITORS, STEWARDS
from tests.factories import PASSWORD, board, lead, person, rfc_in

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def roster_events() -> list[tuple[str, str]]:
    rows = Event.objects.filter(stream="roster").order_by("seq").select_related("actor")
    return [(row.kind, row.actor.username if row.actor else "") for row in rows]


def refusal_of(verb, *args, **kwargs) -> tuple[int, str]:
    with pytest.raises(Refused) as refusal:
        verb(*args, **kwargs)
    return refusal.value.status, refusal.value.reasons[0].code


def test_adding_and_removing_a_member_is_told_with_before_and_after():
    steward, ada = person("stu", STEWARDS), person("ada")

    rosters.create("bridge", by=steward)
    rosters.add("bridge", ada, by=steward)
    rosters.add("bridge", ada, by=steward)
    rosters.remove("bridge", ada, by=steward)

    assert roster_events() == [("team.created", "stu"), ("member.added", "stu"), ("member.removed", "stu")]
    added = Event.objects.get(kind="member.added").payload
    assert added == {"team": "bridge", "person": "ada", "before": [], "after": ["ada"]}


@pytest.mark.parametrize("teams", [(), (ARCHITECTURE,), (AUDITORS,), (AUDITORS, STEWARDS)])
def test_only_stewards_change_rosters(teams):
    """Test plan, row 9; an auditor changes nothing, not even as a steward."""
    person("stu", STEWARDS)
    by, ada = person("by", *teams), person("ada")

    for verb, args, kwargs in (
        (rosters.add, (STEWARDS, ada), {}),
        (rosters.remove, (STEWARDS, ada), {}),
        (rosters.set_lead, (STEWARDS, ada), {"leads": True}),
        (rosters.create, ("bridge",), {}),
        (people.deactivate, (ada,), {}),
        (people.reactivate, (ada,), {}),
        (people.invite, ("new", "new@example.org"), {"first": "", "last": ""}),
    ):
        assert refusal_of(verb, *args, by=by, **kwargs)[0] == 403
    assert roster_events() == []


def test_last_steward_stays():
    stu, gone = person("stu", STEWARDS), person("gone", STEWARDS, is_active=False)

    assert refusal_of(rosters.remove, STEWARDS, stu, by=stu) == (409, "last_steward")
    assert refusal_of(people.deactivate, stu, by=stu) == (409, "last_steward")
    people.reactivate(gone, by=stu)
    rosters.remove(STEWARDS, stu, by=stu)
    assert list(stu.groups.all()) == []


def test_change_of_teams_ends_the_sessions_of_that_person():
    """Test plan, row 32."""
    steward = person("stu", STEWARDS)
    ada = person("ada")
    client = Client()
    client.post(reverse("login"), {"login": "ada", "password": PASSWORD})
    rosters.create("bridge", by=steward)

    rosters.add("bridge", ada, by=steward)

    assert client.get(reverse("queue")).status_code == 302


def test_deactivation_ends_sessions_and_tokens_at_once():
    steward, ada = person("stu", STEWARDS), person("ada")
    client = Client()
    client.post(reverse("login"), {"login": "ada", "password": PASSWORD})
    tokens.mint(ada, name="script", scopes=["read"], password_ok=False, life=timedelta(days=1))

    people.deactivate(ada, by=steward)

    assert client.get(reverse("queue")).status_code == 302
    assert AccessToken.objects.count() == 0
    assert Event.objects.get(kind="account.deactivated").payload["tokens_ended"] == 1


def test_who_leaves_a_team_leads_it_no_more():
    steward, ada = person("stu", STEWARDS), person("ada", ARCHITECTURE)
    rosters.set_lead(ARCHITECTURE, ada, by=steward, leads=True)

    rosters.remove(ARCHITECTURE, ada, by=steward)

    assert TeamLead.objects.count() == 0
    assert refusal_of(rosters.set_lead, ARCHITECTURE, ada, by=steward, leads=True) == (409, "no_member")


@pytest.mark.parametrize("slug", ["", "A", "1st", "a b", "a" * 41, "x\0y"])
def test_short_name_of_a_team_is_checked(slug):
    assert refusal_of(rosters.create, slug, by=person("stu", STEWARDS)) == (422, "slug")


def test_invited_person_chooses_a_password_by_mail_and_comes_in():
    client = client_of(person("stu", STEWARDS))

    client.post(reverse("person-invite"), {"username": "new", "email": "new@example.org", "first": "N", "last": "Ew"})
    found = re.search(r"/login/reset/\S+", str(mail.outbox[-1].body))
    assert found is not None
    theirs = Client()
    form = theirs.get(found[0], follow=True).redirect_chain[-1][0]
    theirs.post(form, {"password1": "a long sentence here", "password2": "a long sentence here"})
    response = theirs.post(reverse("login"), {"login": "new", "password": "a long sentence here"})

    assert response.status_code == 302
    assert theirs.get(reverse("queue")).status_code == 200


def test_invitation_says_all_that_is_wrong_and_keeps_what_was_typed():
    person("ada")
    said = {"username": "ADA", "email": "no address", "first": "Kept", "last": ""}

    response = client_of(person("stu", STEWARDS)).post(reverse("person-invite"), said)

    page = response.content.decode()
    assert response.status_code == 409
    assert "is taken" in page
    assert "valid email address" in page
    assert 'value="Kept"' in page


def test_pages_show_the_roster_to_all_and_the_buttons_to_stewards():
    lead, *_ = board(2)
    engineer, steward = client_of(person()), client_of(person("stu", STEWARDS))
    url = reverse("team", args=[ARCHITECTURE])

    seen, managed = engineer.get(url).content.decode(), steward.get(url).content.decode()

    assert lead.get_full_name() in seen
    assert ("Remove…" in seen, "Remove…" in managed) == (False, True)
    assert engineer.get(reverse("people")).status_code == 403
    assert engineer.post(reverse("team-add", args=[ARCHITECTURE]), {"username": "stu"}).status_code == 403


def test_removing_says_which_open_reviews_lose_a_seat():
    members = board(3)
    rfc = rfc_in("review")
    client = client_of(person("stu", STEWARDS))
    url = reverse("team-remove", args=[ARCHITECTURE, members[0].username])

    asked = client.get(url).content.decode()
    client.post(url)

    assert rfc.number in asked
    assert not members[0].groups.exists()


def test_removing_the_last_member_warns():
    ada = person("ada", ARCHITECTURE)
    url = reverse("team-remove", args=[ARCHITECTURE, ada.username])

    assert "cannot pass" in client_of(person("stu", STEWARDS)).get(url).content.decode()


def test_list_of_people_costs_the_same_for_few_and_many(django_assert_num_queries, django_assert_max_num_queries):
    client = client_of(person("stu", STEWARDS))
    person()
    with django_assert_max_num_queries(15) as few:
        client.get(reverse("people"))
    for _ in range(5):
        person(None, ARCHITECTURE)

    with django_assert_num_queries(len(few.captured_queries)):
        client.get(reverse("people"))


# Who was invited and has not come -------------------------------------------------------------------------------


def fresh_steward() -> Client:
    """A steward who logged in just now."""
    person("stu", STEWARDS)
    client = Client()
    client.post(reverse("login"), {"login": "stu", "password": PASSWORD})
    return client


def invited(by: Client, username: str = "new") -> User:
    said = {"username": username, "email": f"{username}@example.org", "first": "N", "last": "Ew"}
    assert by.post(reverse("person-invite"), said).status_code == 302
    return User.objects.get(username=username)


def test_invitation_is_sent_again_until_somebody_came_in():
    steward = fresh_steward()
    user = invited(steward)

    page = steward.get(reverse("person", args=["new"])).content.decode()
    again = steward.post(reverse("person-invitation", args=["new"]))
    user.set_password(PASSWORD)
    user.save()
    late = steward.post(reverse("person-invitation", args=["new"]))

    assert "Invited, and not here yet" in page
    assert again["Location"] == reverse("person", args=["new"])
    assert [message.to for message in mail.outbox] == [["new@example.org"]] * 2
    assert late.status_code == 409
    assert "has come in already" in late.content.decode()
    assert Event.objects.get(kind="account.invited_again").payload == {"person": "new", "way": "mail"}


def test_link_of_an_invitation_is_shown_to_a_steward_who_proved_who_they_are_and_it_works(clock_shift):
    steward = fresh_steward()
    invited(steward)

    shown = steward.post(reverse("person-link", args=["new"]))
    later = steward.get(reverse("person", args=["new"])).content.decode()
    clock_shift(hours=1)
    asked = steward.post(reverse("person-link", args=["new"]))

    found = re.search(r"/login/reset/[^\s<]+", shown.content.decode())
    assert found is not None
    assert "/login/reset/" not in later
    assert "no-store" in shown["Cache-Control"]
    assert Client().get(found[0], follow=True).status_code == 200
    assert asked["Location"].startswith(reverse("confirm"))
    assert Event.objects.get(kind="account.invited_again").payload == {"person": "new", "way": "link"}


def test_invitation_while_the_mail_server_is_away_keeps_the_account_and_leads_to_the_link(settings):
    steward = fresh_steward()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    said = {"username": "new", "email": "new@example.org", "first": "N", "last": "Ew"}

    response = steward.post(reverse("person-invite"), said, follow=True)
    again = steward.post(reverse("person-invitation", args=["new"]), follow=True)

    assert response.redirect_chain == [(reverse("person", args=["new"]), 302)]
    assert "our mail server does not answer" in response.content.decode()
    assert "hand over the link yourself" in again.content.decode()


@pytest.mark.parametrize("name", ["person", "person-invitation", "person-link", "person-unlink"])
def test_only_stewards_see_and_help_one_person(name):
    person("ada")
    client = client_of(person())

    assert client.post(reverse(name, args=["ada"])).status_code == 403


def test_deactivated_invitation_leads_nowhere():
    steward = fresh_steward()
    people.deactivate(invited(steward), by=User.objects.get(username="stu"))

    response = steward.post(reverse("person-link", args=["new"]))

    assert response.status_code == 409
    assert "/login/reset/" not in response.content.decode()


# The roll --------------------------------------------------------------------------------------------------


def test_a_member_and_a_lead_past_the_verbs_are_named() -> None:
    ada, eve = person("ada"), person("eve")
    call_command("members", "add", "architecture", "ada", stdout=StringIO())
    call_command("members", "lead", "architecture", "ada", stdout=StringIO())
    assert [str(finding) for finding in roll.verify()] == []

    group = Group.objects.get(name=ARCHITECTURE)
    group.user_set.set([eve])
    TeamLead.objects.all().update(person=eve)

    assert [str(finding) for finding in roll.verify()] == [
        "team architecture: eve is a member, and no event tells of it. [member]",
        "team architecture: ada is no member, and no event tells of the end. [member]",
        "team architecture: eve is a lead, and no event tells of it. [lead]",
        "team architecture: ada is no lead, and no event tells of the end. [lead]",
    ]
    rosters.add(ARCHITECTURE, ada, by=None)  # an event that names everybody afterwards excuses nobody
    assert next(finding.message for finding in roll.verify()) == "eve is a member, and no event tells of it."
    with pytest.raises(SystemExit):
        call_command("verify_audit", "roster", stdout=StringIO())


def test_what_was_there_before_is_put_on_record_once() -> None:
    lead(ARCHITECTURE, person("ada"))
    assert len(list(roll.verify())) == 2

    call_command("members", "record", stdout=StringIO())
    call_command("members", "remove", "architecture", "ada", stdout=StringIO())

    assert list(roll.verify()) == []
    assert roster_events() == [("roster.recorded", ""), ("member.removed", "")]


def test_the_roll_is_called_in_as_many_queries_for_many_teams_as_for_one() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(roll.verify())
        return len(captured)

    person("ada", "one")
    first = queries()
    for number in range(10):
        person(None, f"team{number}")

    assert queries() == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "architecture"), "Name a team and people"),
        (("add", "architecture", "nobody"), "Nobody has the user name nobody"),
        (("add", "bridge", "ada"), "There is no team “bridge”"),
        (("remove", "stewards", "stu"), "last steward"),
        (("lead", "architecture", "ada"), "no active member"),
    ],
)
def test_the_command_says_what_is_wrong(words: tuple[str, ...], said: str) -> None:
    person("stu", STEWARDS), person("ada")

    with pytest.raises(CommandError, match=said):
        call_command("members", *words)


def test_the_first_steward_comes_from_a_shell() -> None:
    person("ada")

    call_command("members", "add", "stewards", "ada", stdout=StringIO())

    assert roster_events() == [("team.created", ""), ("member.added", "")]
