"""Who is asked for a second factor at the login."""

from __future__ import annotations

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from governance.accounts import records


class SecondStep(AuthenticateStage):  # type: ignore[misc] # allauth has no types
    """Who has one here; not again after a provider that says that it asked for one itself (`amr` with `mfa`)."""

    def _should_handle(self, request: HttpRequest) -> bool:
        came = records.single_sign_on(request, self.login.user)
        return super()._should_handle(request) and not (came and came.second_factor)
