"""Logging in counts as giving the password: signatures of the next minutes do not ask again."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from approvals import freshness


class FreshLoginView(LoginView):
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        freshness.remember(self.request)
        return response
