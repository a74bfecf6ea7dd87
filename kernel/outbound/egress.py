"""The only HTTP client to the outside: it connects to checked addresses and follows nothing."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import certifi

from kernel.outbound.course import Course
from kernel.outbound.resolver import Guard, Reach, Resolve
from kernel.outbound.target import Target, parse_target
from kernel.outbound.wire import Answer, Line, Unanswered

ATTEMPT_SECONDS = 15.0
CONNECT_SECONDS = 5.0
# Shorter than servers keep idle connections, so that we seldom write into a closing one.
IDLE_SECONDS = 1.0


@cache
def trusted_authorities() -> ssl.SSLContext:
    """The machine's certificate authorities (SSL_CERT_FILE counts) and the bundled ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@dataclass(frozen=True, slots=True)
class _Going:
    """What is on its way out."""

    target: Target
    headers: Mapping[str, str]
    body: bytes
    course: Course


class Egress:
    """Posts to receivers outside, one bounded attempt at a time.

    Connections are kept for a moment for the next request to the same receiver; each was checked
    when it was made.
    """

    def __init__(
        self,
        reach: Reach,
        *,
        resolve: Resolve | None = None,
        authorities: ssl.SSLContext | None = None,
        attempt_seconds: float = ATTEMPT_SECONDS,
    ) -> None:
        self._guard = Guard(reach, resolve)
        self._authorities = authorities or trusted_authorities()
        self._attempt_seconds = attempt_seconds
        self._idle: defaultdict[str, list[Line]] = defaultdict(list)

    async def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        course: Course | None = None,
    ) -> Answer:
        """Sends one POST and reads its answer, all within the limit for an attempt.

        `course` is told how it went, whatever the end.

        Raises:
            Invalid: the URL or a header can't be sent.
            TargetRefused: the target is out of reach.
            Unresolved: the host's name leads to no address now.
            Unanswered: no connection, no valid answer, or too late.
        """
        going = _Going(parse_target(url), headers, body, course or Course())
        try:
            async with asyncio.timeout(self._attempt_seconds):
                return await self._exchange(going)
        except TimeoutError as error:
            raise Unanswered(f"no full answer within {self._attempt_seconds:g} s") from error
        except OSError as error:
            raise Unanswered(f"{type(error).__name__}: {error}") from error

    async def _exchange(self, going: _Going) -> Answer:
        kept = self._kept(going.target)
        if kept is not None:
            try:
                return await self._post(kept, going)
            except (OSError, Unanswered):
                # The receiver may have closed it just then. Where it said anything, it did not.
                if kept.heard:
                    raise
        return await self._post(await self._dial(going), going)

    async def _post(self, line: Line, going: _Going) -> Answer:
        going.course.address = str(line.address)
        try:
            answer = await line.post(going.target, going.headers, going.body, going.course)
        except BaseException:
            line.close()
            raise
        if line.renew():
            self._keep(going.target, line)
        else:
            line.close()
        return answer

    async def _dial(self, going: _Going) -> Line:
        target, course = going.target, going.course
        with course.timing("dns_ms"):
            addresses = await self._guard.addresses(target.host, target.port, target.scheme)
        last: OSError | None = None
        with course.timing("connect_ms"):
            for address in addresses:
                course.address = str(address)
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        return await Line.dial(address, target, self._authorities)
                except OSError as error:
                    last = error
        raise Unanswered(f"no connection: {last or 'too slow'}") from last

    def _kept(self, target: Target) -> Line | None:
        lines = self._idle.get(target.lane, [])
        while lines:
            line = lines.pop()
            if line.is_open:
                return line
            line.close()
        return None

    def _keep(self, target: Target, line: Line) -> None:
        self._idle[target.lane].append(line)
        asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop, target.lane, line)

    def _drop(self, lane: str, line: Line) -> None:
        lines = self._idle.get(lane, [])
        if line in lines:
            lines.remove(line)
            line.close()
        if not lines:
            self._idle.pop(lane, None)

    def close(self) -> None:
        """Hangs up on all idle connections."""
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()
