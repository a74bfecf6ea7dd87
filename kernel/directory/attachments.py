"""Files that requests and answers may name: whose they are, and what they are by their bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from event_schemas.types import Attachment
from kernel.directory.store import Store
from kernel.errors import NotFound

KEPT_UNUSED = timedelta(hours=24)
AT_A_TIME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file whose bytes are yet to come; `uploaded_by` is a person's id or a key's owner."""

    id: str
    tenant: str
    name: str
    media_type: str
    uploaded_by: str


class Attachments:
    """The files of all tenants; every question names the tenant, but those that tidy up.

    Those go by `past`, which shows all.
    """

    def __init__(self, store: Store, past: Store) -> None:
        self._store = store
        self._past = past

    async def begin(self, new: NewFile) -> None:
        """Notes a file before its bytes come, so that no bytes are ever without a row.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(new.tenant).row(
            "INSERT INTO directory.attachments (id, tenant, name, media_type, uploaded_by)"
            " VALUES ($1, $2, $3, $4, $5)",
            new.id,
            new.tenant,
            new.name,
            new.media_type,
            new.uploaded_by,
        )

    async def finish(self, new: NewFile, *, sha256: str, size_bytes: int) -> Attachment:
        """All bytes are there; from here on the file can be named.

        Raises:
            NotFound: it was removed meanwhile.
            Unavailable: Postgres is away.
        """
        row = await self._store.of(new.tenant).row(
            "UPDATE directory.attachments SET sha256 = $2, size_bytes = $3"
            " WHERE id = $1 AND NOT removing RETURNING *",
            new.id,
            sha256,
            size_bytes,
        )
        return _file(row)

    async def get(self, tenant: str, attachment_id: str) -> Attachment:
        """The tenant's file of this id.

        Raises:
            NotFound: it has none such.
            Unavailable: Postgres is away.
        """
        return _file(
            await self._store.of(tenant).row(
                "SELECT * FROM directory.attachments WHERE tenant = $1 AND id = $2"
                " AND sha256 IS NOT NULL AND NOT removing",
                tenant,
                attachment_id,
            )
        )

    async def use(self, tenant: str, attachment_ids: Sequence[str]) -> dict[str, Attachment]:
        """The tenant's files of these ids, which from now on stay; unknown ones are left out.

        Raises:
            Unavailable: Postgres is away.
        """
        if not attachment_ids:
            return {}
        rows = await self._store.of(tenant).rows(
            "UPDATE directory.attachments SET referenced = true WHERE tenant = $1 AND id = ANY($2)"
            " AND sha256 IS NOT NULL AND NOT removing RETURNING *",
            tenant,
            list(attachment_ids),
        )
        return {row["id"]: _file(row) for row in rows}

    async def claim_unused(self, kept: timedelta = KEPT_UNUSED) -> list[str]:
        """Ids of files that nobody has named for so long; from here on nobody can.

        Raises:
            Unavailable: Postgres is away.
        """
        rows = await self._past.rows(
            "UPDATE directory.attachments SET removing = true WHERE id IN (SELECT id FROM"
            " directory.attachments WHERE NOT referenced AND created_at < now() - $1::interval"
            " ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id",
            kept,
            AT_A_TIME,
        )
        return [row["id"] for row in rows]

    async def forget(self, attachment_id: str) -> None:
        """Forgets a file whose bytes are gone, if nobody has named it.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._past.row(
            "DELETE FROM directory.attachments WHERE id = $1 AND NOT referenced", attachment_id
        )


def _file(row: Any | None) -> Attachment:
    if row is None:
        raise NotFound("there is no such attachment")
    return Attachment(
        id=row["id"],
        name=row["name"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        media_type=row["media_type"],
    )
