"""Every address of the portal."""

from django.urls import include, path

urlpatterns = [
    path("", include("governance.pages.urls")),
    path("approvals/", include("approvals.urls")),
    path("", include("governance.accounts.urls")),
    path("api/", include("governance.api.urls")),
]

handler400 = "governance.pages.errors.bad_request"
handler429 = "governance.pages.errors.too_many"
"""Where allauth's limits lead."""
