"""What a receiver's answer means: taken, try again, or never again."""

from datetime import datetime
from http import HTTPStatus

from kernel.outbound.delivery import Result, Verdict
from kernel.outbound.schedule import retry_after_seconds
from kernel.outbound.wire import Answer

_OK_BEGIN, _REDIRECT_BEGIN, _CLIENT_ERROR_BEGIN = 200, 300, 400


def judge(answer: Answer, now: datetime) -> Result:
    """The result of an attempt that was answered: 2xx is taken, 410 is never again."""
    status = answer.status
    if _OK_BEGIN <= status < _REDIRECT_BEGIN:
        return Result(verdict=Verdict.DELIVERED, status_code=status, response=answer.body)
    verdict = Verdict.GIVE_UP if status == HTTPStatus.GONE else Verdict.RETRY
    return Result(
        verdict=verdict,
        status_code=status,
        error=_words(status),
        response=answer.body,
        retry_after_seconds=retry_after_seconds(answer.headers, now),
    )


def _words(status: int) -> str:
    if status == HTTPStatus.GONE:
        return "410: the receiver wants no more"
    if _REDIRECT_BEGIN <= status < _CLIENT_ERROR_BEGIN:
        return f"{status}: redirects are not followed"
    return f"{status}: the receiver did not take it"
