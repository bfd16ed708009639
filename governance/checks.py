"""What the shell refuses at start-up."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

from rfcs.states import TEAMS

LONGEST_ISSUER = 200
"""Characters of allauth's table of identities."""


@register(deploy=False)
def single_sign_on_is_whole(**kwargs: Any) -> list[Error]:
    """Half a configuration would show a button that leads nowhere; a plain address would show secrets to a network."""
    issuer = settings.OIDC_ISSUER
    if not issuer:
        return []
    schemes = ("https",) if settings.PRODUCTION else ("https", "http")
    address = urlsplit(issuer)
    if address.scheme not in schemes or not address.hostname or address.query or len(issuer) > LONGEST_ISSUER:
        hint = "Give it as the provider's description does, for example https://login.example.org."
        return [Error("OIDC_ISSUER is no https address.", hint=hint, id="breakwater.E004")]
    if not (settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET and settings.OIDC_NAME):
        hint = "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET as well, or take OIDC_ISSUER away."
        return [Error("OIDC_ISSUER is set without a client.", hint=hint, id="breakwater.E004")]
    return []


@register(deploy=False)
def required_teams_are_known(**kwargs: Any) -> list[Error]:
    """A misspelt name would let everybody pass in silence. Teams that stewards made are not known here."""
    unknown = [slug for slug in settings.SECOND_FACTOR_TEAMS if slug not in TEAMS]
    if unknown:
        hint = f"Known are: {', '.join(TEAMS)}."
        return [Error(f"SECOND_FACTOR_TEAMS names {', '.join(unknown)}.", hint=hint, id="breakwater.E005")]
    return []
