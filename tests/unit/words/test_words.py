"""Every word keeps its bytes, its meaning and its documentation."""

import json
from pathlib import Path

import pytest

from event_schemas import catalog
from event_schemas.catalog import definitions, words
from event_schemas.compatibility import breaks, logical_types
from event_schemas.generate import TYPES, source
from event_schemas.types import Actor, ActorKind, Claim, Commented, Respond
from kernel.codec import MARKER, decode, decode_as, encode, read_body
from kernel.errors import Unreadable
from tests.golden.make import FOLDER, sample_word

NAMES = sorted(words())


@pytest.mark.parametrize("name", NAMES)
def test_a_word_comes_to_its_golden_bytes_and_back(name: str) -> None:
    golden = FOLDER / f"{name}.{words()[name].fingerprint.hex()}.avro"
    data = golden.read_bytes()
    assert sample_word(name) == decode(data)
    assert data == encode(sample_word(name))


def test_no_golden_bytes_are_left_unread() -> None:
    known = {f"{name}.{word.fingerprint.hex()}.avro" for name, word in words().items()}
    known |= {f"{word.name}.{word.fingerprint.hex()}.avro" for word in catalog.released()}
    assert {path.name for path in FOLDER.glob("*.avro")} == known


def test_the_types_are_what_the_schemas_say() -> None:
    assert TYPES.read_text() == source(), "run `make schemas`"


@pytest.mark.parametrize("name", sorted(definitions()))
def test_every_word_and_field_says_what_it_means(name: str) -> None:
    schema = definitions()[name]
    places = [schema, *schema.get("fields", [])]
    assert [p["name"] for p in places if not p.get("doc", "").strip()] == []


def test_fingerprints_tell_all_words_apart() -> None:
    assert len({word.fingerprint for word in words().values()}) == len(words())


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc3\x01", b"\xc3\x01" + bytes(8), b"{}", bytes(200), encode(Claim())[:-1] + b"\x00"],
)
def test_foreign_bytes_are_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


def test_a_word_cut_short_or_with_a_tail_is_unreadable() -> None:
    whole = encode(sample_word("handraise.event.Requested"))
    for data in (whole[:-1], whole[:40], whole + b"\x00"):
        with pytest.raises(Unreadable):
            decode(data)


def test_a_word_of_another_type_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="expected Respond, found Claim"):
        decode_as(Respond, encode(Claim()))


def test_text_of_any_script_survives() -> None:
    said = Commented(text="日本語 🙋 \u202e\n\x00")
    assert decode(encode(said)) == said


def test_an_actor_reads_back_with_its_kind() -> None:
    actor = Actor(kind=ActorKind.PERSON, id="ada", tenant="t", auth="jwt", channel="web")
    assert decode_as(Actor, encode(actor)).kind is ActorKind.PERSON


def changed(word: str, **field: object) -> catalog.Word:
    schema = json.loads(json.dumps(words()[word].schema))
    schema["fields"].append(field)
    return catalog.word(word, schema)


def test_a_new_field_with_a_default_keeps_the_peace() -> None:
    name = "handraise.event.Commented"
    new = changed(name, name="mood", type=["null", "string"], default=None, doc="…")
    assert list(breaks(new, words()[name])) == []


def test_a_new_field_without_a_default_is_refused() -> None:
    name = "handraise.event.Commented"
    found = list(breaks(changed(name, name="mood", type="string", doc="…"), words()[name]))
    assert len(found) == 1
    assert "can no longer read its released form" in found[0]


def test_a_field_without_a_default_that_goes_is_refused() -> None:
    name = "handraise.event.Commented"
    old = changed(name, name="mood", type="string", doc="…")
    assert any("be read by" in sentence for sentence in breaks(words()[name], old))


def test_a_changed_logical_type_is_refused_though_the_checker_does_not_see_it() -> None:
    name = "handraise.event.DeadlineMoved"
    schema = json.loads(json.dumps(words()[name].schema))
    schema["fields"][0]["type"] = "long"
    found = list(breaks(catalog.word(name, schema), words()[name]))
    assert found == [f"{name}/deadline changed its logical type timestamp-micros to None"]
    assert logical_types(schema)["/deadline"] is None


def test_a_released_word_is_read_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = json.loads(json.dumps(words()["handraise.event.Cancelled"].schema))
    old["fields"] = []
    folder = tmp_path / "handraise.event.Cancelled"
    folder.mkdir()
    (folder / "0001.avsc").write_text(json.dumps(old))
    monkeypatch.setattr(catalog, "RELEASED", tmp_path)
    (word,) = catalog.released()
    assert read_body(word, b"").reason is None
    assert encode(read_body(word, b"")) != MARKER + word.fingerprint
