"""The deadline that a page counts down to is the one that the writer judges by."""

from datetime import UTC, datetime, timedelta

from api.web.urgency import left_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_page_does_not_end_before_its_deadline_for_want_of_milliseconds() -> None:
    deadline = NOW + timedelta(seconds=6, milliseconds=912)
    shown = left_of(deadline, NOW).deadline
    assert datetime.fromisoformat(shown) == deadline


def test_a_second_that_has_begun_is_still_left() -> None:
    assert left_of(NOW + timedelta(milliseconds=1), NOW).text == "1 s left"
    assert left_of(NOW, NOW).text == "overdue"
