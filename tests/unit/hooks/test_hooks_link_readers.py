"""Who counts as a person who opened a link: a browser that navigates, and nothing else."""

import pytest

from api.web.link_readers import looks_like_a_person

BROWSER = {
    "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}


def test_a_browser_that_navigates_to_the_page_is_a_person() -> None:
    assert looks_like_a_person("GET", BROWSER)


@pytest.mark.parametrize(
    "over",
    [
        {"sec-fetch-mode": "no-cors"},
        {"sec-fetch-dest": "image"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-purpose": "preview"},
        {"x-moz": "prefetch"},
        {"user-agent": "Slackbot-LinkExpanding 1.0"},
        {"user-agent": "Mozilla/5.0 (compatible; Microsoft SafeLinks)"},
        {"user-agent": "python-httpx/0.28"},
    ],
)
def test_what_looks_ahead_or_says_that_it_is_a_program_is_none(over: dict[str, str]) -> None:
    assert not looks_like_a_person("GET", BROWSER | over)


@pytest.mark.parametrize("missing", BROWSER)
def test_who_does_not_say_enough_is_not_counted(missing: str) -> None:
    said = {name: value for name, value in BROWSER.items() if name != missing}
    assert not looks_like_a_person("GET", said)


def test_asking_for_the_head_is_not_looking() -> None:
    assert not looks_like_a_person("HEAD", BROWSER)
