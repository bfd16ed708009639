"""The pages answer what people send, and show all of it."""

import re

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from governance.pages.record import panels
from governance.pages.record.editing import base_of
from rfcs import clock, editing, limits
from rfcs.content import Content
from rfcs.forms import RFCForm
from rfcs.impact import answering
from rfcs.lifecycle import LONGEST_INPUT
from rfcs.models import RFC, Event, Message, WorkingCopy
from rfcs.models.ledger import Channel
from rfcs.states import State
from tests.factories import again, client_of, content, draft, move, owned, package, person, rfc_in, short_in
from tests.timing import is_done_within, quickest

pytestmark = pytest.mark.django_db


def form_of(rfc: RFC, **changes: str) -> dict[str, str]:
    """What the edit page sends for this RFC, with one package."""
    said = content().json()
    rows = {"packages-TOTAL_FORMS": "1", "packages-INITIAL_FORMS": "0", "packages-0-path": "src/core"}
    texts = {key: value for key, value in said.items() if isinstance(value, str)}
    version = WorkingCopy.objects.get(rfc=rfc).version
    return {**texts, **rows, "packages-0-description": "New", "version": str(version), **changes}


def test_unstorable_user_name_is_nobody():
    rfc = draft()

    response = client_of(rfc.owner).post(
        reverse("rfc-people", args=[rfc.number]), {"username": "nul\0byte"}, follow=True
    )

    assert response.status_code == 200
    assert "Nobody has the user name" in response.content.decode()


def refusals(rfc: RFC) -> list[str]:
    found = Event.objects.filter(kind="refused", payload__on=rfc.stream)
    return [event.payload["what"] for event in found]


@pytest.mark.parametrize("changes", [{}, {"packages-0-path": "../outside"}, {"add_rows": "3"}])
def test_save_by_a_stranger_is_refused_and_recorded(changes):
    rfc = draft()

    response = client_of(person()).post(reverse("rfc-edit", args=[rfc.number]), form_of(rfc, **changes))

    assert response.status_code == 403
    assert refusals(rfc) == ["save"]


def test_opening_the_form_as_a_stranger_is_refused():
    rfc = draft()

    assert client_of(person()).get(reverse("rfc-edit", args=[rfc.number])).status_code == 403


# Nothing is cut off -------------------------------------------------------------------------------------------


def test_note_of_a_move_that_is_too_long_is_answered_and_kept():
    rfc = rfc_in(State.ASSESSMENT)
    note = "n" * LONGEST_INPUT + "the end"

    response = client_of(rfc.owner).post(reverse("rfc-move", args=[rfc.number]), {"move": "withdraw", "note": note})

    assert response.status_code == 422
    assert "the end" in response.content.decode()
    assert again(rfc).state == State.ASSESSMENT


def test_note_of_a_move_is_stored_whole():
    rfc = rfc_in(State.ASSESSMENT)
    note = "n" * 6_000

    client_of(rfc.owner).post(reverse("rfc-move", args=[rfc.number]), {"move": "withdraw", "note": note})

    assert Event.objects.get(kind="move.withdraw", stream=rfc.stream).payload["note"] == note


def test_note_of_a_save_that_is_too_long_is_answered_and_kept():
    rfc = rfc_in(State.ASSESSMENT)
    url = reverse("rfc-edit", args=[rfc.number])

    response = client_of(rfc.owner).post(url, form_of(rfc, note="n" * limits.NOTE + "the end"))

    assert response.status_code == 422
    assert "the end" in response.content.decode()
    assert rfc.revisions.count() == 1


def test_note_of_a_save_is_stored_whole():
    rfc = rfc_in(State.ASSESSMENT)

    client_of(rfc.owner).post(reverse("rfc-edit", args=[rfc.number]), form_of(rfc, note="n" * 3_000))

    assert len(rfc.revisions.latest("number").note) == 3_000


def test_save_that_changes_nothing_makes_no_revision_says_so_and_keeps_the_note():
    rfc = rfc_in(State.ASSESSMENT)
    client, url = client_of(rfc.owner), reverse("rfc-edit", args=[rfc.number])

    client.post(url, form_of(rfc, justification="First."))
    same = client.post(url, form_of(again(rfc), justification="First.", note="For the board."), follow=True)
    saved = client.post(url, form_of(again(rfc), justification="Second.", note="For the board."), follow=True)
    page = client.get(url).content.decode()

    assert (
        "Nothing differs from revision 2, so there is no new revision. Your note is still here."
        in same.content.decode()
    )
    assert 'value="For the board."' in same.content.decode()
    assert "Saved as revision 3." in saved.content.decode()
    assert rfc.revisions.latest("number").note == "For the board."
    assert "For the board." not in page


def test_remark_of_a_refused_checklist_item_is_kept():
    rfc = rfc_in(State.IMPLEMENTATION)
    item = rfc.checklist.filter(kind="attested", phase="implementation").get()
    url = reverse("rfc-checklist-item", args=[rfc.number, item.slug])

    response = client_of(rfc.owner).post(url, {"link": "no link", "text": "What I remarked"})

    assert response.status_code == 422
    assert "What I remarked" in response.content.decode()


def test_conflict_shows_how_packages_differ():
    rfc = draft(packages=(package("src/core", api=True, severity="low"),))
    form = form_of(rfc, **{"packages-0-data": "on", "packages-0-severity": "high", "version": "999"})

    response = client_of(rfc.owner).post(reverse("rfc-edit", args=[rfc.number]), form)

    shown = response.content.decode()
    assert response.status_code == 409
    assert re.search(r"severity: Low.*; changes: API", shown)
    assert re.search(r"severity: High.*; changes: data", shown)


def test_conflict_asks_only_where_both_sides_wrote():
    rfc = draft()
    page = client_of(rfc.owner).get(reverse("rfc-edit", args=[rfc.number]))
    opened = {"base": page.context["base"], "version": str(page.context["copy_version"])}
    theirs = rfc.working_copy.content.with_(justification="Theirs", rollback_plan="1. Theirs")
    editing.autosave(rfc, by=rfc.owner, version=rfc.working_copy.version, content=theirs)
    mine = {"justification": "Mine", "testing_unit": "Mine alone"}

    response = client_of(rfc.owner).post(
        reverse("rfc-edit", args=[rfc.number]), form_of(rfc, **{"scenario": "api_contract"} | mine | opened)
    )

    assert response.status_code == 409
    asked = {field["name"] for field in response.context["fields"]}
    assert "justification" in asked
    assert asked.isdisjoint({"testing_unit", "rollback_plan"})
    assert "rollback_plan" in response.context["taken"]
    assert "Unit tests" in response.context["kept"]


def test_a_second_conflict_asks_only_about_what_both_changed_since_the_first():
    rfc = draft()
    client = client_of(rfc.owner)
    url, page = reverse("rfc-edit", args=[rfc.number]), client.get(reverse("rfc-edit", args=[rfc.number]))
    opened = {"base": page.context["base"], "version": str(page.context["copy_version"])}

    def somebody_saves(**changes: str) -> None:
        copy = again(rfc).working_copy
        editing.autosave(rfc, by=rfc.owner, version=copy.version, content=copy.content.with_(**changes))

    somebody_saves(justification="Theirs", rollback_plan="1. Theirs")
    mine = {"scenario": "api_contract", "justification": "Mine", "testing_unit": "Mine alone"}
    first = client.post(url, form_of(rfc, **mine | opened)).context
    somebody_saves(rollback_plan="1. Theirs again")
    kept = {"keep-justification": "mine", "keep-rollback_plan": "theirs"}
    chosen = {"base": first["base"], "version": str(first["copy_version"])} | kept
    second = client.post(url, form_of(rfc, **mine | chosen))

    assert second.status_code == 409
    asked = {field["name"] for field in second.context["fields"]}
    assert asked.isdisjoint({"justification", "rollback_plan", "testing_unit"})
    assert "rollback_plan" in second.context["taken"]
    assert {"Justification", "Unit tests"} <= set(second.context["kept"])
    last = {"base": second.context["base"], "version": str(second.context["copy_version"])} | kept
    assert client.post(url, form_of(rfc, **mine | last)).status_code == 302
    content = again(rfc).working_copy.content
    assert (content.justification, content.rollback_plan) == ("Mine", "1. Theirs again")


def test_a_form_with_more_text_than_any_takes_says_how_much_that_is(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
    rfc = draft()

    response = client_of(rfc.owner).post(reverse("rfc-import", args=[rfc.number]), {"text": "x" * 1_100_000})

    assert response.status_code == 413
    assert "larger than 1 MB" in response.content.decode()


def test_autosave_answers_what_the_form_is_based_on_now():
    rfc = draft()

    answer = client_of(rfc.owner).post(reverse("rfc-autosave", args=[rfc.number]), form_of(rfc, justification="New"))

    assert answer.json()["base"] == base_of(again(rfc).working_copy.content)


# The list and the badge ---------------------------------------------------------------------------------------


def test_badge_counts_what_the_inbox_shows():
    reader = person()
    for is_embargoed in (False, True):
        rfc = draft(embargoed=is_embargoed)
        told = {"recipient": reader, "channel": Channel.IN_APP, "rfc": rfc, "created_at": clock.now()}
        Message.objects.create(key=f"told:{rfc.pk}", subject="News", path="/", **told)

    response = client_of(reader).get(reverse("inbox"))

    assert len(response.context["rows"]) == 1
    assert response.context["unread_messages"]() == 1


# The rows of the edit form ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rfc_of", "steps"),
    [
        (lambda: rfc_in(State.REJECTED), ["done", "done", "ended", *["todo"] * 4]),
        (lambda: rfc_in(State.WITHDRAWN), ["done", "ended", *["todo"] * 5]),
        (lambda: move(rfc_in(State.CLOSED), "roll_back"), [*["done"] * 6, "ended"]),
        (lambda: short_in(State.ROLLED_BACK), ["done", "done", "ended", "todo", "todo"]),
        (lambda: rfc_in(State.CLOSED), ["done"] * 7),
    ],
    ids=["rejected", "withdrawn", "closed, rolled back", "emergency, rolled back", "closed"],
)
def test_steps_say_how_far_it_came_and_where_it_ended(rfc_of, steps):
    rfc = rfc_of()
    page = client_of(rfc.owner).get(f"/rfcs/{rfc.number}/").content.decode()
    line = re.search(r'<ol class="stepper".*?</ol>', page, re.DOTALL)

    assert line
    assert re.findall(r'data-status="(\w+)"', line[0]) == steps
    assert ("(ended here:" in line[0], "(not reached)" in line[0]) == (
        "ended" in steps,
        {"ended", "todo"} <= set(steps),
    )
    if "ended" in steps:
        assert f'data-state="{rfc.state}"' in line[0]
        assert rfc.get_state_display() in line[0]


def test_a_refusal_says_who_can_and_a_stale_form_that_it_is_one():
    user = person()
    seen = client_of(user).get("/people/").content.decode()
    sent = client_of(user).post(reverse("rfc-edit", args=[draft().number]), {}).content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    stale = strict.post(reverse("logout"))

    assert "Only stewards change accounts and rosters." in seen
    assert "Go back to see what you typed" not in seen
    assert "Nothing was changed. Go back to see what you typed." in sent
    assert (stale.status_code, "This form has gone stale" in stale.content.decode()) == (403, True)
    assert "belongs to someone else" not in seen + stale.content.decode()


def test_a_move_beside_the_way_forward_says_itself_why_not():
    """The box of requirements is that of the way forward; another move has nothing below that it could point at."""
    rfc = rfc_in(State.IMPLEMENTATION)

    page = client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode()

    why = re.search(r'id="why-not-amend".*?</ul>', page, re.DOTALL)
    assert why
    assert "requirement" not in why[0]
    assert "revision" in why[0] or "approved" in why[0]


def test_the_history_names_items_and_days_in_words():
    said = {"item": "changes_minimal", "until": "2026-12-07", "expires_on": "2027-01-01"}

    row = panels.event_row(Event(stream="rfc:12", kind="checklist.waived", payload=said))

    assert row["text"] == "waived the item “Changes are minimal and focused”"
    assert row["detail"] == "Until 7 December 2026\nUntil 1 January 2027"


def test_two_paths_that_cannot_be_are_not_the_same_one():
    rfc = draft()
    wrong = {"packages-TOTAL_FORMS": "2", "packages-0-path": "../out", "packages-1-path": "/etc"}

    response = client_of(rfc.owner).post(reverse("rfc-edit", args=[rfc.number]), form_of(rfc, **wrong))

    assert [error.split()[2] for error in response.context["errors"]] == ["../out", "/etc"]


def test_package_rows_show_their_values_and_errors():
    rfc = draft()
    wrong = {"packages-0-path": "../out", "packages-0-severity": "high", "packages-0-api": "on"}

    response = client_of(rfc.owner).post(reverse("rfc-edit", args=[rfc.number]), form_of(rfc, **wrong))

    shown = " ".join(response.content.decode().split())
    row = shown[shown.index('<li class="package-row"') : shown.index("</ol>", shown.index('<li class="package-row"'))]
    assert '<label class="form-label" for="id_packages-0-path">' in row
    assert 'name="packages-0-path" value="../out"' in row
    assert 'aria-describedby="id_packages-0-path_error"' in row
    assert '<div class="invalid-feedback" id="id_packages-0-path_error">' in row
    assert re.search(r'name="packages-0-api" checked', row)
    assert not re.search(r'name="packages-0-data" checked', row)
    assert re.search(r'<option value="high" selected', row)


def test_template_of_a_row_is_empty_and_waits_for_its_number():
    rfc = draft()

    shown = " ".join(client_of(rfc.owner).get(reverse("rfc-edit", args=[rfc.number])).content.decode().split())

    template = shown[shown.index("<template") : shown.index("</template>")]
    assert 'id="id_packages-__prefix__-path" name="packages-__prefix__-path" value=""' in template
    assert "checked" not in template


def test_rows_cost_less_than_half_of_what_crispy_takes():
    rows = tuple(package(f"src/p{number}") for number in range(200))
    crispy = Template("{% load crispy_forms_filters %}{% for form in formset %}{{ form|crispy }}{% endfor %}")

    formsets = [RFCForm(content=content(packages=rows)).packages for _ in range(6)]
    theirs = quickest(lambda turn: crispy.render(Context({"formset": formsets.pop()})), turns=2)

    assert is_done_within(
        theirs / 2,
        lambda turn: render_to_string("components/package_rows.html", {"formset": formsets.pop()}),
        turns=4,
    )


# Nothing is linked that does not exist ------------------------------------------------------------------------


def test_pages_load_no_script_that_nothing_uses():
    shown = client_of(person()).get(reverse("queue")).content.decode()

    assert "htmx" not in shown
    assert "Profile" not in shown
    assert "More" not in shown


def needed(rfc: RFC) -> tuple[dict[str, str], dict[str, str]]:
    """The words of the edit page's requirements and of its sections, by title."""
    page = client_of(rfc.owner).get(reverse("rfc-edit", args=[rfc.number])).context
    found = page["requirements"]
    box = {row["title"]: row["word"] for row in found["rows"]} | dict.fromkeys(found["folded"], "Met")
    return box, {row["label"]: row["state_label"] for row in page["sections"]}


def test_owners_of_a_draft_are_not_asked_yet_and_nothing_is_settled() -> None:
    rfc = draft(packages=(package("src/core"), package("src/nobodys")))
    owned("src/core", person("camille"))
    mine = client_of(rfc.owner)

    drafted = mine.get(reverse("rfc-impact", args=[rfc.number]))
    move(rfc, "submit")
    submitted = mine.get(reverse("rfc-impact", args=[rfc.number]))

    first, second = drafted.context["acknowledgements"]
    assert (first["state_label"], second["state_label"]) == ("Not asked yet", "Nobody is asked")
    assert first["sentence"] == "Its owners are asked when the RFC is submitted."
    assert ("Packages settled" in drafted.content.decode(), submitted.context["settled"]) == (False, 1)


def test_a_hotfix_asks_no_owners_and_says_no_day_for_it() -> None:
    owned("src/core", person("camille"))
    rfc = short_in("draft", "hotfix", packages=(package("src/core"),))

    (row,) = client_of(rfc.owner).get(reverse("rfc-impact", args=[rfc.number])).context["acknowledgements"]

    assert (row["state_label"], row["sentence"]) == ("Nobody is asked", "")


def test_nothing_of_an_empty_draft_reads_as_met() -> None:
    box, sections = needed(editing.create(by=person(), content=Content()))
    assert set(box.values()) == {"Unmet", "Not yet"}
    assert (
        box["The scenario's questions answered"] == box["Package paths inside the repository, each once"] == "Not yet"
    )
    assert "complete" not in sections.values()
    assert (sections["Questions of the scenario"], sections["Attachments"]) == ("not yet", "optional")


def test_what_was_answered_reads_as_met_and_what_nobody_was_asked_as_not_applicable() -> None:
    box, sections = needed(draft())
    assert set(box.values()) == {"Met"}
    assert set(sections.values()) == {"complete", "optional"}
    owned("src/packages/shop/checkout", olga := person("olga"))
    for packages, found in (
        ((package(),), {"Not applicable"}),
        ((package("src/packages/shop/checkout"),), {"Not yet", "Unmet"}),
    ):
        box, _ = needed(rfc := rfc_in("assessment", packages=packages))
        assert {
            box["No objection by a package owner"],
            box["Package owners have answered, or their time lapsed"],
        } == found
    answering.answer(rfc, "src/packages/shop/checkout", by=olga, answer="acknowledge")
    assert set(needed(rfc)[0].values()) == {"Met"}
