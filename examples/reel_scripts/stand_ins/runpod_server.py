"""Speaks Runpod's serverless HTTP on this machine, with the real handler behind it."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Header, HTTPException

Handle = Callable[[dict[str, Any]], dict[str, Any]]


class RunpodServer:
    """An endpoint: its jobs, what each was sent, and whether its workers may begin."""

    def __init__(self, key: str, handle: Handle) -> None:
        self._key = key
        self._handle = handle
        self._jobs: dict[str, dict[str, Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.received: list[dict[str, Any]] = []
        self.workers = asyncio.Event()
        self.workers.set()
        self.app = FastAPI()
        self.app.post("/v2/{endpoint}/run")(self._run)
        self.app.get("/v2/{endpoint}/status/{job_id}")(self._status)

    def forget(self) -> None:
        """As Runpod does some time after a job has ended."""
        self._jobs.clear()

    async def _run(
        self, endpoint: str, body: dict[str, Any], authorization: str = Header("")
    ) -> dict[str, Any]:
        self._check(authorization)
        if "input" not in body:
            raise HTTPException(400, "input is missing")
        self.received.append(body)
        job_id = f"{uuid4()}-e1"
        self._jobs[job_id] = {"id": job_id, "status": "IN_QUEUE"}
        task = asyncio.create_task(self._work(job_id, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return self._jobs[job_id]

    async def _status(
        self, endpoint: str, job_id: str, authorization: str = Header("")
    ) -> dict[str, Any]:
        self._check(authorization)
        if job_id not in self._jobs:
            raise HTTPException(404, "job not found")
        return self._jobs[job_id]

    async def _work(self, job_id: str, body: dict[str, Any]) -> None:
        await self.workers.wait()
        job = self._jobs[job_id] = {"id": job_id, "status": "IN_PROGRESS", "delayTime": 1}
        try:
            output = await asyncio.to_thread(self._handle, {"id": job_id, **body})
        except Exception as error:  # noqa: BLE001  whatever a handler raises, Runpod reports
            self._jobs[job_id] = {**job, "status": "FAILED", "error": str(error)}
        else:
            self._jobs[job_id] = {
                **job,
                "status": "COMPLETED",
                "executionTime": 1,
                "output": output,
            }

    def _check(self, authorization: str) -> None:
        if authorization != f"Bearer {self._key}":
            raise HTTPException(401, "who is there?")
