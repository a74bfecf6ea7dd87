"""What an approval is bound to: one text for the same arguments, another for any others."""

import enum
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from handraise.approvals.binding import Terms, bound
from handraise.approvals.canonical import canonical
from handraise.approvals.forms import form_of
from handraise.approvals.refusals import NoJsonForm
from pydantic import BaseModel


class Colour(enum.StrEnum):
    RED = "red"


class Account(BaseModel):
    iban: str
    limit: Decimal


@dataclass
class Transfer:
    to: Account
    amount: Decimal
    on: date


def pay(to: str, /, amount: float = 1, *notes: str, urgent: bool = False, **tags: Any) -> None:
    """A function with parameters of every sort."""


def terms(*args: Any, **kwargs: Any) -> Terms:
    return bound(pay, "pay", frozenset(), args, kwargs).terms


def test_what_is_read_only_is_written_as_what_it_stands_for() -> None:
    value = MappingProxyType({"b": (1, 2.0, MappingProxyType({})), "a": None})
    assert canonical(value) == '{"a":null,"b":[1,2,{}]}'


@pytest.mark.parametrize("value", [2**53, float("nan"), {1: 2}, b"bytes"], ids=repr)
def test_what_not_every_reader_takes_for_the_same_has_no_text(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical(value)


def test_the_same_call_is_the_same_however_it_is_written() -> None:
    assert terms("bob") == terms("bob", 1) == terms("bob", amount=1, urgent=False)
    one, other = terms("bob", x=1, y=2), terms("bob", y=2, x=1)
    assert one.key("k") == other.key("k")
    assert terms("bob", 1).key(None) == terms("bob", 1.0).key(None)


@pytest.mark.parametrize(
    "other",
    [
        terms("Bob"),
        terms("bob", 2),
        terms("bob", True),
        terms("bob", "1"),  # type: ignore[arg-type]
        terms("bob", Decimal(1)),
        terms("bob", 1, "note"),
        terms("bob", urgent=True),
        terms("bob", x=None),
        terms("bob\u0301"),
    ],
    ids=str,
)
def test_any_other_call_is_another(other: Terms) -> None:
    assert other.key(None) != terms("bob").key(None)
    assert terms("bob").key("another wish") != terms("bob").key(None)


def test_text_is_taken_as_it_is_whatever_it_looks_like() -> None:
    assert terms("\u00e9").key(None) != terms("e\u0301").key(None)


def test_what_json_does_not_tell_stands_beside_it() -> None:
    what = Transfer(Account(iban="DE1", limit=Decimal("9.50")), Decimal("1.0"), date(2025, 1, 15))
    when = datetime(2025, 1, 15, 10, tzinfo=UTC)
    found = form_of({"what": what, "at": when, "in": Colour.RED, "by": UUID(int=7), "l": (1, [2])})
    assert found.value == {
        "what": {"to": {"iban": "DE1", "limit": "9.50"}, "amount": "1.0", "on": "2025-01-15"},
        "at": "2025-01-15T10:00:00+00:00",
        "in": "red",
        "by": "00000000-0000-0000-0000-000000000007",
        "l": [1, [2]],
    }
    here = __name__
    assert found.types == {
        "/what": f"{here}.Transfer",
        "/what/to": f"{here}.Account",
        "/what/to/limit": "decimal.Decimal",
        "/what/amount": "decimal.Decimal",
        "/what/on": "datetime.date",
        "/at": "datetime.datetime",
        "/in": f"{here}.Colour",
        "/by": "uuid.UUID",
    }


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else 1


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        b"bytes",
        {1: "a"},
        math.nan,
        math.inf,
        2**53,
        "\0",
        "\ud800",
        {"\ud800": 1},
        nested(60),
        Account,
        print,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_json_form_is_refused_by_its_place(value: Any) -> None:
    with pytest.raises(NoJsonForm, match="/a/0"):
        form_of({"a": [value]})


def test_a_value_that_holds_itself_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(NoJsonForm, match="in itself"):
        form_of({"ring": ring})
