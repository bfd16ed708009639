"""What opens an account beside the password: an authenticator app, recovery codes, passkeys. The verbs, each with its
event in the stream `access` and a notice to the person; pages ask for a fresh proof before they call them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth.models import User

from governance.accounts.entrances import require_another
from rfcs import events
from rfcs.delivery import outbox
from rfcs.errors import Kind, Reason, Refused, not_ready
from rfcs.limits import unstorable
from rfcs.notices import Notice

APP, CODES, PASSKEY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN
PASSKEYS_AT_MOST = 20
NAME_AT_MOST = 60
PATH = "/me/security/"


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey as its owner sees it."""

    pk: int
    name: str
    is_enough: bool
    """Whether it logs in alone, without the password."""
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """All that a person has set up."""

    app: Authenticator | None
    codes_left: int | None
    passkeys: list[Passkey]

    @property
    def are_there(self) -> bool:
        return bool(self.app or self.passkeys)


def of(user: User) -> Factors:
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    app = next((row for row in rows if row.type == APP), None)
    codes = next((row for row in rows if row.type == CODES), None)
    left = len(codes.wrap().get_unused_codes()) if codes else None
    return Factors(app, left, [_passkey(row) for row in rows if row.type == PASSKEY])


def _passkey(row: Authenticator) -> Passkey:
    wrapped = row.wrap()
    return Passkey(row.pk, wrapped.name, bool(wrapped.is_passwordless), row.created_at, row.last_used_at)


def passkey(user: User, pk: int) -> Passkey:
    return _passkey(_passkey_row(Authenticator.objects.filter(user=user), pk))


def add_app(user: User, secret: str) -> bool:
    """The app with this secret asks from the next login on. Whether recovery codes were made with it."""
    with _change(user, "app.add") as mine:
        if mine.filter(type=APP).exists():
            raise Refused(Reason("app_there", "An authenticator app is set up already; remove it first.", who="you"))
        TOTP.activate(user, secret)
        tell(user, "factor.added", "An authenticator app was set up", {"factor": "app"})
        return _with_codes(user)


def remove_app(user: User) -> None:
    """From now on no code of it counts. What is gone already stays gone."""
    with _change(user, "app.remove") as mine:
        if mine.filter(type=APP).delete()[0]:
            tell(user, "factor.removed", "Your authenticator app was removed", {"factor": "app"})
            _drop_codes_alone(user)


def add_passkey(user: User, name: str, credential: dict[str, Any]) -> bool:
    """Keep what the browser made and allauth has checked. Whether recovery codes were made with it."""
    with _change(user, "passkey.add") as mine:
        passkeys = mine.filter(type=PASSKEY)
        said = name.strip() or f"Passkey {passkeys.count() + 1}"
        reasons = list(_why_no_name(said))
        if passkeys.count() >= PASSKEYS_AT_MOST:
            text = f"An account can have {PASSKEYS_AT_MOST} passkeys; remove one first."
            reasons.append(Reason("too_many", text, who="you"))
        if reasons:
            raise Refused(*reasons)
        WebAuthn.add(user, said, credential)
        tell(user, "factor.added", f"The passkey “{said}” was added", {"factor": "passkey", "name": said})
        return _with_codes(user)


def rename_passkey(user: User, pk: int, name: str) -> None:
    with _change(user, "passkey.rename") as mine:
        row = _passkey_row(mine, pk)
        said, before = name.strip(), row.wrap().name
        reasons = tuple(_why_no_name(said))
        if reasons:
            raise Refused(*reasons)
        row.data["name"] = said
        row.save(update_fields=["data"])
        payload = {"factor": "passkey", "before": before, "after": said}
        tell(user, "factor.renamed", f"The passkey “{before}” is called “{said}” now", payload)


def remove_passkey(user: User, pk: int) -> str:
    """Its name. The last one stays as long as nothing else opens the account."""
    with _change(user, "passkey.remove") as mine:
        row = _passkey_row(mine, pk)
        name = row.wrap().name
        require_another(user, passkey=pk)
        row.delete()
        tell(user, "factor.removed", f"The passkey “{name}” was removed", {"factor": "passkey", "name": name})
        _drop_codes_alone(user)
        return str(name)


def renew_codes(user: User) -> None:
    """New recovery codes; the old ones open nothing any more."""
    with _change(user, "codes.renew") as mine:
        if not mine.exclude(type=CODES).exists():
            text = "Recovery codes stand in for an app or a passkey: set up one of them first."
            raise Refused(Reason("no_factor", text, who="you"))
        mine.filter(type=CODES).delete()
        RecoveryCodes.activate(user)
        tell(user, "codes.renewed", "New recovery codes were made", {})


def show_codes(user: User) -> list[str]:
    """The codes that are left, the first time that somebody asks after they were made; later none."""
    with _change(user, "codes.show") as mine:
        row = mine.filter(type=CODES).first()
        if row is None or row.wrap().did_view:
            return []
        row.wrap().mark_as_viewed()
        events.record(events.ACCESS, "codes.shown", actor=user)
        return list(row.wrap().get_unused_codes())


def remove_all(user: User) -> int:
    """For somebody who lost them all, by whoever runs the portal: then the password alone opens the account."""
    with _change(user, "factors.remove", by=None) as mine:
        removed = int(mine.delete()[0])
        if removed:
            what = "All passkeys, the authenticator app and the recovery codes were removed"
            tell(user, "factors.removed", what, {"of": user.get_username()}, by=None)
        return removed


@contextmanager
def _change(user: User, what: str, **who: User | None) -> Iterator[Any]:
    """Under the lock of the account, so that two windows do not both add the one app or remove the last way in."""
    with events.attempt(what, actor=who.get("by", user), on=events.ACCESS, changes=False):
        User.objects.select_for_update().get(pk=user.pk)
        yield Authenticator.objects.filter(user=user)


def tell(user: User, kind: str, sentence: str, payload: dict[str, str], **who: User | None) -> None:
    """The event, and the notice to the person; `by` where somebody else did it."""
    event = events.record(events.ACCESS, kind, actor=who.get("by", user), payload=payload)
    text = f"{sentence}. If it was not you, change your password and look at {PATH} at once."
    key = f"access:{event.seq}"
    outbox.queue(key, to=user, rfc=None, subject=sentence, text=text, at=event.at, kind=Notice.SECURITY, path=PATH)


def _with_codes(user: User) -> bool:
    if Authenticator.objects.filter(user=user, type=CODES).exists():
        return False
    RecoveryCodes.activate(user)
    return True


def _drop_codes_alone(user: User) -> None:
    mine = Authenticator.objects.filter(user=user)
    if not mine.exclude(type=CODES).exists():
        mine.delete()


def _passkey_row(mine: Any, pk: int) -> Authenticator:
    row = mine.filter(type=PASSKEY, pk=pk).first()
    if row is None:
        raise Refused(Reason("gone", "That passkey is not there any more.", who="you", kind=Kind.HIDDEN))
    return row


def _why_no_name(name: str) -> Iterator[Reason]:
    if not name:
        yield not_ready("name_missing", "Give a name.", field="name", who="you")
    if unstorable(name):
        yield not_ready("unstorable", "The name holds a character that is no text.", field="name", who="you")
    if len(name) > NAME_AT_MOST:
        yield not_ready("too_long", f"A name can have {NAME_AT_MOST} characters.", field="name", who="you")
