"""What the tools give back and say, from what the service told."""

import pytest
from handraise.errors import AlreadyDecided, HandraiseError, Invalid, NotFound, Unavailable
from handraise.mcp.question import body, idempotency_key
from handraise.mcp.shapes import answer_so_far, assignee, task_in_full
from handraise.mcp.speaking import sentence
from handraise.mcp.voices import NoPerson, bearer_in, voices_of
from handraise.models import Request, Response

URL = "http://handraise.test"


def request(**fields: object) -> Request:
    return Request.model_validate({"id": "r-1", "state": "notified", "title": "Pay?"} | fields)


@pytest.mark.parametrize(
    ("fields", "status", "is_noted"),
    [
        ({}, "waiting", True),
        ({"state": "revising"}, "changes_requested", True),
        ({"state": "responded", "outcome": "answered"}, "answered", False),
        ({"state": "timed_out", "outcome": "timed_out"}, "timed_out", False),
        ({"state": "cancelled", "outcome": "cancelled", "reason": "Old"}, "cancelled", False),
        ({"state": "responded", "outcome": "could_not_complete"}, "could_not_complete", False),
    ],
)
def test_an_answer_says_what_came_of_it_and_what_is_left_to_do(
    fields: dict[str, object], status: str, is_noted: bool
) -> None:
    answer = answer_so_far(request(**fields))
    assert answer.status == status
    assert bool(answer.note) is is_noted
    assert answer.comment == fields.get("reason")


def test_what_the_policy_decided_is_not_shown_as_a_persons_answer() -> None:
    said = Response(decision="reject", default=True)
    answer = answer_so_far(request(outcome="timed_out", response=said))
    assert (answer.status, answer.decision, answer.by_policy) == ("timed_out", "reject", True)
    assert answer.answered_by is None


def test_an_open_task_has_no_answer_and_a_closed_one_no_deadline() -> None:
    due = "2027-01-01T00:00:00Z"
    assert task_in_full(request(timeout_at=due)).answer is None
    closed = task_in_full(request(timeout_at=due, outcome="answered"))
    assert closed.answer is not None
    assert closed.due_by is None


@pytest.mark.parametrize(
    ("told", "said"),
    [(None, None), ({"person": "p"}, "p"), ({"team": "t"}, "team:t"), ("p", "p"), ({}, None)],
)
def test_who_has_a_task_is_one_word(told: object, said: str | None) -> None:
    assert assignee(told) == said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Invalid(422, {"code": "invalid", "errors": [{"pointer": "/title", "detail": "empty"}]}),
         ("(invalid)", "/title: empty")),
        (AlreadyDecided(409, {"code": "already_decided", "current_state": "completed"}),
         ("(already_decided)", "It is completed now")),
        (Unavailable(503, {"code": "unavailable"}), ("may succeed later",)),
        (NotFound(404, {"detail": "There is no request x."}), ("There is no request x.",)),
    ],
)  # fmt: skip
def test_a_refusal_is_a_sentence(error: HandraiseError, words: tuple[str, ...]) -> None:
    told = sentence(error)
    assert all(word in told for word in words)
    assert ("may succeed later" in told) is error.retriable


def test_only_a_persons_token_or_a_key_that_names_a_person_decides() -> None:
    with pytest.raises(NoPerson, match="act_for"):
        voices_of(URL, "hr_a_b", None).person()
    assert voices_of(URL, "hr_a_b", "p-1").person() is not voices_of(URL, "hr_a_b", "p-1").asking
    token = voices_of(URL, "eyJ.a.b", "p-1")
    assert token.person() is token.asking


@pytest.mark.parametrize(
    ("sent", "credential"),
    [("Bearer a", "a"), ("bearer  a ", "a"), ("Basic a", None), ("Bearer ", None), ("", None)],
)
def test_a_bearer_credential_is_found_in_its_header(sent: str, credential: str | None) -> None:
    assert bearer_in({"authorization": sent}) == credential


def test_a_question_may_be_named_in_any_words_and_is_asked_anew_without_a_name() -> None:
    named = idempotency_key("Erstatte Auftrag 17 – „jetzt“?")
    assert named == idempotency_key("Erstatte Auftrag 17 – „jetzt“?")
    assert named != idempotency_key("Erstatte Auftrag 18")
    assert named.isascii()
    assert " " not in named
    assert idempotency_key(None) != idempotency_key(None)


def test_a_question_holds_only_what_was_said() -> None:
    nothing = dict.fromkeys(
        ("description", "context", "decisions", "form", "priority", "principal_id", "teams")
    )
    said = body(
        title="Pay?", kind="decision", notify_emails=["a@b.test"], deadline_minutes=90, **nothing
    )
    assert said == {
        "title": "Pay?",
        "type": "decision",
        "timeout_minutes": 90,
        "routing": {"recipients": [{"email": "a@b.test"}]},
    }
