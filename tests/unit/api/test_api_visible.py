"""Text from strangers is escaped, and no character in it hides or reorders what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.visible import hidden_in, is_hidden, plain, visible

HIDING = {
    "right-to-left override": "\u202e",
    "isolate": "\u2066",
    "right-to-left mark": "\u200f",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "line separator": "\u2028",
    "hangul filler": "\u3164",
    "braille blank": "\u2800",
    "variation selector": "\U000e0101",
    "tag letter": "\U000e0041",
    "private use": "\ue000",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
    "carriage return": "\r",
}


@pytest.mark.parametrize("char", HIDING.values(), ids=HIDING.keys())
def test_a_character_that_hides_is_shown_by_its_code_point(char: str) -> None:
    shown = str(visible(f"a{char}b"))
    assert char not in shown
    assert f"U+{ord(char):04X}" in shown
    assert f"[U+{ord(char):04X}]" in plain(f"a{char}b")


@pytest.mark.parametrize(
    "text", ["naïve – «Grüße» 😀", "日本語 한국어 עברית العربية", "a\n\tb", "e\u0301"]
)
def test_ordinary_writing_stays_as_it_is(text: str) -> None:
    assert str(visible(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</textarea><svg/onload=alert(1)>",
        "&lt;b&gt;",
        "\u202e<b>\u202c",
    ],
)
def test_markup_is_text(text: str) -> None:
    shown = str(visible(text)).replace('<span class="hidden-char" title="hidden character">', "")
    assert "<" not in shown.replace("</span>", "")
    assert '"' not in shown.replace("</span>", "")


@given(st.text())
def test_nothing_hidden_is_left_and_nothing_is_lost(text: str) -> None:
    shown = str(visible(text))
    assert not any(is_hidden(char) for char in shown)
    assert shown.count('class="hidden-char"') == sum(map(is_hidden, text)) == hidden_in(text)
