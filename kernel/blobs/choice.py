"""Chooses where the bytes of files lie, as the settings say."""

from typing import Any

from kernel.blobs.port import Blobs
from kernel.blobs.postgres import PostgresBlobs
from kernel.errors import Misconfigured
from kernel.settings import Settings


def blobs_of(settings: Settings, pool: Any) -> Blobs:
    """The blob store: Postgres, over the pool, where no other is set.

    Raises:
        Misconfigured: the store's address is none, or its package is not installed.
    """
    if not settings.blobs:
        return PostgresBlobs(pool)
    try:
        # Imported here: it is large, optional, and not needed with Postgres.
        from kernel.blobs.s3 import S3Blobs  # noqa: PLC0415
    except ImportError:
        raise Misconfigured("blobs in S3 need the package aiobotocore") from None
    return S3Blobs(settings.blobs, settings.s3_endpoint)
