"""What kind of failure the browser saw."""

import pytest

from examples.bot_recovery.failures import FailureType, Seen, classify


def seen(text: str, *, status: int | None = 200, timed_out: bool = False) -> Seen:
    return Seen(
        url="http://site/x", status=status, text=text, expected="Saved", timed_out=timed_out
    )


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (seen("Are you a person?\nType the letters"), FailureType.CAPTCHA),
        (seen("Please solve the CAPTCHA", status=403), FailureType.CAPTCHA),
        (seen("Help us confirm that it's you"), FailureType.CHALLENGE),
        (seen("Enter the code we sent to +49 *** 12"), FailureType.CHALLENGE),
        (seen("Your post was not published", status=422), FailureType.CONTENT_REJECTED),
        (seen("Something went wrong", status=500), FailureType.SITE_ERROR),
        (seen("Something went wrong", status=504), FailureType.TIMEOUT),
        (seen("New post", timed_out=True), FailureType.TIMEOUT),
        (seen("", status=None, timed_out=True), FailureType.TIMEOUT),
        (seen("Welcome to our new design"), FailureType.UNKNOWN),
        (seen("", status=None), FailureType.UNKNOWN),
    ],
)
def test_a_failure_is_told_by_what_the_page_says(found: Seen, kind: FailureType) -> None:
    told, reason = classify(found)

    assert told is kind
    assert reason


def test_a_captcha_is_one_though_the_page_came_too_late_or_with_an_error() -> None:
    found = seen("Are you a human?", status=503, timed_out=True)

    assert classify(found) == (FailureType.CAPTCHA, "Are you a human?")


def test_the_reason_says_what_was_there_instead_of_what_was_expected() -> None:
    _, reason = classify(seen("\n  Welcome back \nmore"))

    assert reason == "The page does not say “Saved”, but “Welcome back”"
