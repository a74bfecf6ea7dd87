"""What the notifier remembers of open requests, since most events do not repeat the question."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson

from event_schemas.types import Envelope, Policy, Requested, Revised
from kernel.codec import decode_as, encode
from kernel.masking import personal_values
from kernel.outbound.database import Database
from services.notifier_svc.notice import Brief

_OPEN = """
INSERT INTO notifier.briefs AS b (request_id, tenant, asked, title, description, personal)
SELECT n.request_id, n.tenant, n.asked, n.title, n.description,
    ARRAY (SELECT jsonb_array_elements_text(n.personal::jsonb))
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[])
    AS n (request_id, tenant, asked, title, description, personal)
ON CONFLICT (request_id) DO UPDATE
SET asked = excluded.asked,
    title = excluded.title,
    description = excluded.description,
    personal = excluded.personal
WHERE b.asked IS NULL
"""

_REVISE = """
UPDATE notifier.briefs
SET revision = $2, title = $3, description = $4, personal = $5
WHERE request_id = $1 AND revision < $2
"""

_CLOSE = """
INSERT INTO notifier.briefs AS b (request_id, tenant, closed_at)
SELECT n.request_id, n.tenant, clock_timestamp()
FROM unnest($1::text[], $2::text[]) AS n (request_id, tenant)
ON CONFLICT (request_id) DO UPDATE
SET closed_at = coalesce(b.closed_at, excluded.closed_at)
"""

_BRIEFS = """
SELECT b.request_id, b.asked, b.title, b.description, b.personal, b.closed_at,
    ARRAY (SELECT p.person FROM notifier.participants p WHERE p.request_id = b.request_id
           ORDER BY p.person) AS took_part
FROM notifier.briefs b
WHERE b.request_id = ANY ($1)
"""

_TOOK_PART = """
INSERT INTO notifier.participants (request_id, person)
SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT DO NOTHING
"""

_PARK = """
INSERT INTO notifier.parked (event_id, request_id, envelope)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
ON CONFLICT DO NOTHING
"""
_PARKED = "SELECT envelope FROM notifier.parked WHERE request_id = ANY ($1)"
_UNPARK = "DELETE FROM notifier.parked WHERE event_id = ANY ($1)"

_CLEAN = """
WITH old AS (
    DELETE FROM notifier.briefs WHERE closed_at < clock_timestamp() - interval '7 days'
    RETURNING request_id
), gone AS (
    DELETE FROM notifier.participants p USING old WHERE p.request_id = old.request_id
)
DELETE FROM notifier.parked p USING old WHERE p.request_id = old.request_id
"""


class Briefs:
    """The questions of open requests; every method raises `Unavailable` without the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, asked: Sequence[tuple[Envelope, Requested]]) -> None:
        """Remembers questions as they were asked."""
        await self._database.execute(
            _OPEN,
            [envelope.metadata.request_id for envelope, _ in asked],
            [envelope.metadata.tenant for envelope, _ in asked],
            [encode(_slim(question)) for _, question in asked],
            [question.title for _, question in asked],
            [question.description for _, question in asked],
            [
                orjson.dumps(_personal(question.context, question.policy)).decode()
                for _, question in asked
            ],
        )

    async def revise(self, brief: Brief, envelope: Envelope, revised: Revised) -> Brief:
        """Remembers a question's new words, unless newer ones are known; gives the new brief."""
        personal = _personal(revised.context, brief.question.policy)
        await self._database.execute(
            _REVISE,
            envelope.metadata.request_id,
            revised.revision,
            revised.title,
            revised.description,
            personal,
        )
        return replace(
            brief,
            title=revised.title,
            description=revised.description,
            personal=tuple(personal),
        )

    async def took_part(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Remembers who had to do with which request: pairs of request and person."""
        known = sorted(set(pairs))
        await self._database.execute(
            _TOOK_PART, [request for request, _ in known], [person for _, person in known]
        )

    async def close(self, envelopes: Sequence[Envelope]) -> None:
        """Remembers that these requests are closed, also if their question was not seen yet."""
        closed = {one.metadata.request_id: one.metadata.tenant for one in envelopes}
        ids = sorted(closed)
        await self._database.execute(_CLOSE, ids, [closed[key] for key in ids])

    async def of(self, request_ids: Iterable[str]) -> dict[str, Brief | None]:
        """The briefs of requests that are known; None for one that closed before its question."""
        briefs: dict[str, Brief | None] = {}
        for row in await self._database.fetch(_BRIEFS, sorted(set(request_ids))):
            if row["asked"] is not None:
                briefs[row["request_id"]] = Brief(
                    question=decode_as(Requested, row["asked"]),
                    title=row["title"],
                    description=row["description"],
                    personal=tuple(row["personal"]),
                    took_part=tuple(row["took_part"]),
                    closed=row["closed_at"] is not None,
                )
            elif row["closed_at"] is not None:
                briefs[row["request_id"]] = None
        return briefs

    async def park(self, envelopes: Sequence[Envelope]) -> None:
        """Keeps events until their question comes."""
        await self._database.execute(
            _PARK,
            [envelope.event_id for envelope in envelopes],
            [envelope.metadata.request_id for envelope in envelopes],
            [encode(envelope) for envelope in envelopes],
        )

    async def parked(self, request_ids: Iterable[str]) -> list[Envelope]:
        """The kept events of these requests."""
        rows = await self._database.fetch(_PARKED, sorted(set(request_ids)))
        return [decode_as(Envelope, row["envelope"]) for row in rows]

    async def unpark(self, envelopes: Iterable[Envelope]) -> None:
        """Forgets kept events."""
        await self._database.execute(_UNPARK, [envelope.event_id for envelope in envelopes])

    async def clean(self) -> None:
        """Forgets requests that closed a week ago."""
        await self._database.execute(_CLEAN)


def _slim(question: Requested) -> Requested:
    """The question without what no notice shows: it may be large, and is the reviewer's."""
    form = None if question.form is None else "{}"
    return replace(question, context="{}", form=form, metadata="{}", attachments=())


def _personal(context: str, policy: Policy) -> list[str]:
    pointers = policy.personal_fields
    return list(personal_values(orjson.loads(context), pointers)) if pointers else []
