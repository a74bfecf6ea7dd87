"""Sends text messages by Twilio's API, or one that is like it (2010-04-01, Messages.json).

https://www.twilio.com/docs/messaging/api/message-resource. The API has no key for idempotency: an
attempt whose answer was lost is made again, and may send twice.
"""

import base64
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import orjson

from kernel.errors import Misconfigured
from kernel.outbound.delivery import Delivery, Result, Sign, Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.posting import posted
from kernel.outbound.receipts import PROVIDER_ID_MAX_CHARS
from kernel.outbound.wire import Answer
from services.notifier_svc.message import read_message
from services.notifier_svc.sms_text import sms_text

PROVIDER = "twilio"
_SCHEMES = {"twilio": "https", "twilio+http": "http"}
# What is about us, not about the message, and may be mended.
_OURS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsGateway:
    """Where text messages are handed over; `sender` is a number, or a messaging service (MG…)."""

    url: str
    account: str
    token: str = field(repr=False)
    sender: str


def sms_gateway(url: str) -> SmsGateway | None:
    """The gateway of twilio://<account sid>:<auth token>@<host>?from=<number or MG…>, or None.

    `twilio+http` is for one on this machine.

    Raises:
        Misconfigured: the URL is no such address.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        sender = parse_qs(parts.query.replace("+", "%2B"))["from"][0]
        host = parts.netloc.rpartition("@")[2]
        account, token = unquote(parts.username or ""), unquote(parts.password or "")
        scheme = _SCHEMES[parts.scheme]
    except (KeyError, ValueError):
        account = token = host = sender = scheme = ""
    if not (account and token and host and sender):
        raise Misconfigured(
            "HANDRAISE_SMS_URL is not twilio://<account>:<token>@<host>?from=<number>"
        )
    path = f"/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json"
    return SmsGateway(url=f"{scheme}://{host}{path}", account=account, token=token, sender=sender)


class SmsCarrier:
    """Hands text messages to the gateway."""

    def __init__(self, egress: Egress, gateway: SmsGateway, public_url: str) -> None:
        """A carrier; receipts come to `/hooks/twilio` below `public_url`."""
        self._egress = egress
        self._gateway = gateway
        self._public_url = public_url.rstrip("/")

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt."""
        gateway = self._gateway
        credentials = base64.b64encode(f"{gateway.account}:{gateway.token}".encode()).decode()
        sender = "MessagingServiceSid" if gateway.sender.startswith("MG") else "From"
        fields = {
            "To": delivery.target,
            sender: gateway.sender,
            "Body": sms_text(read_message(delivery.payload)),
            "StatusCallback": f"{self._public_url}/hooks/twilio?delivery={delivery.id}",
        }
        result = await posted(
            self._egress,
            gateway.url,
            headers={
                "Authorization": f"Basic {credentials}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(fields).encode(),
            judge=judge,
        )
        return replace(result, provider=PROVIDER)


def judge(answer: Answer) -> Result:
    """What the gateway's answer means: 201 with a sid is taken; its own errors may pass."""
    said = _object(answer.body)
    if answer.status == HTTPStatus.CREATED and isinstance(said.get("sid"), str):
        return Result(
            verdict=Verdict.DELIVERED,
            sign=Sign.WELL,
            status_code=answer.status,
            response=answer.body,
            provider_id=said["sid"][:PROVIDER_ID_MAX_CHARS],
        )
    ours = answer.status in _OURS or answer.status >= _SERVER_ERROR
    taken = answer.status in (HTTPStatus.OK, HTTPStatus.CREATED)
    return Result(
        verdict=Verdict.RETRY if ours or taken else Verdict.GIVE_UP,
        sign=Sign.AILING if ours else Sign.WELL,
        status_code=answer.status,
        error=f"{said.get('code', answer.status)}: {said.get('message', 'the gateway refused it')}",
        response=answer.body,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
