"""What webhooks speak of: topics, sentences, and the bodies that chat tools take. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rfcs.states import ObligationKind

DECISIONS = ("move.approve", "move.reject", "move.authorise")
TOPICS = {
    "decisions": "A round approved, rejected or authorised an RFC",
    "moves": "Any other move of an RFC",
    "positions": "A position of a team's member",
    "concerns": "A concern was answered, overridden, or lapsed",
    "owners": "Owners of packages were asked, answered, or let the time pass",
    "plans": "A clash was settled, a freeze overridden",
    "checklists": "An item was closed, opened again, or waived",
    "obligations": "What an emergency or hotfix owes began, was paid, or was judged by the board",
    "escalations": "Something has been overdue for so long that leads or the board were told",
    "outages": "An outage was told of, corrected, or taken back",
}
"""By name, what each means; `test` is the topic of the test button."""
FAMILIES = {
    "move": "moves",
    "sign_off": "positions",
    "concern": "concerns",
    "hold": "concerns",
    "acknowledgement": "owners",
    "clash": "plans",
    "freeze": "plans",
    "checklist": "checklists",
    "obligation": "obligations",
    "justification": "obligations",
    "retroactive": "obligations",
    "risk": "obligations",
    "incident": "obligations",
    "reminder": "escalations",
    "outage": "outages",
}
TOLD = (
    *("from", "to", "team", "position", "package", "packages", "item", "expires_on"),
    *("obligation", "owed_by", "due_at", "until", "what", "step", "started_at", "ended_at", "corrects", "retracted"),
)
"""Facts of an event that go out; texts that people wrote stay in the portal."""


@dataclass(frozen=True, slots=True)
class News:
    """One event of one RFC, as it is told."""

    kind: str
    at: str
    rfc: str
    title: str
    state: str
    track: str
    url: str
    who: str
    owner: str
    packages: tuple[str, ...]
    facts: Mapping[str, Any]
    digest: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.who} {_words(self.kind, self.facts)}"


def topic_of(kind: str) -> str:
    """The topic that an event belongs to; empty for what no webhook is told of."""
    return "decisions" if kind in DECISIONS else FAMILIES.get(kind.partition(".")[0], "")


WORDS = {
    "move.approve": "decided: approved",
    "move.reject": "decided: rejected",
    "move.authorise": "authorised it; the implementation is open",
    "concern.answered": "answered a concern",
    "concern.overridden": "overrode a concern",
    "hold.lapsed": "let a hold run out",
    "acknowledgement.asked": "asked the owners of its packages",
    "acknowledgement.acknowledge": "acknowledged the change of {package}",
    "acknowledgement.object": "objected to the change of {package}",
    "acknowledgement.more_time": "asked for more time for {package}",
    "acknowledgement.withdraw": "withdrew the objection to the change of {package}",
    "acknowledgement.lapsed": "found no answer in time for {package}",
    "clash.resolved": "settled a clash",
    "freeze.overridden": "overrode a freeze",
    "checklist.closed": "closed the checklist item {item}",
    "checklist.reopened": "opened the checklist item {item} again",
    "checklist.waived": "waived the checklist item {item}",
    "checklist.waiver_revoked": "revoked the waiver of {item}",
    "obligation.began": "began what is owed from now on: {obligation}",
    "obligation.met": "settled what was owed: {obligation}",
    "justification.filed": "filed the full justification",
    "retroactive.ratified": "decided for the board: ratified",
    "retroactive.denied": "decided for the board: denied",
    "retroactive.asked_again": "asked the board for its review again",
    "risk.accepted": "bears the risk until {until}",
    "incident.filed": "filed the post-incident review",
    "incident.accepted": "accepted the post-incident review",
    "reminder.escalated": "told those above of what is due: {what}",
}


def _words(kind: str, facts: Mapping[str, Any]) -> str:
    family, _, name = kind.partition(".")
    plain = name.replace("_", " ")
    if family == "sign_off":
        return f"took the position “{plain}” for {facts.get('team', 'a team')}"
    if family == "move" and kind not in WORDS:
        return f"made the move “{plain}”"
    pattern = _of_outage(facts) if family == "outage" else WORDS.get(kind, plain)
    facts = {**facts, **_owed(facts)}
    return re.sub(r"\{(\w+)\}", lambda found: str(facts.get(found[1], "one")), pattern)


def _owed(facts: Mapping[str, Any]) -> dict[str, str]:
    """What is owed by its name; of a kind of another version, its wire value."""
    kind = facts.get("obligation")
    return {"obligation": ObligationKind(kind).label} if kind in ObligationKind.values else {}


def _of_outage(facts: Mapping[str, Any]) -> str:
    if facts.get("retracted"):
        return "took back an outage"
    verb = "corrected" if facts.get("corrects") else "recorded"
    return f"{verb} an outage" if facts.get("ended_at") else f"{verb} an outage that still lasts"


# Bodies -----------------------------------------------------------------------------------------------------


def body(style: str, news: News) -> str:
    """JSON as this kind of receiver takes it."""
    return json.dumps(BODIES[style](news), ensure_ascii=False)


def _standard(news: News) -> dict[str, Any]:
    rfc: dict[str, Any] = {
        "number": news.rfc,
        "title": news.title,
        "state": news.state,
        "track": news.track,
        "url": news.url,
    }
    rfc |= {"owner": news.owner, "packages": list(news.packages)}
    data = {"rfc": rfc, "by": news.who, "sentence": news.sentence, "facts": dict(news.facts), "digest": news.digest}
    return {"type": news.kind, "timestamp": news.at, "data": data}


def _slack(news: News) -> dict[str, Any]:
    line = f"<{news.url}|{_for_slack(f'{news.rfc}: {news.title}')}>\n{_for_slack(news.sentence)}"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": line[:3_000]}}
    return {"text": _for_slack(f"{news.rfc}: {news.sentence}"), "blocks": [block]}


def _for_slack(text: str) -> str:
    """Its own escapes; without a bare < nobody is mentioned and no link is made."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "¦")
    return re.sub(r"([*_~`])", "\\1\u200b", plain)


def _teams(news: News) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "weight": "bolder", "wrap": True, "text": _markdown(f"{news.rfc}: {news.title}")},
            {"type": "TextBlock", "wrap": True, "text": _markdown(news.sentence)},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open in Breakwater", "url": news.url}],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _mattermost(news: News) -> dict[str, Any]:
    title = _markdown(f"{news.rfc}: {news.title}")
    return {"text": f"**[{title}]({news.url})**\n{_markdown(news.sentence)}"}


def _markdown(text: str) -> str:
    """Nothing of it is markdown, and no @ reaches anybody."""
    return re.sub(r"([\\`*_\[\]()#<>|~!])", r"\\\1", text).replace("@", "@\u200b")


BODIES: dict[str, Callable[[News], dict[str, Any]]] = {
    "standard": _standard,
    "slack": _slack,
    "teams": _teams,
    "mattermost": _mattermost,
}
