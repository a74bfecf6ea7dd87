"""The agent that brings a change all the way: analysed, approved by people, deployed, checked."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from handraise import (
    Agent,
    ChangesRequested,
    Failed,
    Finished,
    NextEvent,
    Paused,
    answer_in,
)
from handraise.steps import Step
from handraise.topics import (
    CODE_ANALYSIS_NEEDED,
    CODE_APPROVED,
    CODE_REJECTED,
    DEPLOYMENT_COMPLETED,
    DEPLOYMENT_FAILED,
    DEPLOYMENT_STARTED,
)

from examples.code_review.assessing import examine
from examples.code_review.changes import Change, read_change
from examples.code_review.environments import Release, deploy
from examples.code_review.findings import Risk, Severity
from examples.code_review.journal import Entry, Mark
from examples.code_review.questions import code_question, named, schema_question
from examples.code_review.smoke import smoke_check
from examples.code_review.verdicts import APPROVE, Verdict, approvers, verdict

BY_POLICY = "policy"


class DeliveryAgent(Agent):
    """Deploys what its rules or its people have approved, and nothing else.

    A workflow's state names the `repository` and the `range` of the change, the `environments`
    (folders) it goes to, one after the other, and the `deadline_seconds` of its questions.
    """

    agent_id = "delivery-agent"
    recipients: Sequence[str] = ()
    """The addresses that are told by e-mail."""

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Analyse; then deploy what is harmless, and ask about all else."""
        if "approved_by" in state:  # a crash cut the deployment off after this was saved
            return await self._deliver(workflow_id, state)
        change = await asyncio.to_thread(read_change, Path(state["repository"]), state["range"])
        await self.publish(CODE_ANALYSIS_NEEDED, workflow_id, named(change))
        risk = await asyncio.to_thread(examine, change)
        known = {**state, **named(change), "risk": risk.level.value}
        if risk.level is not Severity.LOW:
            return await self._ask(workflow_id, known, change, risk)
        approved = {**known, "approved_by": [BY_POLICY]}
        await self.save(workflow_id, "approved", approved)
        return await self._deliver(workflow_id, approved)

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Deploy when the last of those who were asked says yes; one no is enough to end it."""
        answer = answer_in(state)
        said = verdict(answer)
        if isinstance(answer, ChangesRequested):
            await self.withdraw(answer.request, "The author changes it and submits it anew")
        if not said.is_yes:
            return _rejected(state, said)
        agreed = approvers(state)
        if len(agreed) < state["asked"]:
            return Paused(workflow_id)
        return await self._deliver(workflow_id, {**state, "approved_by": agreed})

    async def _ask(
        self, workflow_id: str, known: dict[str, Any], change: Change, risk: Risk
    ) -> Paused:
        deadline = timedelta(seconds=known["deadline_seconds"])
        about_schema = await asyncio.to_thread(schema_question, change, deadline)
        questions = [code_question(change, risk, self.recipients, deadline)]
        questions += [about_schema] if about_schema else []
        state = {**known, "asked": len(questions)}
        for question in questions:
            await self.pause(workflow_id, state, **question)
        return Paused(workflow_id)

    async def _deliver(self, workflow_id: str, state: Mapping[str, Any]) -> Step:
        about = _about(state)
        approved = about | {"approved_by": state["approved_by"]}
        await self.publish(CODE_APPROVED, workflow_id, approved, key="approved")
        release = Release(
            deployment=workflow_id, repository=Path(state["repository"]), commit=state["head"]
        )
        for name in state["environments"]:
            environment = Path(name)
            where = about | {"environment": environment.name}
            await self.publish(DEPLOYMENT_STARTED, workflow_id, where, key=name)
            entry = await asyncio.to_thread(deploy, environment, release, smoke_check)
            if entry.mark is Mark.ROLLED_BACK:
                return _rolled_back(where, entry)
            told = where | {"release": release.folder, "at": entry.at}
            await self.publish(DEPLOYMENT_COMPLETED, workflow_id, told, key=name)
        return Finished(result={"decision": APPROVE, "released": state["head"]})


def _about(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: state[name] for name in ("repository", "base", "head", "subject", "risk")}


def _rejected(state: Mapping[str, Any], said: Verdict) -> Finished:
    told = _about(state) | {"decision": said.decision, "comment": said.comment}
    told |= {"rejected_by": said.who} if said.who else {}
    return Finished((NextEvent(CODE_REJECTED, told),), {"decision": said.decision})


def _rolled_back(where: Mapping[str, Any], entry: Entry) -> Failed:
    reason = f"Rolled back from {where['environment']}: {entry.reason}"
    told = {**where, "reason": entry.reason, "live_again": entry.previous}
    return Failed(reason, (NextEvent(DEPLOYMENT_FAILED, told),))
