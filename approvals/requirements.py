"""Which teams must sign an RFC, now: from its track, scenario, flags and the policy's path patterns. Pure."""

from fnmatch import fnmatchcase

from rfcs.content import Content
from rfcs.policy import Policy
from rfcs.states import ARCHITECTURE, INCIDENT_COMMAND, SECURITY, Track


def required_teams(track: str, content: Content, policy: Policy) -> tuple[str, ...]:
    """Slugs of the teams, the board first (process-table, Required teams)."""
    if track == Track.EMERGENCY:
        return (SECURITY,)
    if track == Track.HOTFIX:
        return (INCIDENT_COMMAND,)
    return (ARCHITECTURE, SECURITY) if touches_security(content, policy) else (ARCHITECTURE,)


def touches_security(content: Content, policy: Policy) -> bool:
    patterns = policy.security_paths
    return content.needs_security or any(fnmatchcase(path, glob) for path in content.paths for glob in patterns)
