"""When another way is taken for what does not arrive."""

from datetime import timedelta

import pytest

from kernel.outbound.delivery import Standing
from kernel.outbound.receipts import Receipt
from services.notifier_svc.fallback import Fate, First, fate
from tests.unit.outbound.envelopes import OPENED

PATIENCE = OPENED + timedelta(minutes=10)
PENDING, DELIVERED, FAILED = Standing.PENDING, Standing.DELIVERED, Standing.FAILED


def of(channel: str, standing: Standing, receipt: Receipt | None = None, *, late: bool = False):
    first = First(channel=channel, standing=standing, receipt=receipt)
    return fate(first, now=PATIENCE if late else OPENED, patience_ends=PATIENCE)


@pytest.mark.parametrize("late", [False, True])
def test_what_failed_is_told_another_way_at_once(late: bool) -> None:
    assert of("slack", FAILED, late=late) is Fate.GOES
    assert of("sms", DELIVERED, Receipt.FAILED, late=late) is Fate.GOES


@pytest.mark.parametrize("receipt", [Receipt.DELIVERED, Receipt.CLICKED])
def test_what_arrived_needs_no_other_way(receipt: Receipt) -> None:
    assert of("sms", DELIVERED, receipt, late=True) is Fate.DROPS
    assert of("email", FAILED, receipt, late=True) is Fate.DROPS


def test_where_nobody_reports_arrival_taken_is_enough() -> None:
    assert of("email", DELIVERED) is Fate.DROPS
    assert of("slack", DELIVERED, Receipt.SENT) is Fate.DROPS


def test_where_arrival_is_reported_taken_is_not_enough_for_ever() -> None:
    assert of("sms", DELIVERED) is Fate.WAITS
    assert of("sms", DELIVERED, Receipt.SENT, late=True) is Fate.GOES


def test_what_is_still_tried_when_patience_ends_is_told_another_way() -> None:
    assert of("slack", PENDING) is Fate.WAITS
    assert of("slack", PENDING, late=True) is Fate.GOES


def test_what_was_withdrawn_is_told_in_no_way() -> None:
    assert of("slack", Standing.WITHDRAWN, late=True) is Fate.DROPS
