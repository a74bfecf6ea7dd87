"""Tells a person who opened a link from a program that looked at it first, as far as one can.

Mail servers, chat previews and virus scanners open links. What they do changes nothing; this only
decides whether a link counts as clicked.
"""

import re
from collections.abc import Mapping

_programs = re.compile(
    r"bot|crawl|spider|preview|scan|slurp|fetch|curl|wget|python|java/|go-http|okhttp|headless"
    r"|facebookexternalhit|safelinks|proofpoint|mimecast|barracuda|urldefense",
    re.IGNORECASE,
)
_ahead = ("purpose", "sec-purpose", "x-purpose", "x-moz")


def looks_like_a_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser says that somebody navigates to the page, and nothing says otherwise.

    Browsers since 2023 tell so by Fetch Metadata (https://www.w3.org/TR/fetch-metadata/); older
    ones, and people who send less, are not counted. A program that pretends well is.
    """
    if method != "GET" or any(name in headers for name in _ahead):
        return False
    navigates = headers.get("sec-fetch-mode") == "navigate"
    whole_page = headers.get("sec-fetch-dest") == "document"
    return navigates and whole_page and not _programs.search(headers.get("user-agent", "bot"))
