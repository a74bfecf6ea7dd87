"""A stranger's Markdown as HTML that can neither run, load, mislead nor look like our own buttons.

Markdown makes the HTML with raw HTML off; an allow-list goes over it once more. Headings are only
bold lines, pictures are links, and a link says where it leads, with a warning where its words name
another place.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from api.web.visible import visible

MAX_CHARS = 20_000
MAX_MARKS = 4_000
"""Texts with more signs of markup are shown as they are: nobody writes so, and it takes long."""
_tags = {
    *("p", "br", "em", "strong", "s", "ul", "ol", "li", "blockquote", "hr", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "span", "div"),
}
_attributes = {"a": {"href", "target"}, "ol": {"start"}, "span": {"title"}, "div": {"tabindex"}}
_classes = {
    "span": {"hidden-char", "link-target", "link-warning"},
    "p": {"md-heading"},
    "div": {"md-scroll"},
}
_schemes = {"http", "https", "mailto"}
_marks = re.compile(r"[\[\]*_`~<>()!|]")
_names_a_place = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?(?://)?([^\s/@:?#]+\.[^\s/@:?#.]{2,})", re.IGNORECASE
)


def markdown(text: str) -> Markup:
    """The text as HTML; what is too long or too odd for Markdown is shown as it is written."""
    if len(text) > MAX_CHARS or len(_marks.findall(text)) > MAX_MARKS:
        return Markup('<p class="md-plain">{}</p>').format(visible(text))
    html = _reader.render(text)
    cleaned = nh3.clean(
        html,
        tags=_tags,
        attributes=_attributes,
        allowed_classes=_classes,
        url_schemes=_schemes,
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(cleaned)  # noqa: S704 # escaped by the renderer, and cleaned by an allow-list


class _Renderer(RendererHTML):
    """Writes tokens so that every text in them is visible."""

    def text(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return visible(tokens[idx].content)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<code>{visible(tokens[idx].content)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return (
            f'<div class="md-scroll" tabindex="0"><pre><code>{visible(tokens[idx].content)}'
            "</code></pre></div>"
        )

    fence = code_block

    def heading_open(self, *_: Any) -> str:
        return '<p class="md-heading"><strong>'

    def heading_close(self, *_: Any) -> str:
        return "</strong></p>"

    def table_open(self, *_: Any) -> str:
        return '<div class="md-scroll" tabindex="0"><table>'

    def table_close(self, *_: Any) -> str:
        return "</table></div>"

    def softbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "<br>"

    def link_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        target = str(tokens[idx].attrGet("href") or "")
        return f'<a href="{escape(target)}" target="_blank">' if _leads_away(target) else ""

    def link_close(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        opening = _opening_of(tokens, idx)
        target = str(tokens[opening].attrGet("href") or "")
        words = "".join(token.content for token in tokens[opening:idx])
        said = _said_of(words, target)
        return f"</a>{said}" if _leads_away(target) else said


def _opening_of(tokens: Sequence[Token], close: int) -> int:
    return max(i for i in range(close) if tokens[i].type == "link_open")


def _leads_away(target: str) -> bool:
    """Whether a link leads to an address of its own; ours can't be linked to from outside."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme == "mailto" or (parts.scheme in _schemes and bool(parts.netloc))


def _said_of(words: str, target: str) -> Markup:
    """What stands behind a link: where it leads, and a warning where its words say otherwise."""
    host = _host(target)
    named = _names_a_place.match(words.strip())
    claims = named[1].lower().removeprefix("www.") if named else ""
    odd = host.startswith("xn--") or ".xn--" in host
    if odd or (claims and claims != host.removeprefix("www.")):
        return Markup(' <span class="link-warning">leads to {}</span>').format(
            visible(host or target)
        )
    if words.strip() == target:
        return Markup()
    return Markup(' <span class="link-target">({})</span>').format(visible(host or target))


def _host(target: str) -> str:
    try:
        parts = urlsplit(target)
        host = parts.hostname or parts.path.rpartition("@")[2]
        return host.encode("idna").decode().lower() if not host.isascii() else host.lower()
    except (UnicodeError, ValueError):
        return target


def _made() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    made.enable(["table", "strikethrough"])
    # A picture is then read as "!" and a link.
    made.disable(["image", "html_block", "html_inline"])
    return made


_reader = _made()
