"""Files in an S3-compatible store: one request for a small one, parts for a large one."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from kernel.blobs.pieces import cut
from kernel.errors import Misconfigured, NotFound, Unavailable

# The least that S3 takes as a part which is not the last.
PART_BYTES = 5 * 1024 * 1024
READ_BYTES = 256 * 1024
_missing = frozenset({"NoSuchKey", "404"})
_lost = (BotoCoreError, ClientError, OSError, TimeoutError)


class S3Blobs:
    """Blobs in a bucket under a prefix; credentials and region come from the AWS environment.

    `address` is `s3://bucket/prefix`; `endpoint` is the store's URL, empty for AWS itself.

    Raises:
        Misconfigured: the address is none.
    """

    def __init__(self, address: str, endpoint: str = "") -> None:
        parts = urlsplit(address)
        if parts.scheme != "s3" or not parts.netloc:
            raise Misconfigured(f"{address!r} is no s3://bucket/prefix")
        self._bucket = parts.netloc
        prefix = parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._endpoint = endpoint or None
        self._stack = AsyncExitStack()
        self._client: Any = None
        self._connecting = asyncio.Lock()

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """As the port says."""
        client = await self._connected()
        parts = cut(pieces, PART_BYTES)
        first = await anext(parts, b"")
        if len(first) < PART_BYTES:
            await self._asked(client.put_object(**self._of(key), Body=first))
            return
        upload = await self._asked(client.create_multipart_upload(**self._of(key)))
        where = {**self._of(key), "UploadId": upload["UploadId"]}
        try:
            await self._put_parts(client, where, first, parts)
        except BaseException:
            await self._asked(client.abort_multipart_upload(**where))
            raise

    async def get(self, key: str) -> AsyncGenerator[bytes]:
        """As the port says."""
        client = await self._connected()
        try:
            found = await client.get_object(**self._of(key))
            async with found["Body"] as body:
                while piece := await body.read(READ_BYTES):
                    yield piece
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _missing:
                raise NotFound("there is no such file") from None
            raise Unavailable(f"the file store refuses: {error}") from error
        except _lost as error:
            raise Unavailable(f"the file store is away: {type(error).__name__}") from error

    async def delete(self, key: str) -> None:
        """As the port says."""
        client = await self._connected()
        await self._asked(client.delete_object(**self._of(key)))

    async def close(self) -> None:
        """Lets connections go."""
        self._client = None
        await self._stack.aclose()

    async def _put_parts(
        self, client: Any, where: dict[str, str], first: bytes, rest: AsyncIterator[bytes]
    ) -> None:
        done: list[dict[str, Any]] = []

        async def put(part: bytes) -> None:
            number = len(done) + 1
            made = await self._asked(client.upload_part(**where, PartNumber=number, Body=part))
            done.append({"PartNumber": number, "ETag": made["ETag"]})

        await put(first)
        async for part in rest:
            await put(part)
        finished = client.complete_multipart_upload(**where, MultipartUpload={"Parts": done})
        await self._asked(finished)

    def _of(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._prefix}{key}"}

    async def _asked(self, call: Any) -> Any:
        try:
            return await call
        except _lost as error:
            raise Unavailable(f"the file store is away: {error}") from error

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._client is None:
                config = AioConfig(
                    connect_timeout=5,
                    read_timeout=20,
                    retries={"max_attempts": 3},
                    # Checksums beyond the signature are not every S3's.
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                )
                made = get_session().create_client("s3", endpoint_url=self._endpoint, config=config)
                self._client = await self._stack.enter_async_context(made)
        return self._client
