"""Accounts: invited, deactivated, reactivated, by stewards. Nobody is ever deleted: the record names them."""

from __future__ import annotations

from collections.abc import Iterator

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest

from governance.accounts import sessions
from governance.models import AccessToken
from governance.rosters import ROSTER, locked_teams, require_another_steward, require_steward
from rfcs import events
from rfcs.errors import Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.limits import unstorable
from rfcs.states import STEWARDS
from rfcs.teams import display_name, teams_of


def invite(username: str, email: str, *, first: str, last: str, by: User) -> User:
    """A new account without a password; `send_invitation` lets its owner choose one."""
    said = {"username": username.strip(), "email": email.strip(), "first": first.strip(), "last": last.strip()}
    with attempt("account.invite", actor=by, on=ROSTER):
        require_steward(by)
        reasons = tuple(_why_not(said))
        if reasons:
            raise Refused(*reasons)
        user = User(username=said["username"], email=said["email"], first_name=said["first"], last_name=said["last"])
        user.set_unusable_password()
        user.save(force_insert=True)
        payload = {"person": user.username, "email": user.email}
        events.record(ROSTER, "account.invited", actor=by, payload=payload)
    return user


def send_invitation(request: HttpRequest, user: User) -> bool:
    """The mail with the link; the caller has committed the account. False when the mail server is away."""
    context = {
        "user": user,
        "username": user.get_username(),
        "is_invitation": True,
        "password_reset_url": _link(request, user),
    }
    try:
        get_adapter(request).send_mail("account/email/password_reset_key", user.email, context)
    except ImmediateHttpResponse:  # the page that our adapter has for somebody who waits for a link of their own
        return False
    return True


def _link(request: HttpRequest, user: User) -> str:
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    link: str = get_adapter(request).get_reset_password_from_key_url(key)
    return link


def is_waited_for(user: User) -> bool:
    """Invited, and has neither come in nor chosen a password."""
    return user.is_active and user.last_login is None and not user.has_usable_password()


def invite_again(request: HttpRequest, user: User, *, by: User) -> bool:
    """The mail once more. False when the mail server is away."""
    _record_again(user, "mail", by=by)
    return send_invitation(request, user)


def show_link(request: HttpRequest, user: User, *, by: User) -> str:
    """The link itself, for a steward to hand over where mail does not work. It opens nothing once somebody came in."""
    _record_again(user, "link", by=by)
    return _link(request, user)


def _record_again(user: User, way: str, *, by: User) -> None:
    with attempt("account.invite", actor=by, on=ROSTER):
        require_steward(by)
        if not is_waited_for(user):
            message = f"{display_name(user)} has come in already; the login page helps with a forgotten password."
            raise Refused(Reason("came_in", message, who="you"))
        events.record(ROSTER, "account.invited_again", actor=by, payload={"person": user.get_username(), "way": way})


def _why_not(said: dict[str, str]) -> Iterator[Reason]:
    if unstorable("".join(said.values())):
        yield not_ready("unstorable", "A field holds a character that is not text; remove it.", who="you")
        return
    yield from _checked("username", said["username"], 150, UnicodeUsernameValidator(), "Give a user name.")
    yield from _checked("email", said["email"], 254, validate_email, "Give an e-mail address.")
    if max(len(said["first"]), len(said["last"])) > 150:
        yield not_ready("too_long", "A name can have 150 characters.", field="first", who="you")
    if User.objects.filter(username__iexact=said["username"]).exists():
        yield Reason(
            "username_taken", f"“{said['username'][:80]}” is taken; choose another user name.", "username", "you"
        )
    if said["email"] and User.objects.filter(email__iexact=said["email"]).exists():
        yield Reason("email_taken", "An account with this address is there already.", "email", "you")


def _checked(field: str, value: str, longest: int, validator: object, missing: str) -> Iterator[Reason]:
    if not value:
        yield not_ready(f"{field}_missing", missing, field=field, who="you")
        return
    try:
        validator(value)  # type: ignore[operator] # Django's validators are callables
    except ValidationError as error:
        yield not_ready(field, str(error.message), field=field, who="you")
    if len(value) > longest:
        yield not_ready("too_long", f"At most {longest} characters are possible.", field=field, who="you")


def deactivate(person: User, *, by: User) -> None:
    """Close an account: sessions end, tokens are gone, seats in open rounds no longer count. Not the last steward's."""
    with attempt("account.deactivate", actor=by, on=ROSTER):
        require_steward(by)
        list(locked_teams(STEWARDS))
        row = User.objects.select_for_update().get(pk=person.pk)
        if not row.is_active:
            return
        if STEWARDS in teams_of(row):
            require_another_steward(row)
        row.is_active = False
        row.save(update_fields=["is_active"])
        tokens, _ = AccessToken.objects.filter(user=row).delete()
        sessions.end_all(row, by=by)
        payload = {"person": row.get_username(), "before": "active", "after": "deactivated", "tokens_ended": tokens}
        events.record(ROSTER, "account.deactivated", actor=by, payload=payload)
    person.is_active = False


def reactivate(person: User, *, by: User) -> None:
    """Open the account again, with the teams that it had."""
    with attempt("account.reactivate", actor=by, on=ROSTER):
        require_steward(by)
        row = User.objects.select_for_update().get(pk=person.pk)
        if row.is_active:
            return
        row.is_active = True
        row.save(update_fields=["is_active"])
        payload = {"person": row.get_username(), "before": "deactivated", "after": "active"}
        events.record(ROSTER, "account.reactivated", actor=by, payload=payload)
    person.is_active = True
