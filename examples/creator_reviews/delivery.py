"""What the user gets of an answer: the edited output, that of a rerun, or nothing new; pure."""

from examples.creator_reviews.standing import Standing
from examples.creator_reviews.tools.all import TOOLS
from examples.creator_reviews.tools.tool import Texts


def delivered_output(
    tool_name: str, inputs: Texts, parameters: Texts, standing: Standing
) -> str | None:
    """The output in the place of the agent's own, or None where that one stays.

    Parameters that the tool does not know are passed over: nobody can be asked any more.
    """
    if standing.outcome != "answered":
        return None
    if standing.parameters is None:
        return standing.edited_output
    tool = TOOLS[tool_name]
    known = {one.name: one.options for one in tool.parameters}
    fitting = {
        name: value for name, value in standing.parameters.items() if value in known.get(name, ())
    }
    return tool.run(inputs, tool.settled(fitting, parameters))
