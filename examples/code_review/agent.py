"""The agent: reads the change, weighs its risks, asks a person, and acts on the answer."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from handraise import Agent, ChangesRequested, Finished, NextEvent, answer_in
from handraise.steps import Step
from handraise.topics import CODE_ANALYSIS_NEEDED, CODE_APPROVED, CODE_REJECTED

from examples.code_review.assessing import examine
from examples.code_review.changes import read_change
from examples.code_review.findings import Severity
from examples.code_review.questions import code_question, named
from examples.code_review.verdicts import APPROVE, verdict

DEADLINE = timedelta(hours=1)


class CodeReviewAgent(Agent):
    """Lets a change of low risk pass, and asks a person about every other."""

    agent_id = "code-review-agent"
    recipients: Sequence[str] = ()
    """The addresses that are told by e-mail."""

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Examine the change named by the state's `repository` and `range`; ask if it is risky."""
        change = await asyncio.to_thread(read_change, Path(state["repository"]), state["range"])
        await self.publish(CODE_ANALYSIS_NEEDED, workflow_id, named(change))
        risk = await asyncio.to_thread(examine, change)
        if risk.level is Severity.LOW:
            told = named(change) | {"approved_by": "policy", "risk": risk.level.value}
            return Finished((NextEvent(CODE_APPROVED, told),), {"decision": APPROVE})
        return await self.pause(
            workflow_id,
            {**state, **named(change), "risk": risk.level.value},
            **code_question(change, risk, self.recipients, DEADLINE),
        )

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Approve or reject, as the person said; without a clear yes, nothing passes."""
        answer = answer_in(state)
        if isinstance(answer, ChangesRequested):
            await self.withdraw(answer.request, "The author changes it and asks anew")
        said = verdict(answer)
        about = {name: state[name] for name in ("repository", "base", "head", "subject", "risk")}
        by = "approved_by" if said.is_yes else "rejected_by"
        told = about | {"comment": said.comment} | ({by: said.who} if said.who else {})
        event_type = CODE_APPROVED if said.is_yes else CODE_REJECTED
        return Finished((NextEvent(event_type, told),), {"decision": said.decision})
