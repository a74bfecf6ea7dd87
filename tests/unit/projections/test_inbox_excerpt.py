"""One line of a question: what is short comes first, what is personal not at all."""

from typing import Any

import pytest

from projections.inbox.excerpt import MAX_EXCERPT, excerpt_of

DIFF = "--- a/pay.py\n+++ b/pay.py\n"


@pytest.mark.parametrize(
    ("context", "excerpt"),
    [
        ({"amount": 1240.5, "currency": "EUR"}, "amount: 1240.5 · currency: EUR"),
        ({"diff": DIFF, "repo_name": "shop"}, "repo name: shop · diff: --- a/pay.py"),
        ({"final": True, "note": None, "empty": ""}, "final: yes"),
        ({"tags": ["a", "b", "c", "d"]}, "tags: a, b, c, …"),
        ({"risk": {"level": "high", "deep": {"x": 1}}}, "risk: high"),
        ("just   a\ntext", "just a"),
        ([1, 2], "1, 2"),
        ({}, "Said in words"),
        (None, "Said in words"),
        ({"nul": "a\x00b"}, "nul: a\ufffdb"),
    ],
)
def test_a_line_tells_the_payload_or_else_the_words(context: Any, excerpt: str) -> None:
    assert excerpt_of("\n  Said in words\nand more", context, ()) == excerpt


def test_personal_fields_are_not_told_nor_what_holds_them() -> None:
    context = {"iban": "DE00", "customer": {"email": "x@y.z"}, "amount": 3}
    assert excerpt_of(None, context, ("/iban", "/customer/email")) == "amount: 3"


def test_a_huge_payload_gives_a_short_line() -> None:
    context = {f"field {n}": "x" * 100_000 for n in range(1000)}
    assert len(excerpt_of("d" * 100_000, context, ())) <= MAX_EXCERPT
    assert len(excerpt_of("d" * 100_000, None, ())) <= MAX_EXCERPT
