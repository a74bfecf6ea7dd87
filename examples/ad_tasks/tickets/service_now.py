"""Tickets as ServiceNow incidents, by its Table API.

https://www.servicenow.com/docs (Table API): GET, POST and PATCH on /api/now/table/incident; the
incident's state 6 is Resolved and wants a close code and close notes.
"""

from typing import Final

import httpx

from examples.ad_tasks.tasks import HumanTask
from examples.ad_tasks.tickets.port import called, ending_of, lines_of, summary_of

_TABLE: Final = "/api/now/table/incident"
_URGENCY: Final = {"low": "3", "medium": "2", "high": "1", "urgent": "1"}
_IMPACT: Final = {"low": "3", "medium": "2", "high": "2", "urgent": "1"}
_RESOLVED: Final = "6"
_ENDED: Final = ("6", "7", "8")
"""Resolved, closed and cancelled."""


class ServiceNow:
    """The incidents of an instance; `http` has its address and signs in."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def open(self, task: HumanTask) -> str:
        """Open an incident, unless one is correlated with the task; its sys_id."""
        query = {
            "sysparm_query": f"correlation_id={task.task_id}",
            "sysparm_fields": "sys_id",
            "sysparm_limit": "1",
        }
        known = (await called(self._http, "GET", _TABLE, params=query)).json()["result"]
        if known:
            return str(known[0]["sys_id"])
        fields = {
            "short_description": summary_of(task),
            "description": "\n".join(lines_of(task)),
            "urgency": _URGENCY[task.priority],
            "impact": _IMPACT[task.priority],
            "correlation_id": task.task_id,
            "correlation_display": "Handraise",
        }
        made = await called(self._http, "POST", _TABLE, json=fields)
        return str(made.json()["result"]["sys_id"])

    async def close(self, key: str, task: HumanTask) -> None:
        """Say what came of it in the work notes and resolve the incident, unless it is."""
        path = f"{_TABLE}/{key}"
        found = await called(self._http, "GET", path, params={"sysparm_fields": "state"})
        if found.json()["result"]["state"] in _ENDED:
            return
        said = ending_of(task)
        fields = {
            "state": _RESOLVED,
            "work_notes": said,
            "close_code": "Resolved by caller"
            if task.status == "completed"
            else "No resolution provided",
            "close_notes": said,
        }
        await called(self._http, "PATCH", path, json=fields)
