"""Simple sign-in for a demo: signed links let users in, signed cookies keep them in."""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from examples.creator_reviews.refusals import NotSignedIn

_FILE = "secret"
_LINK, _SESSION, _FORM = "link", "session", "form"


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, in which browser."""

    user_id: str
    token: str


class Sessions:
    """Makes and checks tokens: `<user>.<nonce>.<signature>`, each good for one use only."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def link_token(self, user_id: str) -> str:
        """What is in the link that lets a user in, and what programs use as a bearer."""
        return self._made(_LINK, user_id, "")

    def begun(self, link_token: str) -> Session:
        """A new session for whoever has the link. Raises NotSignedIn."""
        user_id = self.user_of_link(link_token)
        return Session(user_id, self._made(_SESSION, user_id, secrets.token_urlsafe(12)))

    def user_of_link(self, link_token: str) -> str:
        """Whom a link lets in. Raises NotSignedIn."""
        return self._user_in(_LINK, link_token)

    def session(self, token: str) -> Session:
        """The session of a cookie. Raises NotSignedIn."""
        return Session(self._user_in(_SESSION, token), token)

    def form_token(self, session: Session) -> str:
        """What our own forms hold, and no other site can know."""
        return self._signature(_FORM, session.token, "")

    def check_form(self, session: Session, token: str) -> None:
        """Raises NotSignedIn for a form that is not ours."""
        if not hmac.compare_digest(self.form_token(session).encode(), token.encode()):
            raise NotSignedIn("This form is not from here, or from before you signed in")

    def _made(self, use: str, user_id: str, nonce: str) -> str:
        return f"{user_id}.{nonce}.{self._signature(use, user_id, nonce)}"

    def _user_in(self, use: str, token: str) -> str:
        user_id, _, rest = token.partition(".")
        nonce, _, signature = rest.partition(".")
        wanted = self._signature(use, user_id, nonce)
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise NotSignedIn("Please sign in with one of the links from the terminal")
        return user_id

    def _signature(self, use: str, user_id: str, nonce: str) -> str:
        said = f"{use}\0{user_id}\0{nonce}".encode()
        return hmac.new(self._secret, said, sha256).hexdigest()


def kept_secret(directory: Path) -> bytes:
    """The secret that signs, kept with the example's files from start to start."""
    file = directory / _FILE
    if not file.exists():
        directory.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return bytes.fromhex(file.read_text())
