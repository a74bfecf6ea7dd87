"""Keys and tenants have limits of their own, and every answer tells what is left."""

import re

import pytest

from api.errors import TooMany
from api.limits.rates import WINDOW_SECONDS, Rates


def test_a_key_at_its_limit_leaves_the_others_theirs() -> None:
    rates = Rates(per_key=0.5, per_tenant=2)
    for _ in range(int(0.5 * WINDOW_SECONDS)):
        rates.charge("k1", "t")
    with pytest.raises(TooMany) as refused:
        rates.charge("k1", "t")
    assert 1 <= refused.value.retry_after_seconds <= WINDOW_SECONDS
    assert '"key";r=0' in refused.value.headers["RateLimit"]
    rates.charge("k2", "t")


def test_all_keys_of_a_tenant_share_its_limit_and_no_other_tenants() -> None:
    rates = Rates(per_key=0, per_tenant=0.3)
    for number in range(int(0.3 * WINDOW_SECONDS)):
        rates.charge(f"k{number}", "t")
    with pytest.raises(TooMany):
        rates.charge("another", "t")
    rates.charge("k1", "u")


def test_a_key_of_the_same_name_elsewhere_is_another() -> None:
    rates = Rates(per_key=0.1, per_tenant=0)
    rates.charge("k", "t")
    rates.charge("k", "u")


def test_a_batch_counts_as_the_calls_that_it_saves() -> None:
    rates = Rates(per_key=1, per_tenant=0)
    rates.charge("k", "t", calls=9)
    with pytest.raises(TooMany):
        rates.charge("k", "t", calls=2)


def test_the_headers_are_structured_fields() -> None:
    headers = Rates(per_key=10, per_tenant=20).charge("k", "t")
    assert headers["RateLimit-Policy"] == '"key";q=100;w=10, "tenant";q=200;w=10'
    assert re.fullmatch(r'"key";r=99;t=\d+, "tenant";r=199;t=\d+', headers["RateLimit"])


def test_without_limits_there_is_nothing_to_tell() -> None:
    rates = Rates(per_key=0, per_tenant=0)
    assert [rates.charge("k", "t") for _ in range(1000)][-1] == {}
