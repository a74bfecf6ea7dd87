"""A gateway for text messages that checks requests as Twilio documents them.

https://www.twilio.com/docs/messaging/api/message-resource and …/docs/api/errors: basic auth with
the account's sid and token, a form with To, From or MessagingServiceSid, and Body; answered 201
with the message, or by an error with `code`, `message`, `more_info` and `status`.
"""

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.outbound.receiver import Came, receiving

ACCOUNT, TOKEN = "AC" + "5" * 32, "tok/en+with=signs"
SENDER = "+15550100"
BODY_MAX_CHARS = 1600
_number = re.compile(r"\+[1-9]\d{6,14}")


@dataclass
class Twilio:
    """What was taken, and the numbers that are refused, by Twilio's code."""

    port: int = 0
    taken: list[dict[str, str]] = field(default_factory=list)
    refused: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """As the setting wants it."""
        user = f"{ACCOUNT}:{TOKEN.replace('/', '%2F').replace('+', '%2B')}"
        return f"twilio+http://{user}@127.0.0.1:{self.port}?from={SENDER}"

    def answered(self, came: Came) -> tuple[int, dict[str, Any]]:
        """The status and body for a request."""
        method, path, _ = came.line.split(" ")
        given = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if came.headers.get("authorization") != f"Basic {given}":
            return _error(401, 20003, "Authenticate")
        if (method, path) != ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"):
            return _error(404, 20404, f"The requested resource {path} was not found")
        if came.headers.get("content-type") != "application/x-www-form-urlencoded":
            return _error(415, 20415, "Unsupported media type")
        fields = {name: values[0] for name, values in parse_qs(came.body.decode()).items()}
        wrong = self._wrong(fields)
        if wrong is not None:
            return wrong
        self.taken.append(fields)
        sid = f"SM{len(self.taken):032x}"
        segments = 1 if len(fields["Body"]) <= 160 else 2
        return 201, {
            "sid": sid,
            "status": "queued",
            "to": fields["To"],
            "from": fields.get("From"),
            "num_segments": str(segments),
            "error_code": None,
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
        }

    def _wrong(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]] | None:
        to = fields.get("To", "")
        if not to:
            return _error(400, 21604, "A 'To' phone number is required.")
        if "From" not in fields and "MessagingServiceSid" not in fields:
            return _error(400, 21603, "A 'From' phone number is required.")
        if not fields.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(fields["Body"]) > BODY_MAX_CHARS:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 limit.")
        if not _number.fullmatch(to):
            return _error(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        callback = urlsplit(fields.get("StatusCallback", "https://none.example/"))
        if callback.scheme not in ("http", "https") or not callback.hostname:
            return _error(400, 21609, "The 'StatusCallback' URL is not a valid URL.")
        if to in self.refused:
            status, code = self.refused[to]
            return _error(status, code, "refused")
        return None


def _error(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


@asynccontextmanager
async def twilio() -> AsyncGenerator[Twilio]:
    """A gateway that serves while the block runs."""
    gateway = Twilio()

    async def answer(came: Came, writer: asyncio.StreamWriter) -> None:
        status, body = gateway.answered(came)
        said = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(said)}\r\n\r\n".encode() + said)
        await writer.drain()

    async with receiving(answer) as receiver:
        gateway.port = receiver.port
        yield gateway
