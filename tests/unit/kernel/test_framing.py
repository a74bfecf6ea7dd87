"""The Confluent wire format carries the same Avro body as single-object encoding."""

import pytest

from event_schemas.catalog import words
from kernel.codec import body_of, decode
from kernel.errors import Unreadable
from kernel.framing import confluent, is_confluent, schema_id_of, single_object
from kernel.wire import Wire
from tests.golden.make import FOLDER, sample_word

RECEIVED = "handraise.public.Received"
PUBLIC_EVENTS = sorted(
    name
    for name in words()
    if name.startswith("handraise.public.") and f"handraise.event.{name.split('.')[2]}" in words()
)


def golden(name: str) -> bytes:
    return (FOLDER / f"{name}.{words()[name].fingerprint.hex()}.avro").read_bytes()


def test_the_frame_is_a_zero_byte_the_id_big_endian_and_the_bare_body() -> None:
    framed = confluent(0x01020304, golden(RECEIVED))
    assert framed == b"\x00\x01\x02\x03\x04" + body_of(sample_word(RECEIVED))


@pytest.mark.parametrize("name", PUBLIC_EVENTS)
def test_every_public_event_survives_the_way_there_and_back(name: str) -> None:
    framed = confluent(2**32 - 1, golden(name))
    assert (is_confluent(framed), schema_id_of(framed)) == (True, 2**32 - 1)
    assert single_object(words()[name], framed) == golden(name)
    assert decode(single_object(words()[name], framed)) == sample_word(name)


@pytest.mark.parametrize("name", PUBLIC_EVENTS)
def test_single_object_encoding_is_never_taken_for_a_frame(name: str) -> None:
    assert not is_confluent(golden(name))


@pytest.mark.parametrize("value", [b"\x00", b"\x00\x00\x00\x01"])
def test_a_frame_cut_short_holds_no_id(value: bytes) -> None:
    assert schema_id_of(value) is None


async def test_without_a_registry_events_keep_their_form() -> None:
    assert await Wire(None).framed(golden(RECEIVED)) == golden(RECEIVED)
    assert await Wire(None).plain(golden(RECEIVED)) == golden(RECEIVED)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (b"\x00\x00\x00\x00\x2a", "names schema 42 .* SCHEMA_REGISTRY_URL is not set"),
        (b"\x00\x00", "cut short"),
    ],
)
async def test_without_a_registry_a_frame_is_unreadable(value: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        await Wire(None).plain(value)
