"""Words from strangers, made fit for a mail: no header can be smuggled in, no line hidden."""

import re
import unicodedata
from email.headerregistry import Address

SUBJECT_MAX_CHARS = 160
TEXT_MAX_CHARS = 4000
_address = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@"
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def one_line(text: str, limit: int = SUBJECT_MAX_CHARS) -> str:
    """The text on one line: runs of whitespace become a space, invisible characters go."""
    return shortened(" ".join(_visible(text, keep="").split()), limit)


def paragraphs(text: str, limit: int = TEXT_MAX_CHARS) -> str:
    """The text with its lines, without invisible characters."""
    plain = _visible(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n")
    return shortened(plain.strip(), limit)


def shortened(text: str, limit: int) -> str:
    """The text cut to a number of characters, an ellipsis showing where."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def mailbox(text: str) -> Address | None:
    """The one plain address that a text is, or None: no names, lists, quotes or comments."""
    if not _address.fullmatch(text) or ".." in text or text.startswith(".") or ".@" in text:
        return None
    return Address(addr_spec=text)


def _visible(text: str, keep: str) -> str:
    """The text with whitespace as spaces, and without control and format characters.

    Format characters (Unicode Cf) turn the direction of text or hide in it (CVE-2021-42574).
    """
    return "".join(
        one if one in keep or not unicodedata.category(one).startswith(("C", "Z")) else _gap(one)
        for one in text
    )


def _gap(character: str) -> str:
    spaces = ("Zs", "Zl", "Zp", "Cc")
    return " " if unicodedata.category(character) in spaces else ""
