"""When the core is told that people were told."""

from dataclasses import replace

from event_schemas.types import RecordNotification
from kernel.outbound.delivery import Delivery, Standing
from services.notifier_svc.telling import report_for
from tests.unit.outbound.deliveries import delivery
from tests.unit.outbound.envelopes import OPENED

MAIL = delivery(event_id="e1", channel="email", target="a@example.org")
OTHER = delivery(event_id="e1", channel="email", target="b@example.org")
WEB = delivery(event_id="e1", channel="web", target="queue").settled(Standing.DELIVERED)


def tried(one: Delivery, standing: Standing) -> Delivery:
    return replace(one, standing=standing, attempts=1)


def test_the_queue_alone_counts_as_told() -> None:
    assert report_for([WEB]) == RecordNotification(
        notice_id="e1", channels=("web",), sent=1, failed=0
    )


def test_as_long_as_a_mail_was_not_tried_it_is_too_soon() -> None:
    assert report_for([WEB, MAIL]) is None


def test_one_reached_and_all_tried_is_enough() -> None:
    waiting = tried(OTHER, Standing.PENDING)
    assert report_for([tried(MAIL, Standing.DELIVERED), waiting]) == RecordNotification(
        notice_id="e1", channels=("email",), sent=1, failed=1
    )


def test_while_nobody_is_reached_but_may_be_it_is_too_soon() -> None:
    failed = tried(OTHER, Standing.FAILED)
    assert report_for([tried(MAIL, Standing.PENDING), failed]) is None


def test_that_nobody_can_be_reached_is_told_too() -> None:
    both = [tried(MAIL, Standing.FAILED), tried(OTHER, Standing.FAILED)]
    assert report_for(both) == RecordNotification(notice_id="e1", channels=(), sent=0, failed=2)


def test_each_channel_is_named_once() -> None:
    reached = [tried(MAIL, Standing.DELIVERED), tried(OTHER, Standing.DELIVERED), WEB]
    assert report_for(reached) == RecordNotification(
        notice_id="e1", channels=("email", "web"), sent=3, failed=0
    )


def test_what_waits_for_its_time_holds_up_nothing_once_somebody_was_told() -> None:
    later = replace(MAIL, due_at=OPENED)
    held = replace(OTHER, standing=Standing.HELD)
    assert report_for([WEB, later, held]) == RecordNotification(
        notice_id="e1", channels=("web",), sent=1, failed=0
    )
    assert report_for([later]) is None


def test_as_long_as_another_way_is_in_reserve_nobody_is_given_up() -> None:
    failed, reserve = tried(MAIL, Standing.FAILED), replace(OTHER, standing=Standing.HELD)
    assert report_for([failed, reserve]) is None
    assert report_for([failed, tried(OTHER, Standing.DELIVERED)]) == RecordNotification(
        notice_id="e1", channels=("email",), sent=1, failed=1
    )
