"""Puts a message into one text message: 160 characters of GSM 03.38, or 70 of any others.

A longer one is cut up, billed several times and may come in pieces; so the title gives way, never
the link. See 3GPP TS 23.038 for the alphabet.
"""

import unicodedata

from services.notifier_svc.message import Message
from services.notifier_svc.wording import shortened

GSM_MAX, UCS2_MAX = 160, 70
_TITLE_MIN = 8
_basic = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_extended = frozenset("^{}\\[~]|€")
_plainer = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "“": '"',
        "”": '"',
        "\u2013": "-",
        "—": "-",
        "…": "...",
        "•": "*",
    }
)


def sms_text(message: Message) -> str:
    """The message in one text message, as much of it as fits; the link always whole."""
    plain = "\n".join(one for one in (_plain(message.until), message.link) if one)
    subject = _plain(message.subject)
    if is_gsm(subject):
        return _fitted(subject, plain, GSM_MAX)
    wide = _fitted(message.subject, plain, UCS2_MAX)
    if len(wide) > len(plain):
        return wide
    # In its own letters there is no room beside the link; the lead at least says what it is about.
    lead = _plain(message.lead)
    return _fitted(lead, plain, GSM_MAX) if is_gsm(lead) else plain


def is_gsm(text: str) -> bool:
    """Whether the text can be sent in the 7-bit alphabet."""
    return all(one in _basic or one in _extended for one in text)


def units(text: str) -> int:
    """How much of a text message this takes: septets of GSM 03.38, else UTF-16 units."""
    if is_gsm(text):
        return len(text) + sum(one in _extended for one in text)
    return len(text.encode("utf-16-be")) // 2


def _fitted(head: str, rest: str, most: int) -> str:
    """The head cut to what the rest leaves of so many units; without it where that is too few."""
    for length in range(len(head), _TITLE_MIN - 1, -1):
        text = (
            f"{_plain(shortened(head, length))}\n{rest}"
            if is_gsm(head)
            else (f"{shortened(head, length)}\n{rest}")
        )
        if units(text) <= most:
            return text
    return rest


def _plain(text: str) -> str:
    """The text with characters that the alphabet lacks put in simpler ones, where there are."""
    found: list[str] = []
    for one in text.translate(_plainer):
        if one in _basic or one in _extended:
            found.append(one)
        else:
            base = unicodedata.normalize("NFKD", one)[:1]
            found.append(base if base in _basic else one)
    return "".join(found)
