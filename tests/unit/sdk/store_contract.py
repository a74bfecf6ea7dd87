"""What every store of an agent's memory must do, whatever database it is in."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from handraise.events import Event
from handraise.storage import Answer, Checkpoint, Closed, Status, Workflow
from handraise.stores.opening import SqlStore
from handraise.work import Tries

NOW = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

CHECKPOINT = Checkpoint(
    workflow_id="wf-1",
    checkpoint_id="cp-1",
    agent_id="bot",
    state={"order": "A-17", "lines": [1, 2.5, None, True], "ключ": "значение 😀"},
    question={"title": "Refund?", "context": {"amount": 240}},
    event_history=[{"event_id": "e1", "event_type": "workflow.started"}],
    created_at=NOW,
)

WORKFLOW = Workflow(
    workflow_id="wf-1",
    agent_id="bot",
    status=Status.RUNNING,
    step="start",
    state={"n": 1},
    created_at=NOW,
    updated_at=NOW,
)

ANSWER = Answer(
    workflow_id="wf-1",
    checkpoint_id="cp-1",
    answer_key="final",
    request={"id": "req-1", "outcome": "answered"},
    received_at=NOW,
    webhook_id="evt-1",
)

IDS = ("wf-1", "cp-1")

TRIES = Tries(
    workflow_id="wf-1",
    agent_id="bot",
    cause="run/start",
    count=1,
    reason="OSError: away",
    status=Status.RUNNING,
    since=NOW,
    next_try_at=NOW,
)


def event(number: int, workflow_id: str = "wf-1", event_type: str = "code.approved") -> Event:
    return Event(
        event_id=str(uuid.UUID(int=number)),
        event_type=event_type,
        workflow_id=workflow_id,
        timestamp=NOW,
        data={"n": number},
        agent_id="bot",
        correlation_id="c",
    )


class StoreContract:
    """Subclass it with a way to open a store; opening twice gives the same memory."""

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[SqlStore]:
        raise NotImplementedError
        yield

    async def test_what_was_saved_survives_closing_the_store(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            assert await tables.checkpoints.add(CHECKPOINT)
        async with self.opened() as store, store.transaction() as tables:
            assert await tables.checkpoints.get(*IDS) == CHECKPOINT
            assert await tables.checkpoints.get("wf-1", "cp-2") is None

    async def test_a_checkpoint_is_saved_once_by_its_ids(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            assert await tables.checkpoints.add(CHECKPOINT)
            assert not await tables.checkpoints.add(replace(CHECKPOINT, state={"other": 1}))
            assert await tables.checkpoints.add(replace(CHECKPOINT, checkpoint_id="cp-2"))
            assert await tables.checkpoints.add(replace(CHECKPOINT, workflow_id="wf-2"))
            found = await tables.checkpoints.get(*IDS)
            assert found is not None
            assert found.state == CHECKPOINT.state
            assert len(await tables.checkpoints.of_workflow("wf-1")) == 2
            assert len(await tables.checkpoints.of_agent("bot")) == 3
            assert await tables.checkpoints.of_agent("other") == []

    async def test_an_exception_undoes_all_of_a_transaction(self) -> None:
        async with self.opened() as store:

            async def fail_half_way() -> None:
                async with store.transaction() as tables:
                    await tables.checkpoints.add(CHECKPOINT)
                    await tables.events.append(event(1), NOW)
                    raise RuntimeError

            with pytest.raises(RuntimeError):
                await fail_half_way()
            async with store.transaction() as tables:
                assert await tables.checkpoints.get(*IDS) is None
                assert await tables.events.of_workflow("wf-1") == []

    async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(self) -> None:
        async with self.opened() as store:
            inside = asyncio.Event()

            async def hang() -> None:
                async with store.transaction() as tables:
                    await tables.checkpoints.add(CHECKPOINT)
                    inside.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(hang())
            await inside.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            async with store.transaction() as tables:
                assert await tables.checkpoints.get(*IDS) is None
                assert await tables.checkpoints.add(CHECKPOINT)

    async def test_transactions_cancelled_at_any_moment_do_not_harm_the_store(self) -> None:
        async with self.opened() as store:

            async def save(number: int) -> None:
                async with store.transaction() as tables:
                    await tables.checkpoints.add(replace(CHECKPOINT, checkpoint_id=f"cp-{number}"))

            tasks = [asyncio.create_task(save(number)) for number in range(30)]
            for turn, task in enumerate(tasks):
                for _ in range(turn % 7):
                    await asyncio.sleep(0)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await save(99)
            async with store.transaction() as tables:
                assert await tables.checkpoints.get("wf-1", "cp-99") is not None

    async def test_a_request_is_noted_at_its_checkpoint(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(CHECKPOINT)
            await tables.checkpoints.note_request(*IDS, "req-1", None)
            await tables.checkpoints.note_request(*IDS, "req-1", 4)
            await tables.checkpoints.note_request(*IDS, "req-1", None)
            await tables.checkpoints.replace_state(*IDS, {"n": 2})
            found = await tables.checkpoints.get(*IDS)
            assert found is not None
            assert (found.request_id, found.seen_version, found.state) == ("req-1", 4, {"n": 2})

    async def test_a_closed_checkpoint_is_gone_but_not_forgotten(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(CHECKPOINT)
            assert await tables.checkpoints.why_closed(*IDS) is None
            await tables.checkpoints.close(*IDS, Closed.RESUMED, NOW)
            await tables.checkpoints.close(*IDS, Closed.EXPIRED, NOW)
            assert await tables.checkpoints.get(*IDS) is None
            assert await tables.checkpoints.why_closed(*IDS) is Closed.RESUMED

    async def test_closing_what_never_was_leaves_no_trace(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.close(*IDS, Closed.RESUMED, NOW)
            assert await tables.checkpoints.why_closed(*IDS) is None

    async def test_a_discarded_checkpoint_never_was(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(CHECKPOINT)
            await tables.checkpoints.discard(*IDS)
            assert await tables.checkpoints.get(*IDS) is None
            assert await tables.checkpoints.why_closed(*IDS) is None

    async def test_a_question_is_replaced_and_nothing_else(self) -> None:
        question = {"title": "Go?", "revision": {"said": {"title": "Go now?"}}}
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(CHECKPOINT)
            await tables.checkpoints.replace_question(*IDS, question)
            assert await tables.checkpoints.get(*IDS) == replace(CHECKPOINT, question=question)

    async def test_only_what_has_expired_is_cleaned_up(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            for name, expires_at in (("a", NOW), ("b", LATER), ("c", None)):
                await tables.checkpoints.add(
                    replace(CHECKPOINT, checkpoint_id=name, expires_at=expires_at)
                )
            assert await tables.checkpoints.close_expired(NOW) == 1
            left = await tables.checkpoints.of_agent("bot")
            assert [one.checkpoint_id for one in left] == ["b", "c"]
            assert await tables.checkpoints.why_closed("wf-1", "a") is Closed.EXPIRED

    async def test_what_was_answered_in_time_does_not_expire_before_it_was_dealt_with(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(replace(CHECKPOINT, expires_at=NOW))
            await tables.answers.add(ANSWER)
            assert await tables.checkpoints.close_expired(NOW) == 0
            await tables.answers.finish(*IDS, ANSWER.answer_key, NOW)
            assert await tables.checkpoints.close_expired(NOW) == 1

    async def test_what_was_closed_long_ago_is_forgotten_with_its_answers(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(CHECKPOINT)
            await tables.answers.add(ANSWER)
            await tables.checkpoints.close(*IDS, Closed.RESUMED, NOW)
            assert await tables.checkpoints.forget_closed(NOW) == 0
            assert await tables.checkpoints.forget_closed(LATER) == 1
            assert await tables.checkpoints.why_closed(*IDS) is None
            assert await tables.answers.of_workflow("wf-1") == []

    async def test_a_workflow_is_registered_once(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            assert await tables.workflows.add(WORKFLOW)
            assert not await tables.workflows.add(replace(WORKFLOW, step="other"))
            assert await tables.workflows.get("wf-1") == WORKFLOW
            assert await tables.workflows.get("wf-2") is None

    async def test_a_claim_keeps_others_away_until_it_lapses(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.workflows.add(WORKFLOW)
            claim = tables.workflows.claim
            assert await claim("wf-1", "a", now=NOW, until=LATER)
            assert not await claim("wf-1", "b", now=NOW, until=LATER)
            assert await claim("wf-1", "a", now=NOW, until=LATER)
            assert await claim("wf-1", "b", now=LATER, until=LATER + timedelta(hours=1))
            assert not await claim("nobody", "a", now=NOW, until=LATER)

    async def test_a_claim_that_was_given_back_is_free_again(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.workflows.add(WORKFLOW)
            await tables.workflows.claim("wf-1", "a", now=NOW, until=LATER)
            await tables.workflows.release("wf-1", "b")
            assert not await tables.workflows.claim("wf-1", "b", now=NOW, until=LATER)
            await tables.workflows.release("wf-1", "a")
            assert await tables.workflows.claim("wf-1", "b", now=NOW, until=LATER)

    async def test_of_many_that_claim_at_once_one_wins(self) -> None:
        async with self.opened() as store:
            async with store.transaction() as tables:
                await tables.workflows.add(WORKFLOW)

            async def claim(holder: str) -> bool:
                async with store.transaction() as tables:
                    return await tables.workflows.claim("wf-1", holder, now=NOW, until=LATER)

            won = await asyncio.gather(*(claim(f"h{number}") for number in range(12)))
            assert sum(won) == 1

    async def test_only_the_holder_moves_and_settles_a_workflow(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.workflows.add(WORKFLOW)
            await tables.workflows.claim("wf-1", "a", now=NOW, until=LATER)
            save_step, settle = tables.workflows.save_step, tables.workflows.settle
            assert not await save_step("wf-1", "b", "x", {}, NOW)
            assert not await settle("wf-1", "b", Status.FAILED, "no", NOW)
            assert await save_step("wf-1", "a", "analysed", {"n": 2}, LATER)
            assert [one.step for one in await tables.workflows.running("bot")] == ["analysed"]
            assert await settle("wf-1", "a", Status.FAILED, "no money", LATER)
            found = await tables.workflows.get("wf-1")
            assert found is not None
            assert (found.status, found.failure) == (Status.FAILED, "no money")
            assert (found.state, found.updated_at) == ({"n": 2}, LATER)
            assert await tables.workflows.running("bot") == []

    async def test_an_answer_is_written_down_once_however_it_comes(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(CHECKPOINT)
            assert await tables.answers.add(ANSWER)
            assert not await tables.answers.add(ANSWER)
            assert not await tables.answers.add(replace(ANSWER, webhook_id=None))
            assert not await tables.answers.add(replace(ANSWER, answer_key="changes:1"))
            polled = replace(ANSWER, webhook_id=None, answer_key="changes:1")
            assert await tables.answers.add(polled)
            assert await tables.answers.of_workflow("wf-1") == [ANSWER, polled]

    async def test_two_copies_of_an_answer_at_the_same_moment_are_one(self) -> None:
        async with self.opened() as store:

            async def write_down() -> bool:
                async with store.transaction() as tables:
                    return await tables.answers.add(ANSWER)

            assert sum(await asyncio.gather(*(write_down() for _ in range(12)))) == 1

    async def test_answers_are_unfinished_until_dealt_with(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(CHECKPOINT)
            await tables.answers.add(ANSWER)
            stray = replace(ANSWER, checkpoint_id="gone", webhook_id="evt-2")
            await tables.answers.add(stray)
            assert await tables.answers.unfinished("bot") == [ANSWER]
            assert await tables.answers.unfinished("other") == []
            await tables.answers.finish(*IDS, "final", LATER)
            assert await tables.answers.unfinished("bot") == []
            first = (await tables.answers.of_workflow("wf-1"))[0]
            assert first.finished_at == LATER

    async def test_due_is_what_runs_or_was_answered_and_nobody_is_at(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            for name, status in (
                ("wf-1", Status.RUNNING),
                ("wf-2", Status.RUNNING),
                ("wf-3", Status.PAUSED),
                ("wf-4", Status.PAUSED),
                ("wf-5", Status.GIVEN_UP),
                ("wf-6", Status.COMPLETED),
            ):
                await tables.workflows.add(replace(WORKFLOW, workflow_id=name, status=status))
            await tables.workflows.claim("wf-2", "other", now=NOW, until=LATER)
            for name in ("wf-3", "wf-5"):
                await tables.checkpoints.add(replace(CHECKPOINT, workflow_id=name))
                await tables.answers.add(replace(ANSWER, workflow_id=name, webhook_id=name))
            await tables.checkpoints.add(replace(CHECKPOINT, workflow_id="wf-4"))
            assert sorted(await tables.work.due("bot", NOW, 10)) == ["wf-1", "wf-3"]
            assert len(await tables.work.due("bot", NOW, 1)) == 1
            assert await tables.work.due("other", NOW, 10) == []
            assert sorted(await tables.work.due("bot", LATER, 10)) == ["wf-1", "wf-2", "wf-3"]

    async def test_what_was_tried_is_due_again_when_its_time_has_come(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.workflows.add(WORKFLOW)
            await tables.work.note(TRIES)
            await tables.work.note(replace(TRIES, count=2, next_try_at=LATER))
            assert await tables.work.due("bot", NOW, 10) == []
            assert await tables.work.due("bot", LATER, 10) == ["wf-1"]
            assert await tables.work.tries("wf-1") == replace(TRIES, count=2, next_try_at=LATER)
            await tables.work.clear("wf-1")
            assert await tables.work.tries("wf-1") is None
            assert await tables.work.due("bot", NOW, 10) == ["wf-1"]

    async def test_trouble_is_told_oldest_first_and_by_agent(self) -> None:
        letter = replace(TRIES, workflow_id="wf-2", since=LATER, is_last=True, given_up_at=LATER)
        async with self.opened() as store, store.transaction() as tables:
            for tries in (letter, TRIES, replace(TRIES, workflow_id="wf-3", agent_id="other")):
                await tables.work.note(tries)
        async with self.opened() as store, store.transaction() as tables:
            assert await tables.work.troubled("bot") == [TRIES, letter]

    async def test_a_dead_letter_is_not_forgotten_with_the_tries(self) -> None:
        letter = replace(TRIES, given_up_at=LATER)
        async with self.opened() as store, store.transaction() as tables:
            await tables.work.note(letter)
            await tables.work.clear("wf-1")
            assert await tables.work.tries("wf-1") == letter

    async def test_workflows_are_counted_by_status(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            for name in ("wf-1", "wf-2"):
                await tables.workflows.add(replace(WORKFLOW, workflow_id=name))
            await tables.workflows.add(
                replace(WORKFLOW, workflow_id="wf-3", status=Status.COMPLETED)
            )
            assert await tables.work.counts("bot") == {Status.RUNNING: 2, Status.COMPLETED: 1}
            assert await tables.work.counts("other") == {}

    async def test_events_are_logged_in_order_and_once(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            added = [await tables.events.append(event(number), NOW) for number in (1, 2, 1, 3)]
            assert added == [True, True, False, True]
            logged = await tables.events.of_workflow("wf-1")
            assert [one.event for one in logged] == [event(1), event(2), event(3)]
            assert {one.topic for one in logged} == {"code.approved"}
            assert [one.published_at for one in logged] == [None, None, None]

    async def test_a_topic_can_be_replayed_from_any_place(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            for number in range(1, 6):
                await tables.events.append(event(number), NOW)
            await tables.events.append(event(9, event_type="code.rejected"), NOW)
            first = await tables.events.on_topic("code.approved", 0, 2)
            rest = await tables.events.on_topic("code.approved", first[-1].id, 10)
            numbers = [one.event.data["n"] for one in (*first, *rest)]
            assert numbers == [1, 2, 3, 4, 5]

    async def test_the_log_knows_what_the_bus_has(self) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.events.append(event(1), NOW)
            await tables.events.append(event(2, workflow_id="wf-2"), NOW)
            assert sorted(await tables.events.workflows_behind("bot", LATER)) == ["wf-1", "wf-2"]
            await tables.events.mark_published(event(1).event_id, LATER)
            assert await tables.events.unpublished("wf-1") == []
            assert await tables.events.workflows_behind("bot", LATER) == ["wf-2"]
            assert await tables.events.workflows_behind("other", LATER) == []

    @pytest.mark.parametrize(
        "value", ["a\x00b", float("nan"), float("inf"), "\ud800", "\\\x00", {"k": ["\x00"]}]
    )
    async def test_a_state_that_one_store_could_not_hold_is_refused_by_all(
        self, value: Any
    ) -> None:
        async with self.opened() as store:
            with pytest.raises(ValueError):
                async with store.transaction() as tables:
                    await tables.checkpoints.add(replace(CHECKPOINT, state={"v": value}))

    @pytest.mark.parametrize("value", ["\\u0000", "\\\\u0000", "a\u2028b", 2**70, -0.5, {}, ""])
    async def test_odd_values_come_back_as_they_were(self, value: Any) -> None:
        async with self.opened() as store, store.transaction() as tables:
            await tables.checkpoints.add(replace(CHECKPOINT, state={"v": value}))
            found = await tables.checkpoints.get(*IDS)
            assert found is not None
            assert found.state == {"v": value}

    async def test_an_event_id_that_is_no_uuid_is_refused_by_all(self) -> None:
        async with self.opened() as store:
            with pytest.raises(ValueError):
                async with store.transaction() as tables:
                    await tables.events.append(replace(event(1), event_id="evt-1"), NOW)
