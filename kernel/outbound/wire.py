"""One HTTP/1.1 connection to one checked address: a request out, a bounded answer in.

h11 parses; nothing here knows of redirects, proxies, cookies or compression.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import h11

from kernel.errors import HandraiseError, Invalid
from kernel.outbound.addresses import Address
from kernel.outbound.course import Course
from kernel.outbound.target import Target

READ_MAX_BYTES = 64 * 1024
"""Of an answer, all counted: head, chunks' marks, body, and what is said before it."""
_CHUNK_BYTES = 16 * 1024


class Unanswered(HandraiseError):
    """The receiver gave no answer in time, or broke off."""

    retriable = True
    status, code = 502, "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver answered, as far as it was read; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """An open connection; it may serve one request after another while it is `reusable`."""

    def __init__(
        self, address: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.address = address
        self._reader = reader
        self._writer = writer
        self._read_bytes = 0
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=READ_MAX_BYTES)

    @classmethod
    async def dial(cls, address: Address, target: Target, authorities: ssl.SSLContext) -> "Line":
        """Connects to an address; TLS proves the target's name.

        Raises:
            OSError: nobody answers there, or not as the target.
        """
        secure = target.scheme == "https"
        reader, writer = await asyncio.open_connection(
            str(address),
            target.port,
            limit=_CHUNK_BYTES,
            ssl=authorities if secure else None,
            server_hostname=target.host if secure else None,
        )
        return cls(address, reader, writer)

    async def post(
        self, target: Target, headers: Mapping[str, str], body: bytes, course: Course
    ) -> Answer:
        """Sends a POST and reads its answer.

        Raises:
            Invalid: a header can't be sent; nothing was.
            Unanswered: what came back is no HTTP, or too little of it, or too much before it.
            OSError: the connection broke.
        """
        self._read_bytes = 0
        request = self._request(target, headers, body)
        try:
            with course.timing("first_byte_ms"):
                await self._send(request)
                await self._hear()
            return await self._answer()
        except h11.RemoteProtocolError as error:
            raise Unanswered(f"no valid answer: {error}") from error

    @property
    def heard(self) -> bool:
        """Whether the receiver said anything to the latest request."""
        return self._read_bytes > 0

    def _request(self, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
        fields = [
            ("Host", _authority(target)),
            ("Accept-Encoding", "identity"),
            ("Content-Length", str(len(body))),
            *headers.items(),
        ]
        try:
            request = h11.Request(method="POST", target=target.resource, headers=fields)
            events = (request, h11.Data(data=body), h11.EndOfMessage())
            return b"".join(self._http.send(event) or b"" for event in events)
        except (h11.LocalProtocolError, UnicodeEncodeError) as error:
            raise Invalid(f"the request can't be sent: {error}") from error

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError:
            # It may have answered before it hung up on the rest of the request.
            if self._reader.at_eof():
                raise

    async def _answer(self) -> Answer:
        status, fields, read = 0, dict[str, str](), bytearray()
        while True:
            match await self._next_event():
                case h11.Response(status_code=code, headers=raw):
                    status = code
                    fields = {
                        name.decode("latin-1"): value.decode("latin-1") for name, value in raw
                    }
                case h11.Data(data=data):
                    read += data
                case None | h11.EndOfMessage():
                    break
                case _:
                    continue
        if not status:
            raise Unanswered(f"no answer within the first {READ_MAX_BYTES} bytes")
        return Answer(status=status, headers=fields, body=bytes(read))

    async def _next_event(self) -> h11.Event | None:
        """What comes next, or None where enough was read."""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._read_bytes >= READ_MAX_BYTES:
                    return None
                await self._hear()
            elif isinstance(event, h11.Event) and not isinstance(event, h11.ConnectionClosed):
                return event
            else:
                raise Unanswered("the connection was closed before the answer")

    async def _hear(self) -> None:
        wanted = min(_CHUNK_BYTES, READ_MAX_BYTES - self._read_bytes)
        received = await self._reader.read(wanted)
        self._read_bytes += len(received)
        self._http.receive_data(received)

    def renew(self) -> bool:
        """Gets ready for the next request; False where the connection has served its time."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return not self._http.trailing_data[0] and self.is_open

    @property
    def is_open(self) -> bool:
        """Whether the other side has not hung up, as far as is known."""
        return not self._writer.is_closing() and not self._reader.at_eof()

    def close(self) -> None:
        """Hangs up at once, whatever is under way."""
        self._writer.transport.abort()


def _authority(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    default = {"http": 80, "https": 443}[target.scheme]
    return host if target.port == default else f"{host}:{target.port}"
