"""What answers and reports mean."""

from dataclasses import replace

import pytest

from event_schemas.types import RecordCallback
from kernel.outbound.delivery import Sign, Standing, Verdict
from kernel.outbound.verdict import judge
from kernel.outbound.wire import Answer
from services.callback_svc.plan import callback_for, report_for
from tests.unit.outbound.envelopes import ANSWERED, received

URL = "https://agent-system.example/resume"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED),
        (202, Verdict.DELIVERED),
        (204, Verdict.DELIVERED),
        (299, Verdict.DELIVERED),
        (301, Verdict.RETRY),
        (304, Verdict.RETRY),
        (307, Verdict.RETRY),
        (400, Verdict.RETRY),
        (401, Verdict.RETRY),
        (404, Verdict.RETRY),
        (409, Verdict.RETRY),
        (410, Verdict.GIVE_UP),
        (429, Verdict.RETRY),
        (500, Verdict.RETRY),
        (503, Verdict.RETRY),
    ],
)
def test_only_2xx_is_taken_and_only_410_is_the_end(status: int, verdict: Verdict) -> None:
    result = judge(Answer(status=status, headers={}, body=b"so"), ANSWERED)
    assert (result.verdict, result.status_code, result.response) == (verdict, status, b"so")
    assert (result.error is None) == (verdict is Verdict.DELIVERED)
    assert result.sign is (Sign.AILING if status in (429, 503) else Sign.WELL)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_answer_that_says_slow_down_speaks_of_the_whole_receiver(status: int) -> None:
    assert judge(Answer(status=status, headers={}, body=b""), ANSWERED).sign is Sign.AILING


def test_a_busy_receiver_says_when_to_come_back() -> None:
    answer = Answer(status=429, headers={"retry-after": "90"}, body=b"")
    assert judge(answer, ANSWERED).retry_after_seconds == 90


def test_a_callback_is_reported_once_it_is_settled() -> None:
    delivery = callback_for(received(URL, event_id="e1"))
    assert delivery is not None
    assert report_for([delivery]) is None
    taken = replace(delivery, standing=Standing.DELIVERED, status_code=200, attempts=2)
    assert report_for([taken]) == RecordCallback(
        delivery_id="e1", delivered=True, status_code=200, attempts=2
    )
    failed = replace(delivery, standing=Standing.FAILED, status_code=500, attempts=8, error="500")
    assert report_for([failed]) == RecordCallback(
        delivery_id="e1", delivered=False, status_code=500, attempts=8, error="500"
    )
