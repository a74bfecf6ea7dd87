"""The blob port holds what it promises, in Postgres and in a real S3 store."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from aiobotocore.session import get_session

from kernel.blobs.choice import blobs_of
from kernel.blobs.port import Blobs
from kernel.blobs.postgres import MIGRATIONS, PIECE_BYTES, PostgresBlobs
from kernel.blobs.s3 import PART_BYTES, S3Blobs
from kernel.errors import Misconfigured, NotFound, Unavailable
from kernel.ids import new_id
from kernel.postgres import connect, migrate
from kernel.settings import Settings
from tests.support.s3_server import S3Server, s3_server

SIZES = [1, PIECE_BYTES, PIECE_BYTES + 1, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 3]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def in_s3(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.identity)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.credential)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return Settings(blobs=f"s3://{new_id()}/attachments", s3_endpoint=s3.endpoint)


@pytest_asyncio.fixture(params=["postgres", "s3"])
async def blobs(request: pytest.FixtureRequest) -> AsyncIterator[Blobs]:
    if request.param == "s3":
        settings: Settings = request.getfixturevalue("in_s3")
        async with get_session().create_client("s3", endpoint_url=settings.s3_endpoint) as client:
            await client.create_bucket(Bucket=settings.blobs.split("/")[2])
        store = blobs_of(settings, None)
        assert isinstance(store, S3Blobs)
        yield store
        await store.close()
        return
    pool = await connect(request.getfixturevalue("database"))
    await migrate(pool, "blobs", MIGRATIONS)
    store = blobs_of(Settings(), pool)
    assert isinstance(store, PostgresBlobs)
    yield store
    await store.close()
    await pool.close()


async def pieces(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(blobs: Blobs, key: str) -> bytes:
    return b"".join([piece async for piece in blobs.get(key)])


async def test_bytes_come_out_as_they_went_in(blobs: Blobs) -> None:
    for size in SIZES:
        data = bytes(range(256)) * (size // 256 + 1)
        key = new_id()
        await blobs.put(key, pieces(data[:size]))
        assert await read(blobs, key) == data[:size]


async def test_what_is_not_there_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFound):
        await read(blobs, new_id())
    await blobs.delete(new_id())


async def test_what_was_deleted_is_gone_and_nothing_else(blobs: Blobs) -> None:
    one, other = new_id(), new_id()
    for key in (one, other):
        await blobs.put(key, pieces(b"words"))
    await blobs.delete(one)
    with pytest.raises(NotFound):
        await read(blobs, one)
    assert await read(blobs, other) == b"words"


@pytest.mark.parametrize("size", [10, PART_BYTES + 10])
async def test_a_stream_that_breaks_off_keeps_nothing(blobs: Blobs, size: int) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        async for piece in pieces(bytes(size)):
            yield piece
        raise NotFound("the rest")

    key = new_id()
    with pytest.raises(NotFound, match="the rest"):
        await blobs.put(key, breaking())
    with pytest.raises(NotFound, match="no such file"):
        await read(blobs, key)


async def test_with_s3_away_files_are_unavailable_and_come_back(in_s3: Settings) -> None:
    away = S3Blobs(in_s3.blobs, "http://127.0.0.1:9")
    for doing in (away.put("k", pieces(b"x")), read(away, "k"), away.delete("k")):
        with pytest.raises(Unavailable):
            await doing
    await away.close()


async def test_a_credential_that_does_not_hold_is_no_missing_file(
    in_s3: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    store = blobs_of(in_s3, None)
    with pytest.raises(Unavailable):
        await read(store, new_id())
    await store.close()


@pytest.mark.parametrize("address", ["file:///tmp", "s3://", "bucket"])
def test_an_address_that_is_none_is_told_at_the_start(address: str) -> None:
    with pytest.raises(Misconfigured):
        blobs_of(Settings(blobs=address), None)
