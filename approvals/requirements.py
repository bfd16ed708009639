"""Which teams must sign an RFC, now: from its track, scenario, flags and the policy's path patterns. Pure."""

from fnmatch import fnmatchcase

from approvals.positions import RoundKind
from rfcs.content import Content
from rfcs.policy import Policy
from rfcs.states import ARCHITECTURE, AUTHORISERS, SECURITY, Track


def required_teams(track: str, content: Content, policy: Policy, *, kind: str = RoundKind.REVIEW) -> tuple[str, ...]:
    """Slugs of the teams, the board first (process-table, Required teams). `kind` is that of the round."""
    if kind == RoundKind.RETROACTIVE:
        return (ARCHITECTURE,)
    if track in AUTHORISERS:
        return (AUTHORISERS[Track(track)],)
    return (ARCHITECTURE, SECURITY) if touches_security(content, policy) else (ARCHITECTURE,)


def touches_security(content: Content, policy: Policy) -> bool:
    patterns = policy.security_paths
    return content.needs_security or any(fnmatchcase(path, glob) for path in content.paths for glob in patterns)
