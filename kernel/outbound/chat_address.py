"""Which chat addresses (apprise's URLs) people may name: those whose host they can't choose.

apprise posts with a client of its own, which checks no addresses. So by default only schemas are
allowed that lead to one service on the public internet, whatever the rest of the URL says. What an
operator allows besides (`HANDRAISE_CHAT_SCHEMAS`) may name any host.
"""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit

from kernel.errors import Invalid

MAX_CHARS = 1000
FIXED = frozenset({"discord", "gchat", "msteams", "pover", "slack", "tgram", "wxteams"})
"""Schemas whose host apprise itself knows."""
_TEAMS = frozenset({"workflow", "workflows"})
_teams_host = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:logic\.azure\.com|api\.powerplatform\.com)", re.IGNORECASE
)
# Others change how apprise works, and some name files on this machine.
_OPTIONS = frozenset({"thread", "topic"})


def checked_chat(url: str, allowed: Collection[str] = ()) -> str:
    """The address, where it may be told to; `allowed` are schemas that the operator adds.

    Raises:
        Invalid: it may not; the message says why and repeats nothing secret.
    """
    if len(url) > MAX_CHARS or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid(f"a chat address is at most {MAX_CHARS} printable characters of ASCII")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        options = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        raise Invalid("this is no chat address") from None
    scheme = parts.scheme.lower()
    if scheme in allowed:
        return url
    if scheme in _TEAMS:
        if not _teams_host.fullmatch(host):
            raise Invalid("a Teams workflow is at …logic.azure.com or …api.powerplatform.com")
    elif scheme not in FIXED:
        known = ", ".join(sorted(FIXED | _TEAMS))
        raise Invalid(f"the chat {scheme[:20]!r} is not among those allowed here: {known}")
    if not host or options - _OPTIONS:
        raise Invalid("a chat address names its service, and no options but thread and topic")
    return url
