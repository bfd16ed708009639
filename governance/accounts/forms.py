"""allauth's forms with labels that stand beside their fields, and no placeholders."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as stock
from django import forms


class PlainLabels(forms.Form):
    """Labels, hints and `autocomplete` instead of placeholders, which vanish when they are needed."""

    labels: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)


class LoginForm(PlainLabels, stock.LoginForm):  # type: ignore[misc]
    labels = {"login": "Username or e-mail", "password": "Password"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username webauthn", "autofocus": True}
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].help_text = ""


class ChangePasswordForm(PlainLabels, stock.ChangePasswordForm):  # type: ignore[misc]
    labels = {"oldpassword": "Present password", "password1": "New password", "password2": "New password again"}


class SetPasswordForm(PlainLabels, stock.SetPasswordForm):  # type: ignore[misc]
    labels = {"password1": "New password", "password2": "New password again"}


class ResetPasswordForm(PlainLabels, stock.ResetPasswordForm):  # type: ignore[misc]
    labels = {"email": "E-mail address"}


class ResetPasswordKeyForm(PlainLabels, stock.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {"password1": "New password", "password2": "New password again"}
