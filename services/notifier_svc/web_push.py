"""Pushes notices to browsers (RFC 8030), encrypted for each (RFC 8291), signed by us (RFC 8292)."""

import asyncio
import time
from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast

import orjson
from py_vapid import Vapid02
from pywebpush import WebPusher

from kernel.clock import Clock, utc_now
from kernel.directory.push import Push, Subscription
from kernel.errors import Unreadable
from kernel.outbound.delivery import Delivery, Result, Sign, Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.posting import posted
from kernel.outbound.target import parse_target
from kernel.outbound.verdict import judge
from kernel.outbound.wire import Answer
from services.notifier_svc.message import Message, read_message
from services.notifier_svc.wording import shortened

PROVIDER = "web_push"
TTL_SECONDS = 24 * 3600
VALID_SECONDS = 12 * 3600
BODY_MAX_CHARS = 300
_gone = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class PushCarrier:
    """Posts to push services; a delivery's target is the id of a subscription."""

    def __init__(self, egress: Egress, push: Push, contact: str, clock: Clock = utc_now) -> None:
        """A carrier; `contact` is the mail address that push services may write to."""
        self._egress = egress
        self._push = push
        self._contact = contact
        self._clock = clock

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt; a browser that is gone for good is forgotten.

        Raises:
            Unavailable: the directory is away; nothing was attempted.
        """
        try:
            subscription = await self._push.get(delivery.tenant, delivery.target)
            private_key = await self._push.private_key()
        except Unreadable as error:
            return Result(verdict=Verdict.GIVE_UP, error=str(error))
        if subscription is None:
            return Result(verdict=Verdict.GIVE_UP, error="this browser is not subscribed any more")
        body = await asyncio.to_thread(_sealed, subscription, read_message(delivery.payload))
        result = await posted(
            self._egress,
            subscription.endpoint,
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Encoding": "aes128gcm",
                "TTL": str(TTL_SECONDS),
                "Urgency": _urgency(delivery),
                "Topic": delivery.id.replace("-", "")[:32],
                **_signed(private_key, subscription.endpoint, self._contact),
            },
            body=body,
            judge=self._judge,
        )
        if result.status_code in _gone:
            await self._push.remove(delivery.tenant, delivery.target)
        return replace(result, provider=PROVIDER)

    def _judge(self, answer: Answer) -> Result:
        if answer.status in _gone:
            why = "the browser is not subscribed any more"
            return Result(
                verdict=Verdict.GIVE_UP, sign=Sign.WELL, status_code=answer.status, error=why
            )
        result = judge(answer, self._clock())
        return replace(result, provider_id=answer.headers.get("location", "")[:200] or None)


def shown(message: Message) -> bytes:
    """What the page's worker shows, JSON."""
    return orjson.dumps(
        {
            "title": message.subject,
            "body": shortened(message.until or message.lead, BODY_MAX_CHARS),
            "url": message.link,
            "tag": message.request_id or message.why,
            "lang": message.language,
        }
    )


def _sealed(subscription: Subscription, message: Message) -> bytes:
    """The message for this browser's eyes only."""
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    return cast("Any", pusher.encode(shown(message)))["body"]


def _signed(private_key: str, endpoint: str, contact: str) -> dict[str, str]:
    """The header that proves who pushes."""
    target = parse_target(endpoint)
    audience = f"{target.scheme}://{target.host}"
    if target.port not in (80, 443):
        audience += f":{target.port}"
    claims = {
        "aud": audience,
        "exp": int(time.time()) + VALID_SECONDS,
        "sub": f"mailto:{contact}",
    }
    vapid = cast("Any", Vapid02).from_pem(private_key.encode())
    return vapid.sign(claims)


def _urgency(delivery: Delivery) -> str:
    return "high" if read_message(delivery.payload).priority in ("urgent", "high") else "normal"
