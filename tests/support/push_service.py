"""A push service and a browser: takes pushes as RFC 8030 has it, opens them as RFC 8291 has it."""

import base64
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.outbound.receiver import Came, Receiver, answers, receiving


@dataclass
class Browser:
    """A browser with a subscription at the service."""

    service: Receiver
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` gives it."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": f"http://127.0.0.1:{self.service.port}/push/abc",
            "expirationTime": None,
            "keys": {"p256dh": encoded(point), "auth": encoded(self.auth)},
        }

    def opened(self, came: Came) -> dict[str, Any]:
        """What a push says, as only this browser can read it."""
        assert came.headers["content-encoding"] == "aes128gcm"
        assert 0 < int(came.headers["ttl"]) <= 28 * 24 * 3600
        assert len(came.body) <= 4096
        plain = http_ece.decrypt(came.body, private_key=self.key, auth_secret=self.auth)
        return json.loads(plain)


@asynccontextmanager
async def push_service() -> AsyncGenerator[Browser]:
    """A service that takes pushes while the block runs, and a browser of its."""
    location = "Location: https://push.example/message/1\r\n"
    async with receiving(answers("201 Created", headers=location)) as service:
        yield Browser(service)


def signer_of(came: Came) -> tuple[str, dict[str, Any]]:
    """Who signed a push (RFC 8292): the public key and the claims, once they are proven."""
    scheme, _, rest = came.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    said = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = said["t"].split(".")
    raw = decoded(signature)
    numbers = (int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(said["k"]))
    key.verify(encode_dss_signature(*numbers), f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    return said["k"], json.loads(decoded(claims))


def origin_of(endpoint: str) -> str:
    """What a push must be signed for."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def encoded(value: bytes) -> str:
    """As base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """From base64url, with padding or without."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
