"""The mail server that `HANDRAISE_SMTP_URL` names, and clients of it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import SMTP

from kernel.errors import Misconfigured

_STARTTLS: dict[str, bool | None] = {"auto": None, "always": True, "never": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mails are handed over; `start_tls` None means: where the server offers it."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False
    start_tls: bool | None = None

    def client(self, timeout_seconds: float) -> SMTP:
        """A client of it, not connected yet."""
        return SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.tls,
            start_tls=self.start_tls,
            timeout=timeout_seconds,
        )


def mail_server(url: str) -> MailServer:
    """The server of smtp://[user:password@]host[:port][?starttls=auto|always|never], or smtps://.

    Raises:
        Misconfigured: the URL is none of these.
    """
    try:
        parts = urlsplit(url)
        wanted = parse_qs(parts.query).get("starttls", ["auto"])[0]
        tls = {"smtp": False, "smtps": True}[parts.scheme]
        return MailServer(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or (465 if tls else 25),
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            tls=tls,
            start_tls=False if tls else _STARTTLS[wanted],
        )
    except (KeyError, ValueError) as error:
        raise Misconfigured("HANDRAISE_SMTP_URL is no smtp:// or smtps:// address") from error
