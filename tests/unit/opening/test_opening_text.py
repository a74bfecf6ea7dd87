"""JSON from strangers: what is read, and what is refused where."""

import json
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from kernel.text import MAX_BYTES, MAX_INTEGER, MAX_KEYS, MAX_VALUES, check_json, read_json

sound_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
sound_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | sound_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(sound_text, inner, max_size=4),
    max_leaves=20,
)


def pointers(data: bytes) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read_json(data)
    assert caught.value.flaws
    return [flaw.pointer for flaw in caught.value.flaws]


@given(st.dictionaries(sound_text, sound_values, max_size=5))
def test_sound_json_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False, indent=2).encode()) == value
    check_json(value)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"null", ""),
        (b'"text"', ""),
        (b"{} {}", ""),
        (b"{'a': 1}", ""),
        (b'{"a": 1,}', ""),
        (b"\xef\xbb\xbf{}", ""),
        (b'{"a": "\xff"}', ""),
        (b'{"a": "\xc0\xaf"}', ""),
        (b'{"a": "\xed\xa0\x80"}', ""),
        (b'{"a": "\x00"}', ""),
        (b'{"a": "\n"}', ""),
        (rb'{"a": "\u0000"}', "/a"),
        (rb'{"a": ["x", "\ud800"]}', "/a/1"),
        (rb'{"a": "\udc00\ud800"}', "/a"),
        (rb'{"a\u0000": 1}', ""),
        (rb'{"b": {"\ud800": 1}}', "/b"),
        (b'{"a": NaN}', "/a"),
        (b'{"a": [1, -Infinity]}', "/a/1"),
        (b'{"a": 1e999}', "/a"),
        (b'{"a": -1e400}', "/a"),
        (b'{"a": 9007199254740992}', "/a"),
        (b'{"a": -9007199254740992}', "/a"),
        (b'{"a": ' + b"9" * 5000 + b"}", "/a"),
        (b'{"a": 1, "a": 2}', "/a"),
        (b'{"x": {"a": 1, "b": 0, "a": 1}}', "/x/a"),
        (rb'{"a": 1, "\u0061": 2}', "/a"),
        (b'{"a/b": {"~": NaN}}', "/a~1b/~0"),
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", ""),
        (b"[" * 100_000, ""),
        (b'{"a":' * 100_000, ""),
        (b'{"a": "' + b"x" * MAX_BYTES + b'"}', ""),
        (json.dumps({str(n): n for n in range(MAX_KEYS + 1)}).encode(), ""),
        (json.dumps({"a": [0] * MAX_VALUES}).encode(), ""),
    ],
)
def test_bad_json_is_refused_at_its_place(data: bytes, place: str) -> None:
    assert place in pointers(data)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        rb'{"a": "\ud83d\ude00"}',
        '{"a": "\U0001f600"}'.encode(),
        b'{"a": 9007199254740991, "b": -9007199254740991}',
        b'{"a":' + b"[" * 63 + b"]" * 63 + b"}",
        b'{"a": "[[[[' + b"[" * 100 + b'"}',
        rb'{"a": "\"[[[[' + b"[" * 100 + b'"}',
        json.dumps({str(n): n for n in range(MAX_KEYS)}).encode(),
        b'{"a": 1e-999}',
    ],
)
def test_json_at_the_limits_is_read(data: bytes) -> None:
    read_json(data)


def test_all_flaws_come_at_once_in_the_order_of_the_document() -> None:
    data = rb'{"a": NaN, "b": [1e999, {"c": "\u0000"}], "d": 9007199254740992}'
    assert pointers(data) == ["/a", "/b/0", "/b/1/c", "/d"]


def test_a_flood_of_flaws_is_cut() -> None:
    assert len(pointers(b'{"a": [' + b"NaN," * 1000 + b"1]}")) == 20


def test_no_input_is_echoed() -> None:
    with pytest.raises(Invalid) as caught:
        read_json(rb'{"password": "hunter2\u0000"}')
    assert "hunter2" not in str(caught.value) + str(caught.value.flaws)


@pytest.mark.parametrize("value", [{"a": 1j}, {"a": b"x"}, {1: "a"}, {"a": (1,)}, {"a": {2.5}}])
def test_what_is_no_json_is_refused_when_parsed_elsewhere(value: Any) -> None:
    with pytest.raises(Invalid):
        check_json(value)


def test_depth_is_refused_when_parsed_elsewhere_without_recursion() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Invalid):
        check_json({"a": deep})


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with suppress(Invalid):
        assert isinstance(read_json(data), dict)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "data",
    [
        b"[" * MAX_BYTES,
        b'{"a":[' + b"[]," * 80_000 + b"1]}",
        b'{"a":"' + b"\\\\" * 120_000 + b'"}',
        b"[" * 70 + b'"' + b"\\" * 200_000,
        b'"' * MAX_BYTES + b"[" * 70,
    ],
)
def test_hostile_bytes_take_little_time_and_little_stack(data: bytes) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        with suppress(Invalid):
            read_json(data)
    finally:
        sys.setrecursionlimit(limit)
