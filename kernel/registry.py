"""Asks a schema registry for ids of schemas, and for schemas by id, through the Confluent API."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

import httpx

from event_schemas.catalog import Word, word, words
from kernel.errors import Unavailable, Unreadable
from kernel.telemetry import logger

log = logger()
CALL_SECONDS = 5
REST_SECONDS = 2
CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"


class Registry:
    """What a registry has told, kept for ever (it never gives an id a second meaning).

    When it gives no answer nobody asks it for `REST_SECONDS`, so that what waits for a registry
    that hangs does not wait once for each record.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """A registry at the base of its Confluent API; user and password may stand in the URL."""
        self._http = httpx.AsyncClient(
            base_url=url,
            transport=transport,
            timeout=CALL_SECONDS,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": CONTENT_TYPE, "Content-Type": CONTENT_TYPE},
        )
        self._ids: dict[bytes, int] = {}
        self._words: dict[int, Word] = {}
        self._asking = asyncio.Lock()
        self._rests_until = 0.0

    async def id_of(self, known: Word) -> int:
        """The schema's id; registers it, if need be, under the record's full name.

        Raises:
            Unavailable: the registry is away, or does not take the schema (now).
        """
        found = self._ids.get(known.fingerprint)
        return await self._register(known) if found is None else found

    async def word_of(self, schema_id: int) -> Word:
        """The schema with this id.

        Raises:
            Unavailable: the registry is away.
            Unreadable: it knows no such id, or the schema is of no word of ours.
        """
        found = self._words.get(schema_id)
        return await self._fetch(schema_id) if found is None else found

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _register(self, known: Word) -> int:
        async with self._asking:
            if known.fingerprint not in self._ids:
                body = {"schema": json.dumps(known.schema), "schemaType": "AVRO"}
                path = f"/subjects/{known.name}/versions"
                answer = await self._ask("POST", path, body)
                self._ids[known.fingerprint] = self._part(answer, "id", int)
            return self._ids[known.fingerprint]

    async def _fetch(self, schema_id: int) -> Word:
        async with self._asking:
            if schema_id not in self._words:
                answer = await self._ask("GET", f"/schemas/ids/{schema_id}")
                if answer.status_code == HTTPStatus.NOT_FOUND:
                    raise Unreadable(f"the schema registry knows no schema {schema_id}")
                text = self._part(answer, "schema", str)
                self._words[schema_id] = word_from(schema_id, text)
            return self._words[schema_id]

    async def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        if now < self._rests_until:
            raise Unavailable("the schema registry was away a moment ago")
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._http.request(method, path, json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            self._rests_until = asyncio.get_running_loop().time() + REST_SECONDS
            raise away(f"{type(error).__name__} {error}") from error

    @staticmethod
    def _part(answer: httpx.Response, name: str, kind: type[Any]) -> Any:
        try:
            found = answer.json()[name] if answer.status_code == HTTPStatus.OK else None
        except (ValueError, TypeError, KeyError):
            found = None
        if not isinstance(found, kind):
            raise away(f"it answered {answer.status_code}: {answer.text[:300]}")
        return found


def away(why: str) -> Unavailable:
    """The error of a registry that does not do its work, told to the operator too."""
    log.warning("the schema registry is away", error=why)
    return Unavailable(f"the schema registry is away: {why}")


def word_from(schema_id: int, text: str) -> Word:
    """The schema that a registry holds under an id.

    Raises:
        Unreadable: it is none, or of no word of ours.
    """
    try:
        schema = json.loads(text)
        name = f"{schema['namespace']}.{schema['name']}"
        found = word(name, schema) if name in words() else None
    except Exception as error:
        raise Unreadable(f"schema {schema_id} of the registry can't be read: {error}") from error
    if found is None:
        raise Unreadable(f"schema {schema_id} of the registry is {name}, which is no word of ours")
    return found
