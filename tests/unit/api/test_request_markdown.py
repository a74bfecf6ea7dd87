"""A stranger's Markdown is words: it runs nothing, loads nothing, and misleads nobody."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.markdown import markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](https://evil.test/p.png)",
    "![x][y]\n\n[y]: https://evil.test/p.png",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.test)",
    "[Sign out](/sign-out)",
    "[x](#answer)",
    "<javascript:alert(1)>",
    '[x](https://evil.test "onmouseover=alert(1)")',
    '[x](https://evil.test/"onmouseover="alert(1))',
    "<button class=primary>Approve</button>",
    '<form action="//evil.test"><input name=csrf></form>',
    "<style>.decide{display:none}</style>",
    '<p class="decide">x</p>',
    '<a href="https://evil.test" class="button primary">Approve</a>',
    "<iframe src=//evil.test></iframe>",
    "<svg><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "# <b>Approved</b>\n\nApproved\n===",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "| <script> | b |\n|-|-|\n| <img src=x> | [x](javascript:1) |",
    "{{ 7 * 7 }} {% raw %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
HARMLESS = {
    *("p", "br", "em", "strong", "s", "ul", "ol", "li", "blockquote", "hr", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "span", "div"),
}
OUR_CLASSES = {"hidden-char", "link-target", "link-warning", "md-heading", "md-scroll", "md-plain"}
ATTRIBUTES = {"href", "target", "rel", "class", "title", "tabindex", "start"}


class Looked(HTMLParser):
    """Fails on anything that a browser would do more with than show it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in HARMLESS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            assert name != "class" or value in OUR_CLASSES
        found = dict(attrs)
        if tag == "a" and "href" in found:
            self.links.append(found["href"] or "")
            assert "nofollow" in (found["rel"] or "")
            assert "noopener" in (found["rel"] or "")


def links_of(text: str) -> list[str]:
    looked = Looked()
    looked.feed(markdown(text))
    return looked.links


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_words(text: str) -> None:
    for link in links_of(text):
        assert urlsplit(link).scheme in {"http", "https", "mailto"}
        assert urlsplit(link).netloc or link.startswith("mailto:")


@settings(deadline=None)
@given(st.text(alphabet="ab[]()<>!*_`#|-\n /:.&;\u202e\u200bhtps", max_size=80))
def test_any_text_is_only_words(text: str) -> None:
    links_of(text)


def test_a_picture_is_a_link_and_loads_nothing() -> None:
    assert links_of("![chart](https://cdn.test/c.png)") == ["https://cdn.test/c.png"]
    assert "<img" not in markdown("![chart](https://cdn.test/c.png)")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("[www.bank.test](https://evil.test/login)", "evil.test"),
        ("[https://bank.test](https://bank.test@evil.test)", "evil.test"),
        ("[https://bank.test/a](https://bank.test.evil.test/a)", "bank.test.evil.test"),
        ("[ok](https://раураl.test)", "xn--l-7sba6dbr.test"),
        ("[**bank.test**](https://evil.test)", "evil.test"),
    ],
)
def test_a_link_that_reads_like_another_place_is_warned_of(text: str, host: str) -> None:
    assert f'<span class="link-warning">leads to {host}</span>' in markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "[the docs](https://docs.test/a)",
        "[docs.test](https://www.docs.test)",
        "<https://docs.test/>",
        "[mail us](mailto:us@docs.test)",
    ],
)
def test_an_honest_link_is_not_warned_of(text: str) -> None:
    assert "link-warning" not in markdown(text)


def test_a_link_says_where_it_leads() -> None:
    assert "(docs.test)" in markdown("[read](https://docs.test/a)")


@pytest.mark.parametrize(
    "text", ["a\u202eb", "&#x202e;", "`\u200b`", "```\n\u2066\n```", "[\u200d](https://x.test)"]
)
def test_what_hides_is_shown_wherever_it_stands(text: str) -> None:
    assert 'class="hidden-char"' in markdown(text)


def test_headings_are_bold_lines() -> None:
    assert markdown("# Approved") == '<p class="md-heading"><strong>Approved</strong></p>'


@pytest.mark.parametrize(
    "text", ["[" * 19_000, "*a " * 6_000, "> " * 9_000, "|a" * 9_000, "a" * 30_000]
)
def test_what_no_person_writes_is_shown_as_it_is(text: str) -> None:
    assert markdown(text).startswith('<p class="md-plain">') or len(markdown(text)) < 3 * len(text)
