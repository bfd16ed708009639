"""The panel's forms for a concern, each a plain POST."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from approvals import freshness
from approvals.models import Round, SignOff
from rfcs import clock
from rfcs.states import ARCHITECTURE
from tests import factories as f

pytestmark = pytest.mark.django_db


def desk(user) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session[freshness.KEY] = clock.now().isoformat()
    session.save()
    return client


def raised() -> tuple[SignOff, list[User]]:
    members = f.board(3)
    f.lead(ARCHITECTURE, members[2])
    rfc = f.rfc_in("review")
    return f.sign(rfc, members[0], "discuss", title="Old callers"), members


def panel(client: Client, concern: SignOff) -> str:
    return client.get(reverse("rfc-sign-offs", args=[concern.round.rfc.number])).content.decode()


def test_each_sees_the_form_that_is_theirs():
    concern, (raiser, other, lead) = raised()
    owner = concern.round.rfc.owner
    forms = ("Your answer", "Clear my concern", "Override as a lead")

    seen = {user: [form in panel(desk(user), concern) for form in forms] for user in (owner, raiser, lead, other)}

    assert seen == {
        owner: [True, False, False],
        raiser: [False, True, False],
        lead: [False, False, True],
        other: [False, False, False],
    }


def test_an_open_concern_is_told_once_and_its_row_leads_there():
    concern, (raiser, *_) = raised()
    text = concern.rationale

    while_open = panel(desk(raiser), concern)
    f.sign(concern.round.rfc, raiser, "reject")
    settled = panel(desk(raiser), concern)

    assert while_open.count(text) == 1
    assert f'<a href="#concern-{concern.pk}">Old callers</a>' in while_open
    assert "#concern-" not in settled


def test_the_owner_answers_on_the_page():
    concern, _ = raised()
    client = desk(concern.round.rfc.owner)

    client.post(reverse("concern-answer", args=[concern.pk]), {"text": "They are told by mail."})

    assert "They are told by mail." in panel(client, concern)
    assert concern.replies.get().kind == "answer"


@pytest.mark.parametrize(("text", "status"), [("", 422), ("nul\0", 422), ("x" * 20_001, 422)])
def test_a_refused_override_keeps_what_was_typed(text, status):
    concern, (*_, lead) = raised()

    response = desk(lead).post(reverse("concern-override", args=[concern.pk]), {"text": text})

    assert response.status_code == status
    assert "Not done:" in response.content.decode()
    assert not concern.replies.exists()


def test_an_override_asks_for_the_password_and_keeps_the_reason():
    concern, (*_, lead) = raised()
    client = Client()
    client.force_login(lead)
    address = reverse("concern-override", args=[concern.pk])

    refused = client.post(address, {"text": "Known risk."})
    assert (refused.status_code, "Known risk." in refused.content.decode()) == (401, True)
    client.post(address, {"text": "Known risk.", "password": f.PASSWORD})

    assert concern.replies.get().text == "Known risk."
    assert "Known risk." in panel(client, concern)


def test_the_raiser_clears_and_the_history_keeps_it():
    concern, (raiser, *_) = raised()
    client = desk(raiser)
    said = {"digest": concern.material_digest, "team": concern.team, "position": "no_objection", "rationale": "Settled"}

    client.post(reverse("sign-off", args=[concern.round.pk]), said | {"clears": str(concern.pk)})

    assert "Clear my concern" not in panel(client, concern)
    assert "Old callers" in client.get(reverse("rfc-history", args=[concern.round.rfc.number])).content.decode()


def test_a_concern_of_an_invisible_rfc_is_not_there():
    concern, _ = raised()
    f.edit(concern.round.rfc, embargoed=True)

    assert desk(f.person()).post(reverse("concern-answer", args=[concern.pk]), {"text": "I"}).status_code == 404


# The form -------------------------------------------------------------------------------------------------


def sent(rfc, **said):
    round_ = Round.objects.get(rfc=rfc)
    fixed = {"team": "architecture", "digest": rfc.material_digest, "rationale": "Because"}
    return desk(f.signers(rfc)[0][0]).post(reverse("sign-off", args=[round_.pk]), fixed | said)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"position": "discuss", "until": "2031-01-01"}, "title"),
        ({"position": "hold", "title": "Old callers", "until": "2031-01-01"}, "until"),
        ({"position": "hold", "title": "Old callers", "until": "soon"}, "until"),
    ],
)
def test_field_that_a_position_needs_has_its_error_and_all_that_was_typed_stays(
    said: dict[str, str], name: str
) -> None:
    rfc = f.rfc_in("review")
    page = sent(rfc, **said)

    assert page.status_code == 422
    html = page.content.decode()
    assert f'id="{"sign-title" if name == "title" else name}-error"' in html
    assert html.count('class="form-control is-invalid"') == 1
    assert all(f'value="{text}"' in html for text in said.values())


def test_what_was_typed_for_another_position_is_not_signed():
    rfc = f.rfc_in("review")
    sent(rfc, position="approve", title="Old callers" * 30, until="soon")

    signed = SignOff.objects.get()
    assert (signed.position, signed.title, signed.until) == ("approve", "", None)
