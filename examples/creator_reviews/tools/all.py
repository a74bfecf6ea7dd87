"""The tools by name."""

from examples.creator_reviews.tools.headlines import HEADLINES
from examples.creator_reviews.tools.letters import LETTERS
from examples.creator_reviews.tools.summaries import SUMMARIES
from examples.creator_reviews.tools.tool import Tool

TOOLS: dict[str, Tool] = {one.name: one for one in (LETTERS, SUMMARIES, HEADLINES)}
