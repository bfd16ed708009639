"""allauth's views with the status codes and conditions of the house."""

from __future__ import annotations

from typing import Any

from allauth.account import views as stock
from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse

from governance.accounts.confirming import confirmed


class Login(stock.LoginView):  # type: ignore[misc] # allauth has no types
    def form_invalid(self, form: Any) -> HttpResponse:
        return _with_status(super().form_invalid(form), 401)


class ChangePassword(stock.PasswordChangeView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        return _with_status(super().form_invalid(form), 422)


class SetPassword(stock.PasswordSetView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        return _with_status(super().form_invalid(form), 422)


class ResetPassword(stock.PasswordResetView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        return _with_status(super().form_invalid(form), 422)


class ResetPasswordFromKey(stock.PasswordResetFromKeyView):  # type: ignore[misc]
    def form_invalid(self, form: Any) -> HttpResponse:
        return _with_status(super().form_invalid(form), 422)


def safe_next(request: HttpRequest) -> str:
    """Where the login is to lead, when that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return wanted if wanted and get_adapter(request).is_safe_url(wanted) else ""


def _with_status(response: HttpResponse, status: int) -> HttpResponse:
    response.status_code = status
    return response


login = Login.as_view()
password_reset = ResetPassword.as_view()
password_reset_from_key = ResetPasswordFromKey.as_view()
password_change = ChangePassword.as_view()
password_set = confirmed(SetPassword.as_view())
