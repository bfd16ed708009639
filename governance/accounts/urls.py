"""Coming in and going out. The names are those that allauth asks for; what it has beyond them is not offered here."""

from allauth.account import views as stock
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.generic import TemplateView

from governance.accounts import confirming, factor_pages, required, second, security, token_pages, views
from governance.accounts.oidc import pages

FROM_MAIL = r"^login/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$"
join = login_not_required(TemplateView.as_view(template_name="account/join.html"))
done = confirming.confirmed(TemplateView.as_view(template_name="me/confirm_done.html"))

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("login/", views.login, name="login"),
    path("logout/", stock.logout, name="account_logout"),
    path("logout/", stock.logout, name="logout"),
    path("login/passkey/", second.passkey_login, name="mfa_login_webauthn"),
    path("login/second/", second.second, name="mfa_authenticate"),
    path("login/second/passkey/", second.passkey_options, name="second-passkey"),
    path("login/provider/", pages.login, name="provider-login"),
    path("login/provider/back/", pages.callback, name="provider-callback"),
    path("login/join/", join, name="account_signup"),
    path("login/inactive/", stock.account_inactive, name="account_inactive"),
    path("login/reset/", views.password_reset, name="account_reset_password"),
    path("login/reset/sent/", stock.password_reset_done, name="account_reset_password_done"),
    path("login/reset/done/", stock.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(FROM_MAIL, views.password_reset_from_key, name="account_reset_password_from_key"),
    path("me/security/", security.security, name="security"),
    path("me/security/sessions/end/", security.end_others, name="sessions-end-others"),
    path("me/security/sessions/<int:pk>/end/", security.end_one, name="session-end"),
    path("me/security/second/", required.second_factor, name="second-factor"),
    path("me/security/app/", factor_pages.add_app, name="factor-app"),
    path("me/security/app/remove/", factor_pages.remove_app, name="factor-app-remove"),
    path("me/security/codes/", factor_pages.codes, name="factor-codes"),
    path("me/security/passkeys/", factor_pages.add_passkey, name="passkey-add"),
    path("me/security/passkeys/<int:pk>/", factor_pages.rename_passkey, name="passkey-rename"),
    path("me/security/passkeys/<int:pk>/remove/", factor_pages.remove_passkey, name="passkey-remove"),
    path("me/security/provider/", pages.link, name="identity-add"),
    path("me/security/provider/<int:pk>/remove/", pages.unlink, name="identity-remove"),
    path("me/confirm/", confirming.confirm, name="confirm"),
    path("me/confirm/", confirming.confirm, name="account_reauthenticate"),
    path("me/confirm/provider/", pages.confirm, name="provider-confirm"),
    path("me/confirm/done/", done, name="confirm-done"),
    path("me/confirm/passkey/", confirming.passkey_options, name="confirm-passkey"),
    path("me/tokens/", token_pages.tokens, name="tokens"),
    path("me/tokens/<slug:key>/revoke/", token_pages.revoke, name="token-revoke"),
    path("me/password/", views.password_change, name="account_change_password"),
    path("me/password/set/", views.password_set, name="account_set_password"),
]
