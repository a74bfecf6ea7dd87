"""Where a reel can stand, and that nothing but a yes to its very script lets a video be made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.reel_scripts.lifecycle import (
    Stand,
    Status,
    approved,
    job_moved,
    rewritten,
    submitted,
    turned_down,
)
from examples.reel_scripts.model import Refusal, cleaned

MOVES = {
    "rewritten": rewritten,
    "submitted": submitted,
    "approved": lambda stand: approved(stand, stand.revision),
    "approved late": lambda stand: approved(stand, stand.revision - 1),
    "rejected": lambda stand: turned_down(stand, Status.REJECTED),
    "timed out": lambda stand: turned_down(stand, Status.TIMED_OUT),
    "began": lambda stand: job_moved(stand, stand.revision, Status.PROCESSING),
    "old video": lambda stand: job_moved(stand, stand.revision - 1, Status.COMPLETED),
    "video": lambda stand: job_moved(stand, stand.revision, Status.COMPLETED),
    "failed": lambda stand: job_moved(stand, stand.revision, Status.FAILED),
}
WITH_A_YES = {Status.APPROVED, Status.PROCESSING, Status.COMPLETED, Status.FAILED}


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=30))
def test_whatever_happens_the_boolean_and_the_status_agree(names: list[str]) -> None:
    stand = Stand()
    for name in names:
        stand = MOVES[name](stand)
        assert stand.approved == (stand.status in WITH_A_YES)
        assert stand.covers(stand.revision) == stand.approved
        assert not stand.covers(stand.revision - 1)


def test_another_script_takes_the_approval_back() -> None:
    done = job_moved(approved(Stand(), 1), 1, Status.COMPLETED)
    assert rewritten(done) == Stand(status=Status.PENDING, revision=2, approved=False)


def test_a_yes_to_an_earlier_revision_counts_for_nothing() -> None:
    now = rewritten(Stand())
    assert approved(now, 1) == now
    assert job_moved(approved(now, 2), 1, Status.COMPLETED).status is Status.APPROVED


def test_who_said_no_is_not_overruled_by_a_yes_that_comes_late() -> None:
    no = turned_down(Stand(), Status.REJECTED)
    assert approved(no, 1) == no
    assert approved(submitted(no), 1).approved


@pytest.mark.parametrize("script", ["", " \n ", "\x00", "x" * 2001, "half \ud83d of a pair"])
def test_what_is_no_script_is_refused(script: str) -> None:
    with pytest.raises(Refusal):
        cleaned(script)
