"""Speaks OpenAI's chat completions on this machine, with plain rules behind it."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Header, Response
from fastapi.responses import JSONResponse

Answer = Callable[[dict[str, Any]], str]


class OpenAiServer:
    """The one route, what it was sent, and troubles that come before the next answers."""

    def __init__(self, key: str, answer: Answer) -> None:
        self._key = key
        self._answer = answer
        self.received: list[dict[str, Any]] = []
        self.troubles: list[tuple[int, dict[str, str]]] = []
        """Statuses and headers of the next calls."""
        self.refusal: str | None = None
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self._complete)

    async def _complete(self, body: dict[str, Any], authorization: str = Header("")) -> Response:
        if authorization != f"Bearer {self._key}":
            return _error(401, "invalid_api_key", {})
        self.received.append(body)
        if self.troubles:
            status, headers = self.troubles.pop(0)
            return _error(status, "server_error", headers)
        text = None if self.refusal else self._answer(body)
        message = {"role": "assistant", "content": text, "refusal": self.refusal}
        return JSONResponse(
            {
                "id": f"chatcmpl-{uuid4().hex}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        )


def _error(status: int, code: str, headers: dict[str, str]) -> Response:
    said = {"error": {"message": code, "type": code, "code": code, "param": None}}
    return JSONResponse(said, status, headers)
