"""The code-review example on a running Handraise: its story, its crowd, its replay."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from handraise import Event, Handraise, topics
from handraise.replay import Story, story_of
from handraise.statuses import Status
from rich.console import Console

from examples.code_review.crew import office
from examples.code_review.crowd import Crowd, crowd
from examples.code_review.desk import replay, status, submit
from examples.code_review.environments import journal_of
from examples.code_review.journal import Journal, Mark
from examples.code_review.screen import ReviewScreen
from examples.code_review.story import play
from examples.common.database import create
from examples.common.surroundings import Surroundings
from examples.common.trouble import Trouble
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the example plays, and what it shows."""

    found: Surroundings
    store: str

    def screen(self) -> tuple[ReviewScreen, io.StringIO]:
        shown = io.StringIO()
        return ReviewScreen(Console(file=shown, width=300, highlight=False)), shown

    async def story(self, workflow_id: str) -> Story:
        async with office(self.found, self.store) as here:
            found = await story_of(here.store, workflow_id, here.agent.hand)
        assert found is not None
        return found

    async def events(self, workflow_id: str) -> list[Event]:
        async with office(self.found, self.store) as here, here.store.transaction() as tables:
            return [one.event for one in await tables.events.of_workflow(workflow_id)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(playing: Stage, module_database: str) -> Scene:
    store = await create(module_database, f"{module_database.rpartition('/')[2]}_agents")
    return Scene(playing.found("code_review"), store)


def types(events: list[Event]) -> list[str]:
    return [event.event_type for event in events]


@dataclass(frozen=True, slots=True)
class Played:
    """The story, once it has been played: what was shown, and what is left of it."""

    scene: Scene
    token: str
    shown: str

    async def events(self, name: str) -> list[Event]:
        return await self.scene.events(f"wf-{name}-{self.token}")

    async def story(self, name: str) -> Story:
        return await self.scene.story(f"wf-{name}-{self.token}")

    def journals(self) -> list[Journal]:
        folder = self.scene.found.directory / "shops" / self.token
        return [journal_of(folder / one) for one in ("staging", "production")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(scene: Scene) -> Played:
    """One play for many tests: starting its processes is what takes time."""
    screen, shown = scene.screen()
    token = await play(scene.found, scene.store, "approve", screen)
    return Played(scene, token, shown.getvalue())


async def test_what_the_rules_let_pass_is_deployed_once_production_is_back(played: Played) -> None:
    harmless = await played.events("harmless")
    assert types(harmless) == [
        topics.WORKFLOW_STARTED,
        topics.CODE_ANALYSIS_NEEDED,
        topics.CODE_APPROVED,
        topics.DEPLOYMENT_STARTED,
        topics.DEPLOYMENT_COMPLETED,
        topics.DEPLOYMENT_STARTED,
        topics.DEPLOYMENT_COMPLETED,
        topics.WORKFLOW_COMPLETED,
    ]
    assert harmless[2].data["approved_by"] == ["policy"]
    assert "OutOfReach: production does not answer" in played.shown


async def test_nothing_is_deployed_before_both_who_are_asked_say_yes(played: Played) -> None:
    risky = await played.story("risky")
    assert risky.agrees
    assert sorted(one.kind for one in risky.requests) == ["code_review", "schema_change"]
    async with Handraise(played.scene.found.url, played.scene.found.api_key) as hand:
        answered = [await hand.get(one.id) for one in risky.requests]
    who = {one.response.responder_id for one in answered if one.response}
    approved = next(one for one in risky.moments if one.event_type == topics.CODE_APPROVED)
    assert set(approved.data["approved_by"]) == who
    assert len(who) == 2
    received = [one.at for one in risky.moments if one.event_type == "Received"]
    started = [one.at for one in risky.moments if one.event_type == topics.DEPLOYMENT_STARTED]
    assert (len(received), len(started)) == (2, 2)
    assert max(received) < min(started)


async def test_what_breaks_when_it_runs_is_taken_back_before_production(played: Played) -> None:
    broken = await played.events("broken")
    assert types(broken)[-2:] == [topics.DEPLOYMENT_FAILED, topics.WORKFLOW_FAILED]
    assert "No module named 'payments.pool'" in broken[-1].data["reason"]
    staging, production = played.journals()
    assert [one.mark for one in staging.entries].count(Mark.ROLLED_BACK) == 1
    assert broken[0].workflow_id not in {one.deployment for one in production.entries}


async def test_what_nobody_answers_is_rejected_and_its_workflow_told(played: Played) -> None:
    forgotten = await played.story("forgotten")
    assert [one.outcome for one in forgotten.requests] == ["timed_out"]
    *_, rejected, ended = await played.events("forgotten")
    assert (rejected.event_type, rejected.data["decision"]) == (topics.CODE_REJECTED, "timed_out")
    assert ended.event_type == topics.WORKFLOW_COMPLETED


async def test_a_dead_letter_goes_on_when_it_is_redriven(played: Played) -> None:
    missing = await played.events("missing")
    assert types(missing)[:3] == [
        topics.WORKFLOW_STARTED,
        topics.WORKFLOW_FAILED,
        topics.WORKFLOW_STARTED,
    ]
    assert missing[1].data["dead_letter"] is True
    assert missing[-1].event_type == topics.WORKFLOW_COMPLETED
    assert "dead letter" in played.shown


async def test_each_change_went_live_once_though_a_process_was_killed(played: Played) -> None:
    assert "is killed (kill -9)" in played.shown
    wanted = sorted(f"wf-{name}-{played.token}" for name in ("harmless", "risky", "missing"))
    for journal in played.journals():
        assert sorted(journal.went_live()) == wanted


async def test_the_broker_has_every_event_and_on_every_topic_of_the_agents(played: Played) -> None:
    assert [one for one in topics.ALL if f"event {one} " not in played.shown] == []


async def test_a_workflow_is_replayed_at_the_terminal(played: Played) -> None:
    screen, shown = played.scene.screen()
    await replay(played.scene.found, played.scene.store, f"wf-risky-{played.token}", screen)
    assert "Requested [Database: Refund whole orders, for complaint #42]" in shown.getvalue()
    assert "is completed, as the log tells" in shown.getvalue()


async def test_the_status_tells_where_all_workflows_stand(played: Played) -> None:
    screen, shown = played.scene.screen()
    await status(played.scene.found, played.scene.store, screen)
    assert "4 completed, 1 failed" in shown.getvalue()


async def test_two_hundred_workflows_over_three_processes_of_which_one_is_killed(
    scene: Scene,
) -> None:
    asked = Crowd(workflows=200, workers=3)
    outcome = await crowd(scene.found, scene.store, asked, scene.screen()[0])
    assert outcome.statuses == {Status.COMPLETED: 200}
    assert len(outcome.deployments) == 200
    assert set(outcome.deployments.values()) == {1}


async def test_an_unknown_workflow_has_no_story(scene: Scene) -> None:
    with pytest.raises(Trouble, match="no workflow wf-never"):
        await replay(scene.found, scene.store, "wf-never", scene.screen()[0])


async def test_a_change_can_be_submitted_from_any_process(scene: Scene, tmp_path: Path) -> None:
    screen, shown = scene.screen()
    change = str(tmp_path), "main..fix"
    await submit(scene.found, scene.store, change, [tmp_path / "live"], screen)
    workflow_id = shown.getvalue().split()[-1]
    async with office(scene.found, scene.store) as here:
        state = await here.agent.workflow(workflow_id)
    assert state is not None
    assert state.status is Status.RUNNING
