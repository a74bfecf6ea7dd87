"""The relay's order and position."""

from kernel.topics import UPDATED
from services.request_svc.relaying.outputs import Output
from services.request_svc.relaying.window import RelayWindow


def output(order: str) -> Output:
    return Output(topic=UPDATED, partition=0, key=None, value=b"", order=order)


def test_outputs_of_one_order_leave_one_by_one() -> None:
    window, first, second, other = RelayWindow(0), output("a"), output("a"), output("b")
    window.add(0, [first, second])
    window.add(1, [other])

    assert window.ready() == [first, other]
    assert window.ready() == []
    window.acknowledged(first)

    assert window.ready() == [second]


def test_the_position_is_where_the_first_unacknowledged_record_stands() -> None:
    window, first, second = RelayWindow(7), output("a"), output("b")
    assert window.position == 7
    window.add(7, [])
    window.add(8, [first])
    window.add(9, [second])
    assert (window.position, window.waiting) == (8, 2)

    window.acknowledged(second)
    assert (window.position, window.waiting) == (8, 1)

    window.acknowledged(first)
    assert (window.position, window.waiting) == (10, 0)


def test_given_an_entry_with_several_outputs_then_all_must_be_acknowledged() -> None:
    window, first, second = RelayWindow(0), output("a"), output("reply")
    window.add(0, [first, second])

    window.acknowledged(first)
    assert window.position == 0

    window.acknowledged(second)
    assert window.position == 1


def test_given_a_failed_send_then_it_is_sent_again_and_what_follows_waits() -> None:
    window, first, second = RelayWindow(0), output("a"), output("a")
    window.add(0, [first])
    window.add(1, [second])
    window.ready()

    window.failed(first)

    assert window.ready() == [first]
    assert window.position == 0


def test_given_a_send_believed_failed_when_it_is_acknowledged_twice_then_it_counts_once() -> None:
    window, first, second = RelayWindow(0), output("a"), output("a")
    window.add(0, [first])
    window.add(1, [second])
    window.ready()
    window.failed(first)
    window.acknowledged(first)

    window.acknowledged(first)

    assert (window.position, window.waiting) == (1, 1)
