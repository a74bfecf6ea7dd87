"""Tickets as Jira Cloud issues, by its REST API v3.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/: create issue, search by JQL, add
comment, get transitions, transition issue; texts are Atlassian documents.
"""

from collections.abc import Sequence
from typing import Any, Final

import httpx

from examples.ad_tasks.tasks import HumanTask
from examples.ad_tasks.tickets.port import TicketTrouble, called, ending_of, lines_of, summary_of

_PRIORITIES: Final = {"low": "Low", "medium": "Medium", "high": "High", "urgent": "Highest"}
_DONE: Final = "done"


class Jira:
    """A project of a Jira site; `http` has its address and signs in with an API token."""

    def __init__(self, http: httpx.AsyncClient, project: str) -> None:
        self._http = http
        self._project = project

    async def open(self, task: HumanTask) -> str:
        """Open an issue, unless one bears the task's label; its key."""
        known = await self._labelled(task)
        if known is not None:
            return known
        fields = {
            "project": {"key": self._project},
            "issuetype": {"name": "Task"},
            "summary": summary_of(task),
            "description": _document(lines_of(task)),
            "labels": ["handraise", _label(task)],
            "priority": {"name": _PRIORITIES[task.priority]},
        }
        made = await called(self._http, "POST", "/rest/api/3/issue", json={"fields": fields})
        return str(made.json()["key"])

    async def close(self, key: str, task: HumanTask) -> None:
        """Comment on the issue and move it to a status that is done, unless it is."""
        path = f"/rest/api/3/issue/{key}"
        found = await called(self._http, "GET", path, params={"fields": "status"})
        if found.json()["fields"]["status"]["statusCategory"]["key"] == _DONE:
            return
        comment = {"body": _document([ending_of(task)])}
        await called(self._http, "POST", f"{path}/comment", json=comment)
        offered = (await called(self._http, "GET", f"{path}/transitions")).json()["transitions"]
        for one in offered:
            if one["to"]["statusCategory"]["key"] == _DONE:
                body = {"transition": {"id": one["id"]}}
                await called(self._http, "POST", f"{path}/transitions", json=body)
                return
        raise TicketTrouble(f"{key} can't be moved to a status that is done")

    async def _labelled(self, task: HumanTask) -> str | None:
        jql = f'project = "{self._project}" AND labels = "{_label(task)}"'
        body = {"jql": jql, "maxResults": 1, "fields": ["key"]}
        found = await called(self._http, "POST", "/rest/api/3/search/jql", json=body)
        issues = found.json()["issues"]
        return str(issues[0]["key"]) if issues else None


def _label(task: HumanTask) -> str:
    return f"handraise-{task.task_id}"


def _document(lines: Sequence[str]) -> dict[str, Any]:
    """Lines as an Atlassian document: a paragraph each."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}
