"""Single sign-on by OpenID Connect: allauth's states, PKCE, table of identities and steps of a login, with an ID token
that is always verified. allauth's own provider trusts a token that it fetched itself."""
