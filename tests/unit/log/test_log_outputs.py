"""What follows from an entry: the same for everybody who reads it, and nothing that must stay."""

from event_schemas.types import DeadLetter, Envelope, Reply
from kernel.codec import decode
from kernel.ids import event_id_for
from kernel.topics import DEAD_LETTERS, RECEIVED, REPLIES, REQUESTED, TIMEOUT, UPDATED
from services.request_svc.relaying.outputs import Source, original_offset, outputs_of
from services.request_svc.writing.writer import Hole
from tests.unit.log.benches import APPROVE, OPEN, Bench, callback, command, later, opening

SOURCE = Source(5, "1.2.3", "prefix.commands")


def test_an_opening_is_published_and_answered() -> None:
    applied = Bench().decide(OPEN)

    event, answer = outputs_of(applied, SOURCE)

    assert (event.topic, event.partition, event.key) == (REQUESTED, 5, b"r")
    envelope = decode(event.value)
    assert isinstance(envelope, Envelope)
    assert envelope.event_id == event_id_for(applied.admitted.hash, 0)
    assert envelope.event_type == "human.input.requested"
    assert (envelope.workflow_id, envelope.timestamp) == ("wf-1", later(0))
    assert (envelope.metadata.log_partition, envelope.metadata.log_offset) == (5, 0)
    assert (envelope.metadata.version, envelope.metadata.actor.id) == (1, "agent")
    assert (envelope.request.version, envelope.request.state) == (1, "pending")
    assert (answer.topic, answer.partition, answer.key) == (REPLIES, 3, b"api")
    reply = decode(answer.value)
    assert isinstance(reply, Reply)
    assert (reply.command_id, reply.refusal, reply.repeated) == (OPEN.command_id, None, False)
    assert (reply.request, reply.entry_hash) == (envelope.request, applied.admitted.hash)


def test_each_event_carries_the_request_as_it_was_right_after_it() -> None:
    bench = Bench()
    bench.decide(OPEN)

    received, completed, _ = outputs_of(bench.decide(APPROVE), SOURCE)

    assert (received.topic, completed.topic) == (RECEIVED, UPDATED)
    states = [
        (e.request.version, e.request.state) for e in map(decode, (received.value, completed.value))
    ]
    assert states == [(2, "responded"), (3, "completed")]
    assert received.order == completed.order == "r"


def test_what_the_clock_did_is_told_as_the_policys_and_the_refusal_to_the_caller() -> None:
    bench = Bench()
    bench.decide(command(opening(timeout_seconds=60)))

    *events, answer = outputs_of(bench.decide(APPROVE, seconds=61), SOURCE)

    assert events[0].topic == TIMEOUT
    assert decode(events[0].value).metadata.actor.kind == "policy"
    assert decode(answer.value).refusal.reason == "late"


def test_the_same_record_gives_the_same_outputs_to_whoever_reads_it() -> None:
    mine, theirs = Bench(), Bench()
    told = outputs_of(mine.decide(OPEN), SOURCE)
    theirs.land(mine.log[0])
    (observed,) = theirs.read()

    assert observed.applied is not None
    assert outputs_of(observed.applied, SOURCE) == told


def test_a_repeat_is_answered_and_published_nowhere() -> None:
    bench = Bench()
    bench.decide(OPEN)

    (answer,) = outputs_of(bench.decide(OPEN), SOURCE)

    assert decode(answer.value).repeated
    assert decode(answer.value).request.state == "pending"


def test_nobody_is_answered_who_did_not_ask() -> None:
    assert outputs_of(Bench().decide(command(opening(), reply_to=None)), SOURCE)[1:] == []


def test_an_unreadable_command_goes_to_the_dead_letters_with_its_bytes() -> None:
    applied = Bench().decide(b"junk")

    assert original_offset(applied) == 0
    (output,) = outputs_of(applied, SOURCE, b"junk")

    assert (output.topic, output.partition) == (DEAD_LETTERS, 5)
    letter = decode(output.value)
    assert isinstance(letter, DeadLetter)
    assert (letter.origin_topic, letter.origin_partition, letter.origin_offset) == (
        "prefix.commands",
        5,
        0,
    )
    assert (letter.value, letter.cause, letter.code_version) == (b"junk", "unreadable", "1.2.3")


def test_given_other_bytes_where_the_command_stood_then_the_letter_goes_without() -> None:
    applied = Bench().decide(b"junk")

    for found in (None, b"another"):
        (output,) = outputs_of(applied, SOURCE, found)
        assert decode(output.value).value is None


def test_a_command_that_was_handled_needs_no_dead_letter() -> None:
    assert original_offset(Bench().decide(OPEN)) is None


def test_nothing_follows_from_a_skip() -> None:
    bench = Bench()
    bench.land(bench.writer.skip(Hole(0, 3), first=0).value)
    (observed,) = bench.read()

    assert observed.applied is not None
    assert original_offset(observed.applied) is None
    assert outputs_of(observed.applied, SOURCE) == []


def test_a_callback_is_told_by_the_name_of_its_secret() -> None:
    applied = Bench().decide(command(opening(callback=callback("https://agent.example/hook"))))

    told = decode(outputs_of(applied, SOURCE)[0].value)

    assert told.request.callback.secret_ref == "key:k1"
