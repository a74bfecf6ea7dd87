"""Prefect: a flow writes a draft, is suspended until a person has read it, and then publishes it.

`python -m examples.adapters.prefect_flow` with the server of `PREFECT_API_URL`;
`prefect_publishing` brings one along. The run belongs to a deployment, so that it can be suspended;
its legs are processes of their own, as with a worker.
"""

import sys
from pathlib import Path
from uuid import UUID

from handraise import Answered, Handraise
from handraise.adapters.prefect import ask_people, resume_answered
from prefect import flow, get_client, task
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow_async

from examples.adapters.story import Example, Leg, main
from examples.common.surroundings import find
from examples.common.waiting import until

ARTICLE = "Herons"
_LIST_SECONDS = 60


@task(persist_result=True)
def write(article: str, notes: str) -> str:
    """Write a draft, which takes long and costs money."""
    with Path(notes).open("a", encoding="utf-8") as file:
        file.write(f"{article}\n")
    return f"All about {article}."


@flow(persist_result=True)
async def publish(article: str, notes: str) -> str:
    """Write, ask, publish."""
    draft = write(article, notes)
    found = find("adapters")
    async with Handraise(found.url, found.api_key) as hand:
        answer = await ask_people(
            hand, title=f"Publish {article}?", context={"draft": draft}, timeout=24 * 60
        )
    match answer:
        case Answered("approve"):
            return f"Published: {draft}"
        case _:
            return f"Not published: {article}"


async def begin(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The first process: a run of the deployment, until it is suspended."""
    parameters = {"article": ARTICLE, "notes": str(directory / "notes")}
    async with get_client() as client:
        flow_id = await client.create_flow(publish)
        deployment = await client.create_deployment(flow_id, "by-people")
        run = await client.create_flow_run_from_deployment(
            deployment, name=run_id, parameters=parameters
        )
    (directory / run_id).write_text(str(run.id))
    return await _leg(hand, run.id)


async def resume(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The second process: sets the run going once people have answered, and runs it."""
    flow_run = UUID((directory / run_id).read_text())
    for request_id in await _questions(hand, flow_run):
        await hand.wait(request_id)
    await resume_answered(hand)
    leg = await _leg(hand, flow_run)
    drafts = (directory / "notes").read_text().count(ARTICLE)
    return leg if leg.waits_for else Leg(said=f"{leg.said} (drafts written: {drafts})")


async def _leg(hand: Handraise, flow_run: UUID) -> Leg:
    async with get_client() as client:
        run = await client.read_flow_run(flow_run)
    if run.state is not None and run.state.is_paused():
        return await _waiting(hand, flow_run)
    try:
        said = await run_flow_async(publish, flow_run=run, parameters=run.parameters)
    except Pause:
        return await _waiting(hand, flow_run)
    return Leg(said=str(said))


async def _waiting(hand: Handraise, flow_run: UUID) -> Leg:
    return Leg(waits_for=await _questions(hand, flow_run))


async def _questions(hand: Handraise, flow_run: UUID) -> list[str]:
    async def asked() -> list[str]:
        return [one.id for one in (await hand.list(workflow_id=str(flow_run))).items]

    return await until(asked, "what was asked", _LIST_SECONDS)


EXAMPLE = Example("examples.adapters.prefect_flow", "A Prefect flow publishes", begin, resume)

if __name__ == "__main__":
    sys.exit(main(EXAMPLE))
