"""What a receiver's answer means: taken, try again, or never again."""

from datetime import datetime
from http import HTTPStatus

from kernel.outbound.delivery import Result, Sign, Verdict
from kernel.outbound.schedule import retry_after_seconds
from kernel.outbound.wire import Answer

# What Standard Webhooks takes for "slow down", and 503: the receiver itself is out of order. Any
# other answer is about this callback, and others of the same host may fare better.
_OUT_OF_ORDER = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_OK_BEGIN, _REDIRECT_BEGIN, _CLIENT_ERROR_BEGIN = 200, 300, 400


def judge(answer: Answer, now: datetime) -> Result:
    """The result of an attempt that was answered: 2xx is taken, 410 is never again."""
    status = answer.status
    sign = Sign.AILING if status in _OUT_OF_ORDER else Sign.WELL
    if _OK_BEGIN <= status < _REDIRECT_BEGIN:
        return Result(
            verdict=Verdict.DELIVERED, sign=sign, status_code=status, response=answer.body
        )
    verdict = Verdict.GIVE_UP if status == HTTPStatus.GONE else Verdict.RETRY
    return Result(
        verdict=verdict,
        sign=sign,
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
