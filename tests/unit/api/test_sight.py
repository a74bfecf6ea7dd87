"""What readers whom a request does not concern see of its personal fields."""

from typing import Any

from api.sight import OPEN, Sight

SIGHT = Sight(("/customer/iban",))
DOCUMENT: dict[str, Any] = {
    "id": "r1",
    "state": "notified",
    "title": "Pay DE02 1203 now",
    "description": "to de02 1203",
    "context": {"customer": {"iban": "DE02 1203", "city": "Bonn"}, "amount": 12},
    "form": None,
    "metadata": {"note": "DE02 1203"},
    "response": {"comment": "checked DE02  1203", "decision": "approve"},
    "cancel_reason": None,
}


def test_given_personal_fields_then_their_values_are_hidden_wherever_they_stand() -> None:
    seen = SIGHT.of_request(DOCUMENT)
    assert seen["context"] == {"customer": {"iban": "•••", "city": "Bonn"}, "amount": 12}
    assert (seen["title"], seen["description"]) == ("Pay ••• now", "to •••")
    assert seen["metadata"] == {"note": "•••"}
    assert seen["response"] == {"comment": "checked •••", "decision": "approve"}
    assert (seen["id"], seen["state"]) == ("r1", "notified")


def test_given_a_history_then_the_values_of_every_revision_are_hidden_in_every_line() -> None:
    lines = [
        {"event": "Requested", "data": {"context": {"customer": {"iban": "DE02 1203"}}}},
        {"event": "Revised", "data": {"context": {"customer": {"iban": "FR76 3000"}}}},
        {"event": "Commented", "data": {"text": "Not DE02 1203 but FR76 3000"}},
    ]
    seen = [line["data"] for line in SIGHT.of_history(lines)]
    assert seen[:2] == [{"context": {"customer": {"iban": "•••"}}}] * 2
    assert seen[2] == {"text": "Not ••• but •••"}


def test_given_a_line_without_its_context_then_values_known_beforehand_are_hidden() -> None:
    alone = [{"event": "Commented", "data": {"text": "DE02 1203?"}}]
    known = Sight(SIGHT.pointers, ("DE02 1203",))
    assert known.of_history(alone)[0]["data"] == {"text": "•••?"}


def test_given_nothing_to_hide_then_everything_is_as_it_was() -> None:
    assert OPEN.of_request(DOCUMENT) == DOCUMENT
    assert OPEN.of_history([{"data": {"text": "DE02 1203"}}]) == [{"data": {"text": "DE02 1203"}}]
