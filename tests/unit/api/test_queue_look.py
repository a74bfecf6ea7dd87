"""The look: contrast of every pair of colours that pages use, and files that browsers may keep."""

import re

import pytest

from api.web.assets import DIGEST, FILES, STATIC, address_of
from api.web.rendering import HERE

TOKENS = dict(re.findall(r"--([a-z-]+): light-dark\((#\w+, #\w+)\)", FILES["tokens.css"].decode()))
GROUNDS = ("page", "card", "sunk", "soft")
READ = [
    *((word, ground) for word in ("text", "muted") for ground in GROUNDS),
    *(
        (word, ground)
        for word in ("accent", "accent-strong")
        for ground in ("page", "card", "soft")
    ),
    *((word, f"{word}-soft") for word in ("good", "warn", "bad")),
    *((word, ground) for word in ("good", "warn", "bad") for ground in ("page", "card", "soft")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-alarm", "alarm"),
    ("text", "added"),
    ("text", "removed"),
    ("muted", "hunk"),
]
MAX_LINES = 250
SEEN = [("edge", ground) for ground in ("page", "card")] + [
    ("accent", ground) for ground in GROUNDS
]


def colour(token: str, theme: str) -> str:
    light, dark = TOKENS[token].split(", ")
    return light if theme == "light" else dark


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(front: str, back: str, theme: str) -> float:
    lights = sorted(luminance(colour(token, theme)) for token in (front, back))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), READ)
def test_what_is_read_has_the_contrast_for_text(front: str, back: str, theme: str) -> None:
    assert contrast(front, back, theme) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), SEEN)
def test_what_is_seen_has_the_contrast_for_edges(front: str, back: str, theme: str) -> None:
    assert contrast(front, back, theme) >= 3


def test_colours_are_named_in_one_place_only() -> None:
    sheets = {name: FILES[name].decode() for name in FILES if name.endswith(".css")}
    del sheets["tokens.css"]
    found = {name: re.findall(r"#[0-9a-fA-F]{3,8}\b", text) for name, text in sheets.items()}
    ours = {name: found[name] for name in ("layout.css", "components.css", "queue.css")}
    assert ours == {"layout.css": [], "components.css": [], "queue.css": []}


def test_scripts_are_small_and_load_only_each_other() -> None:
    scripts = {path.name: path.read_text() for path in STATIC.glob("*.js")}
    assert scripts
    assert {name for name, text in scripts.items() if text.count("\n") > MAX_LINES} == set()
    imported = {path for text in scripts.values() for path in re.findall(r'from "(.+?)"', text)}
    assert {path.removeprefix("./") for path in imported} <= set(FILES)


def test_no_page_has_a_script_or_style_of_its_own() -> None:
    templates = {path.name: path.read_text() for path in (HERE / "templates").rglob("*.html")}
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
    assert {name for name, text in templates.items() if inline.search(text)} == set()


def test_a_files_address_has_the_digest_of_them_all() -> None:
    assert address_of("tokens.css") == f"/static/{DIGEST}/tokens.css"
    with pytest.raises(KeyError):
        address_of("nothing.css")
