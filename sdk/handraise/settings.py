"""Where the service is and with which key we speak to it."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from handraise.errors import NotConfigured


def from_environment(environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """`HANDRAISE_URL` and `HANDRAISE_API_KEY`. Raises `NotConfigured` when one is missing."""
    source = os.environ if environment is None else environment
    missing = [name for name in ("HANDRAISE_URL", "HANDRAISE_API_KEY") if not source.get(name)]
    if missing:
        raise NotConfigured(f"Set {' and '.join(missing)} in the environment")
    return source["HANDRAISE_URL"], source["HANDRAISE_API_KEY"]


def checked(url: str, api_key: str) -> tuple[str, str]:
    """The address without a trailing slash and the key without blanks round it.

    Raises `NotConfigured` for an address that is not http(s), or a key that no header can carry.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotConfigured(f"{url!r} is not an http address of Handraise")
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise NotConfigured("The API key is empty or holds characters that keys never have")
    return url.strip().rstrip("/"), key
