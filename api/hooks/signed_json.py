"""Calls signed as Standard Webhooks 1.0 has it, or as Svix, its origin, spells the headers."""

from api.hooks.reports import Post
from kernel.errors import Invalid
from kernel.signatures import is_signed

WINDOW_SECONDS = 300
_families = ("webhook", "svix")
_digits_max = 12


def is_genuine(secret: str, post: Post) -> bool:
    """Whether the body was signed with the secret within five minutes of now, either way."""
    return any(_is_signed(secret, post, family) for family in _families)


def _is_signed(secret: str, post: Post, family: str) -> bool:
    message_id, at = post.header(f"{family}-id"), post.header(f"{family}-timestamp")
    timestamp = int(at) if at.isascii() and at.isdigit() and len(at) <= _digits_max else 0
    try:
        right = is_signed(
            post.header(f"{family}-signature"),
            [secret],
            message_id=message_id,
            timestamp=timestamp,
            body=post.body,
        )
    except Invalid:
        return False
    fresh = abs(post.now.timestamp() - timestamp) <= WINDOW_SECONDS
    return right and fresh and bool(message_id)
