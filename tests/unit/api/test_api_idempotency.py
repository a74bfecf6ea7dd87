"""The Idempotency-Key header: quoted or bare, the same key; anything doubtful is refused."""

import pytest

from api.idempotency import parse_key
from kernel.errors import Invalid


def test_no_header_is_no_key() -> None:
    assert parse_key([]) is None


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ("8e03978e-40d5", "8e03978e-40d5"),
        ('  "spaced out"  ', "spaced out"),
        (r'"a \"quoted\" \\ word"', r'a "quoted" \ word'),
        ("order:17/refund+1", "order:17/refund+1"),
        ('"' + "k" * 255 + '"', "k" * 255),
    ],
)
def test_quoted_and_bare_keys_are_read_alike(value: str, key: str) -> None:
    assert parse_key([value]) == key


@pytest.mark.parametrize(
    "values",
    [
        [""],
        ['""'],
        ["   "],
        ["k" * 256],
        ['"' + "k" * 256 + '"'],
        ['"open'],
        ['"a"b'],
        ['"a";p=1'],
        ["a, b"],
        ["a;b"],
        ["two words"],
        ["naïve"],
        ['"tab\there"'],
        ['"line\nbreak"'],
        [r'"\n"'],
        ["a", "a"],
    ],
)
def test_what_is_no_key_is_refused(values: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_key(values)
    assert refused.value.flaws[0].pointer == "/idempotency-key"
