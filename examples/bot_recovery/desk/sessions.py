"""Sign-in at the desk: a link for each manager, a signed cookie, and a token in every form."""

import hashlib
import hmac
import time
from dataclasses import dataclass

COOKIE = "recovery_desk"
SESSION_SECONDS = 8 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in; `form_token` is what only pages of this session know."""

    person_id: str
    form_token: str


class Sessions:
    """Makes and checks links, cookies and form tokens; all of them are signatures."""

    def __init__(self, secret: str) -> None:
        self._secret = hashlib.sha256(b"recovery desk\0" + secret.encode()).digest()

    def link_token(self, person_id: str) -> str:
        """What the sign-in link of a person holds."""
        return f"{person_id}.{self._signed('link', person_id)}"

    def person_of_link(self, token: str) -> str | None:
        """Whose link it is; None for one that we never made."""
        person_id, _, signature = token.rpartition(".")
        return person_id if self._holds(signature, "link", person_id) else None

    def cookie(self, person_id: str) -> str:
        """A cookie that signs a person in, for eight hours."""
        until = str(int(time.time()) + SESSION_SECONDS)
        return f"{person_id}.{until}.{self._signed('session', person_id, until)}"

    def of_cookie(self, cookie: str) -> Session | None:
        """The session of a cookie; None when it is not ours or over."""
        body, _, signature = cookie.rpartition(".")
        person_id, _, until = body.rpartition(".")
        if not self._holds(signature, "session", person_id, until) or int(until) < time.time():
            return None
        return Session(person_id, self._signed("form", cookie))

    def is_from_our_page(self, session: Session, token: str) -> bool:
        """Whether a form came from a page of this session."""
        return hmac.compare_digest(session.form_token.encode(), token.encode())

    def mark(self, session: Session, words: str) -> str:
        """What shows that a page may repeat words from its address: we put them there."""
        return self._signed("words", session.form_token, words)

    def is_marked(self, session: Session, words: str, mark: str) -> bool:
        """Whether words in an address are ours, for this session."""
        return self._holds(mark, "words", session.form_token, words)

    def _signed(self, *words: str) -> str:
        return hmac.new(self._secret, "\0".join(words).encode(), "sha256").hexdigest()

    def _holds(self, signature: str, *words: str) -> bool:
        return hmac.compare_digest(signature.encode(), self._signed(*words).encode())
