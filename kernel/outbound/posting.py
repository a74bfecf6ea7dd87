"""One attempt to post something to the outside, judged: whatever happens is a result."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from kernel.errors import HandraiseError, Invalid
from kernel.outbound.course import Course
from kernel.outbound.delivery import Result, Sign, Verdict
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import TargetRefused, Unresolved
from kernel.outbound.wire import Answer, Unanswered

Judge = Callable[[Answer], Result]
"""What an answer means for the delivery."""


async def posted(
    egress: Egress, url: str, *, headers: Mapping[str, str], body: bytes, judge: Judge
) -> Result:
    """The result of one POST, with its course; never raises for what the other side does."""
    course = Course()
    try:
        answer = await egress.post(url, headers=headers, body=body, course=course)
    except (Invalid, TargetRefused) as error:
        return Result(verdict=Verdict.GIVE_UP, error=said(error), course=course)
    except (Unanswered, Unresolved) as error:
        return Result(verdict=Verdict.RETRY, sign=Sign.AILING, error=said(error), course=course)
    return replace(judge(answer), course=course)


def said(error: HandraiseError) -> str:
    """An error in the words of a delivery: its code and its sentence."""
    return f"{error.code}: {error}"
