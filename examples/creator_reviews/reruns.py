"""What a creator tries on a user's behalf: the agent again, with other parameters, for nothing."""

from typing import Any

from examples.creator_reviews.executions import once_only
from examples.creator_reviews.reading import Review, ReviewReader
from examples.creator_reviews.tools.tool import Texts, Tool


class Reruns:
    """Runs agents again, and keeps what came of it with the review."""

    def __init__(self, pool: Any, reader: ReviewReader) -> None:
        self._pool = pool
        self._reader = reader

    async def run(self, tool: Tool, review: Review, parameters: Texts, once: str) -> None:
        """Run the tool on the user's inputs; the same `once` is the same rerun.

        Raises Wrong for parameters that the tool does not know.
        """
        execution = await self._reader.execution_of(review)
        settled = tool.settled(parameters, execution["parameters"])
        await self._pool.execute(
            "INSERT INTO reruns (id, review_id, parameters, output) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (id) DO NOTHING",
            once_only(f"rerun/{review.id}", once),
            review.id,
            settled,
            tool.run(execution["inputs"], settled),
        )
