"""A case shows the request as of what happened so far, each event applied once."""

from event_schemas.types import Comment, Commented, Completed, Received
from services.request_svc.judging.case import Case, Happened
from tests.unit.request.given import command, given
from tests.unit.request.samples import ANN, NOON, answer


def a_case() -> Case:
    return Case(command(ANN, Comment(text="Hm.")), NOON, NOON, given().request)


def version(case: Case) -> int:
    assert case.request is not None
    return case.request.state.version


def test_events_are_applied_once_however_often_the_request_is_looked_at() -> None:
    case = a_case()
    for expected in (2, 3, 4):
        case.happens(Commented(text="Hm."))
        assert version(case) == version(case) == expected


def test_events_that_nobody_looked_after_are_applied_in_their_order() -> None:
    case = a_case()
    case.happens(Commented(text="Hm."))
    case.happens(Commented(text="Hm."), by_policy=True)
    assert [happened.by_policy for happened in case.happened] == [False, True]
    assert version(case) == 3


def test_an_end_is_complete_at_once_unless_it_is_called_back_about() -> None:
    end = given().when(ANN, answer()).events[0]
    assert isinstance(end, Received)
    for calls_back, more in ((True, ()), (False, (Happened(Completed(), False),))):
        case = a_case()
        case.ends(end, calls_back=calls_back)
        assert case.happened == (Happened(end, False), *more)
