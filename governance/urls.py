"""Every address of the portal."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from governance.pages.login import FreshLoginView

urlpatterns = [
    path("", include("governance.pages.urls")),
    path("approvals/", include("approvals.urls")),
    path("login/", FreshLoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/", include("governance.api.urls")),
]
