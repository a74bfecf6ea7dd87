"""Headers of Kafka records may be null: whoever sends such gets a dead letter, and stops nobody."""

from typing import Any

import pytest

from kernel.errors import Invalid
from kernel.tracing.trace_context import HEADER, traceparent_in
from services.request_svc.intake.ask import read_ask

NULL: Any = None


@pytest.mark.parametrize("name", ["webhook-id", "handraise-key", "webhook-signature"])
def test_given_an_ask_with_a_null_header_then_it_is_as_if_it_was_missing(name: str) -> None:
    with pytest.raises(Invalid, match="headers are missing"):
        read_ask([(name, NULL)], b"{}")


def test_given_a_null_traceparent_then_there_is_none() -> None:
    assert traceparent_in([(HEADER, NULL)]) is None
