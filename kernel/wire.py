"""Puts public events into the form they have on their topics, and takes them out of it.

With a schema registry that is the Confluent wire format, else single-object encoding; what is read
may always be either.
"""

from typing import Self

from kernel.codec import HEAD_BYTES, known_schemas
from kernel.errors import Unreadable
from kernel.framing import confluent, is_confluent, schema_id_of, single_object
from kernel.registry import Registry
from kernel.settings import Settings


class Wire:
    """The form of public events, with the registry's help if there is one."""

    def __init__(self, registry: Registry | None) -> None:
        self._registry = registry

    @classmethod
    def configured(cls, settings: Settings) -> Self:
        """The form that the settings ask for."""
        url = settings.schema_registry_url
        return cls(Registry(url) if url else None)

    async def framed(self, value: bytes) -> bytes:
        """A public event in single-object encoding, as it is to stand on its topic.

        Raises:
            Unavailable: the registry is away.
        """
        if self._registry is None:
            return value
        word = known_schemas().by_fingerprint[value[2:HEAD_BYTES]]
        return confluent(await self._registry.id_of(word), value)

    async def plain(self, value: bytes) -> bytes:
        """What stands on a public topic, in single-object encoding.

        Raises:
            Unavailable: the registry is away.
            Unreadable: there is no registry, or it knows no schema of ours by the record's id.
        """
        if not is_confluent(value):
            return value
        schema_id = schema_id_of(value)
        if schema_id is None:
            raise Unreadable("a record in the Confluent wire format is cut short")
        if self._registry is None:
            raise Unreadable(
                f"the record names schema {schema_id} of a schema registry,"
                " but SCHEMA_REGISTRY_URL is not set"
            )
        return single_object(await self._registry.word_of(schema_id), value)

    async def close(self) -> None:
        """Closes the connections to the registry."""
        if self._registry is not None:
            await self._registry.close()
