"""When a bot tries again by itself, and when a person is asked: limits, measurements, reasons."""

import pytest

from examples.bot_recovery.failures import FOR_PEOPLE, FailureType
from examples.bot_recovery.learning import Measured, advise, limit_of
from examples.bot_recovery.settings import Learning, Retries

LEARNING = Learning(enabled=True, least_samples=5, worthwhile_share=0.6, window_days=90)
RETRIES = Retries(at_first=1, at_most=3)
KIND = FailureType.SITE_ERROR


@pytest.mark.parametrize("kind", sorted(FOR_PEOPLE))
def test_what_asks_for_a_person_is_never_tried_again_by_itself(kind: FailureType) -> None:
    limit = limit_of(kind, RETRIES, Measured(100, 100), LEARNING)

    assert limit.retries == 0
    assert "for a person" in limit.why


def test_before_enough_is_measured_the_setting_for_the_beginning_holds() -> None:
    limit = limit_of(KIND, RETRIES, Measured(4, 0), LEARNING)

    assert limit.retries == 1
    assert "4 of the 5" in limit.why


def test_retries_that_hold_are_allowed_up_to_the_most() -> None:
    limit = limit_of(KIND, RETRIES, Measured(5, 3), LEARNING)

    assert limit.retries == 3
    assert "3 of 5 retries (60%) held" in limit.why


def test_retries_that_do_not_hold_are_left_to_people() -> None:
    limit = limit_of(KIND, RETRIES, Measured(10, 5), LEARNING)

    assert limit.retries == 0
    assert "5 of 10 retries (50%) held, less than 60%" in limit.why


def test_learning_can_be_turned_off() -> None:
    off = LEARNING.model_copy(update={"enabled": False})

    assert limit_of(KIND, RETRIES, Measured(10, 0), off).retries == 1
    assert limit_of(KIND, RETRIES, Measured(10, 10), off).retries == 1
    assert "learning is off" in limit_of(KIND, RETRIES, Measured(10, 10), off).why


def test_what_is_learnt_never_passes_a_limit_of_nothing() -> None:
    none = Retries(at_first=0, at_most=0)

    assert limit_of(KIND, none, Measured(100, 100), LEARNING).retries == 0


def test_a_person_is_asked_when_the_retries_are_used_up_and_is_told_why() -> None:
    limit = limit_of(KIND, RETRIES, Measured(5, 5), LEARNING)

    advices = [advise(limit, made) for made in range(4)]

    assert [one.retry for one in advices] == [True, True, True, False]
    assert advices[1].why.startswith("Automatic retry 2 of 3: 5 of 5 retries (100%) held")
    assert advices[3].why.startswith("A person is asked after 3 automatic retries")
    useless = limit_of(KIND, RETRIES, Measured(5, 0), LEARNING)
    assert advise(useless, 0).why.startswith("A person is asked at once: 0 of 5 retries")
