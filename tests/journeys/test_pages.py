"""Every page in light and dark, wide and narrow: accessible, never wider than the screen, quiet in the console."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import expect

from governance.accounts import factors
from governance.exporting import asking
from governance.exporting.models import Export
from governance.pages import errors
from rfcs.conversation import discussion
from rfcs.delivery import mail, webhooks
from rfcs.delivery.webhooks import Wish
from rfcs.models import RFC, Comment, Webhook
from rfcs.notices import Notice
from rfcs.states import ARCHITECTURE, AUDITORS, STEWARDS, State
from tests.factories import again, board, person, rfc_in, short_in, sign
from tests.journeys.conftest import leaving
from tests.journeys.looks import LOOKS, look, wrong

pytestmark = pytest.mark.journey


@dataclass(frozen=True, slots=True)
class World:
    """What the pages show: an RFC in every stage that looks different, and two people who look at them."""

    author: User
    steward: User
    draft: RFC
    review: RFC
    done: RFC
    ended: RFC
    comment: Comment
    export: Export
    webhook: Webhook
    emergency: RFC
    hotfix: RFC


def world() -> World:
    author, members = person("author"), board(3)
    steward = person("steward", STEWARDS)
    review = rfc_in(State.REVIEW, author=author)
    sign(review, members[1], "discuss")
    posted = discussion.open_thread(review, by=members[0], text="Why now, @author?", section="justification")
    discussion.reply(posted.comment.thread, by=author, text="| a | b |\n|---|---|\n| `" + "long" * 40 + "` | c |")
    discussion.edit(posted.comment, by=members[0], text="Why now, @author, and *not later*?")
    settled = discussion.open_thread(review, by=author, text="x" * 200).comment
    discussion.retract(discussion.reply(settled.thread, by=author, text="Sorry").comment, by=author)
    discussion.resolve(settled.thread, by=author)
    return World(
        author,
        steward,
        rfc_in(State.DRAFT, author=author, packages=()),
        again(review),
        rfc_in(State.IMPLEMENTATION, author=author),
        rfc_in(State.ROLLED_BACK, author=author),
        posted.comment,
        asking.ask(review, "pdf", by=author),
        webhooks.create(Wish("Chat", "https://hooks.example.org/x"), by=steward)[0],
        short_in(State.IMPLEMENTATION, author=author),
        short_in(State.IMPLEMENTATION, "hotfix", author=author),
    )


Args = Callable[[World], list[Any]]
NONE: Args = lambda w: []  # noqa: E731
REVIEW: Args = lambda w: [w.review.number]  # noqa: E731
OF_COMMENT: Args = lambda w: [w.review.number, w.comment.pk]  # noqa: E731
PAGES: dict[str, tuple[str, Args]] = {
    "login": ("nobody", NONE),
    "account_signup": ("nobody", NONE),
    "account_inactive": ("nobody", NONE),
    "account_reset_password": ("nobody", NONE),
    "account_reset_password_done": ("nobody", NONE),
    "account_reset_password_from_key": ("nobody", lambda w: ["1", "set-password"]),
    "account_reset_password_from_key_done": ("nobody", NONE),
    "queue": ("author", NONE),
    "help": ("author", NONE),
    "inbox": ("author", NONE),
    "notifications": ("author", NONE),
    "watching": ("author", NONE),
    "webhooks": ("steward", NONE),
    "webhook": ("steward", lambda w: [w.webhook.pk]),
    "deliveries": ("steward", NONE),
    "unsubscribe": ("nobody", lambda w: [mail.token(w.steward, Notice.MENTION)]),
    "away": ("author", NONE),
    "security": ("author", NONE),
    "factor-app": ("author", NONE),
    "factor-app-remove": ("shielded", NONE),
    "factor-codes": ("shielded", NONE),
    "passkey-add": ("author", NONE),
    "tokens": ("author", NONE),
    "confirm": ("author", NONE),
    "account_change_password": ("author", NONE),
    "account_logout": ("author", NONE),
    "teams": ("author", NONE),
    "team": ("steward", lambda w: [ARCHITECTURE]),
    "team-remove": ("steward", lambda w: [ARCHITECTURE, w.comment.author.username]),
    "people": ("steward", NONE),
    "person": ("steward", lambda w: [w.comment.author.username]),
    "person-deactivate": ("steward", lambda w: [w.comment.author.username]),
    "calendar": ("author", NONE),
    "calendar-feed": ("author", NONE),
    "rfc-list": ("author", NONE),
    "rfc-create": ("author", NONE),
    "rfc-call": ("author", lambda w: ["emergency"]),
    "rfc-incident": ("author", lambda w: [w.hotfix.number]),
    "rfc-page": ("author", REVIEW),
    "rfc-impact": ("author", REVIEW),
    "rfc-checklist": ("author", lambda w: [w.done.number]),
    "rfc-sign-offs": ("board", REVIEW),
    "rfc-discussion": ("author", REVIEW),
    "rfc-thread": ("author", lambda w: [w.review.number, w.comment.thread_id]),
    "rfc-comment-edit": ("board", OF_COMMENT),
    "rfc-comment-versions": ("author", OF_COMMENT),
    "rfc-history": ("author", REVIEW),
    "rfc-revision": ("author", lambda w: [w.ended.number, 1]),
    "rfc-revisions": ("author", REVIEW),
    "rfc-comparison": ("author", lambda w: [w.ended.number, 1, 1]),
    "rfc-edit": ("author", lambda w: [w.draft.number]),
    "rfc-import": ("author", lambda w: [w.draft.number]),
    "rfc-html": ("author", lambda w: [w.done.number]),
    "rfc-export": ("author", lambda w: [w.review.number, w.export.pk]),
}
"""Every page by the name of its address: who looks at it, and what the address names."""

OTHER_LOOKS = (
    ("author", "/rfcs/?state=nonsense"),
    ("author", "/rfcs/?q=nothing+like+it"),
    ("author", "/rfcs/?state=open&mine=on"),
    ("author", "/inbox/?kind=decision"),
    ("author", "/calendar/?at={month}"),
    ("author", "/calendar/?at=1999-Q4"),
    ("author", "/calendar/?at=soon"),
    ("author", "/rfcs/new/hotfix/"),
    ("author", "/rfcs/{emergency}/"),
    ("author", "/rfcs/{hotfix}/"),
    ("board", "/rfcs/{hotfix}/incident-review/"),
    ("author", "/rfcs/{draft}/"),
    ("author", "/rfcs/{ended}/"),
    ("author", "/rfcs/{draft}/discussion/"),
    ("author", "/rfcs/{review}/discussion/?show=all"),
    ("author", "/rfcs/{review}/discussion/?show=resolved"),
    ("author", "/rfcs/{review}/checklist/"),
    ("author", "/rfcs/{review}/sign-offs/"),
    ("board", "/"),
    ("board", "/inbox/"),
    ("board", "/rfcs/99999/"),
    ("author", "/people/"),
    ("author", "/rfcs/{ended}/import/"),
    ("author", "/rfcs/{review}/justification.html?with=record"),
    ("steward", "/me/watching/"),
    ("steward", "/teams/"),
    ("board", "/me/away/"),
    ("auditor", "/rfcs/{review}/discussion/"),
)
"""The same pages where they look different: empty, filtered, ended, read by others, not there."""

# fmt: off
WITHOUT_A_PAGE = frozenset(
    {
        "account_login", "logout", "account_reauthenticate", "account_set_password", "confirm-passkey",
        "sessions-end-others", "session-end", "token-revoke", "away-end", "delegate", "delegation-end", "team-create",
        "team-add", "team-lead", "person-invite", "person-reactivate", "inbox-read-all", "inbox-message", "inbox-read",
        "rfc-list-csv", "view-save", "view-remove", "rfc-settle-clash", "rfc-override-freeze", "rfc-name-owner",
        "calendar-ics", "rfc-embargo",
        "rfc-file", "rfc-follow-up", "rfc-accept-risk", "rfc-lesson", "rfc-incident-accept", "rfc-outage",
        "rfc-ask-again", "rfc-track",
        "rfc-acknowledge", "rfc-checklist-item", "rfc-thread-settle", "rfc-comment-preview",
        "rfc-comment-people", "rfc-comment", "rfc-comment-retract", "rfc-move", "rfc-autosave", "rfc-preview",
        "rfc-readiness", "rfc-discard", "rfc-people", "rfc-attach", "rfc-detach", "rfc-attachment",
        "rfc-markdown", "rfc-export-ask", "rfc-export-file", "rfc-commit-message", "sign-off", "concern-answer",
        "concern-override", "second-factor", "person-invitation", "person-link", "person-unlink",
        "webhook-rotate", "webhook-test", "webhook-end", "mail-test", "delivery-retry",
    }
)
# fmt: on
"""Addresses that take a form, lead on, or answer a file or a piece of a page; and second names of a page above."""

OF_A_SECOND_FACTOR = frozenset(
    {
        "mfa_authenticate",
        "mfa_login_webauthn",
        "second-passkey",
        "passkey-rename",
        "passkey-remove",
    }
)
"""These need a device in the browser; test_passkeys.py walks through them."""

OF_SINGLE_SIGN_ON = frozenset(
    {
        "provider-login",
        "provider-callback",
        "provider-confirm",
        "confirm-done",
        "identity-add",
        "identity-remove",
    }
)
"""These need a provider; test_single_sign_on.py walks through them."""


def pages_of(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from pages_of(one.url_patterns) if str(one.pattern) != "api/" else ()
        elif one.name:
            yield one.name, one


def test_every_address_is_looked_at_or_has_no_page():
    known = {name for name, _ in pages_of(get_resolver().url_patterns)}
    elsewhere = WITHOUT_A_PAGE | OF_A_SECOND_FACTOR | OF_SINGLE_SIGN_ON

    assert known - PAGES.keys() - elsewhere == set()
    assert (PAGES.keys() | elsewhere) - known == set()


def with_an_app(desk: Any, look: dict[str, Any]) -> Any:
    """A desk whose person set up an authenticator app after logging in."""
    user = person()
    page = desk(user, **look)
    factors.add_app(user, "JBSWY3DPEHPK3PXP")
    return page


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pages_are_accessible(desk, scheme, width):
    w = world()
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    people = {"author": w.author, "board": w.comment.author, "steward": w.steward, "auditor": person(None, AUDITORS)}
    desks = {"nobody": desk(**look)} | {who: desk(user, **look) for who, user in people.items()}
    desks["shielded"] = with_an_app(desk, look)
    numbers = {name: getattr(w, name).number for name in ("draft", "review", "ended", "emergency", "hotfix")}
    numbers["month"] = f"{w.review.window_start:%Y-%m}"
    visits = [(who, reverse(name, args=args(w)), name) for name, (who, args) in PAGES.items()]
    visits += [(who, path.format(**numbers), "") for who, path in OTHER_LOOKS]

    found = []
    for who, path, name in visits:
        page = desks[who]
        answer = page.goto(path)
        if name:
            found += [] if answer.ok else [f"{path} answered {answer.status}"]
            found += [] if urlsplit(page.url).path == path else [f"{path} led {who} to {page.url}"]
        found += wrong(page)

    assert not found, "\n".join(found)


WENT_WRONG: tuple[tuple[int, str, Exception | None], ...] = (
    (400, "We could not read that request", SuspiciousOperation()),
    (403, "You may not do this", PermissionDenied()),
    (404, "There is no such page", Http404()),
    (429, "Too many attempts", None),
    (500, "Something broke on our side", RuntimeError("broken for the test")),
)
"""Status, heading, and what the view raises; of an attempt too many, it answers."""


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pages_of_what_went_wrong_are_accessible(desk, monkeypatch, scheme, width):
    page = desk(person(), **look(scheme, width))
    view = dict(pages_of(get_resolver().url_patterns))["help"]

    found = []
    for status, heading, error in WENT_WRONG:
        monkeypatch.setattr(view, "callback", fails_with(error))
        answer = page.goto("/help/")
        assert answer.status == status
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        found += wrong(page)
    page.goto("/people/")
    expect(page.get_by_text("Only stewards change accounts and rosters.")).to_be_visible()
    found += wrong(page)
    page.goto("/logout/")
    page.context.clear_cookies(name="csrftoken")
    with leaving(page):
        page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="This form has gone stale")).to_be_visible()
    found += wrong(page)

    assert not found, "\n".join(found)


def fails_with(error: Exception | None) -> Callable[[HttpRequest], HttpResponse]:
    """A view of the help page that cannot show it."""

    def view(request: HttpRequest) -> HttpResponse:
        if error:
            raise error
        return errors.too_many(request)

    return view


def test_shortcuts_lead_to_the_queue_the_list_and_the_search(desk):
    page = desk(person())
    page.goto("/help/")

    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/rfcs/")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(lambda url: url.rstrip("/").count("/") == 2)
    page.keyboard.press("/")
    expect(page.locator("#site-search")).to_be_focused()


def test_the_open_tab_is_in_sight_on_a_phone(desk):
    rfc = rfc_in(State.ASSESSMENT)
    page = desk(rfc.owner, **look("light", 320))

    for name in ("rfc-page", "rfc-checklist", "rfc-history"):
        page.goto(reverse(name, args=[rfc.number]))
        tab = page.locator(".tabs [aria-current]").bounding_box()
        assert tab["x"] >= 0, name
        assert tab["x"] + tab["width"] <= 320, name


def test_keys_move_along_the_rows_open_one_and_can_be_switched_off(desk):
    author = person("author")
    first, last = (rfc_in(State.ASSESSMENT, author=author, title=title) for title in ("Above", "Below"))
    page = desk(author)
    page.goto(f"/calendar/?at={first.window_start:%Y-%m}")
    rows = page.locator("tbody[data-list] tr")
    expect(rows).to_have_count(2)
    for key, at in (("j", 0), ("j", 1), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(at).locator("a:focus")).to_have_count(1)

    page.goto("/rfcs/")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/rfcs/{first.number}/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/calendar/")

    page.keyboard.press("?")
    page.get_by_label("Shortcuts are on in this browser").uncheck()
    page.get_by_role("button", name="Close").click()
    page.goto(f"/rfcs/{last.number}/")
    page.keyboard.press("/")
    expect(page.locator("#site-search")).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
