"""The frames of a video: the title, the words that are being said, and how far it is."""

from functools import cache
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 540, 960
_MARGIN = 44
_TOP, _BOTTOM = (24, 30, 46), (46, 78, 110)
_WORDS, _TITLE, _BAR = (255, 255, 255), (178, 200, 222), (255, 194, 75)
_FONTS = (
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "NotoSans-Bold.ttf",
    "Arial Bold.ttf",
    "arialbd.ttf",
)
_LARGE, _SMALL, _LEADING = 52, 24, 1.3
Colour: TypeAlias = tuple[int, int, int]
_LONGEST_TITLE_LINES = 2


def frame(title: str, words: str, done: float) -> Image.Image:
    """One frame; `done` is how much of the video has passed, from 0 to 1."""
    image = _ground().copy()
    draw = ImageDraw.Draw(image)
    _write(draw, _lines(title, _SMALL)[:_LONGEST_TITLE_LINES], _SMALL, 72, _TITLE)
    large = _LARGE
    while large > _SMALL and _height(words, large) > HEIGHT // 2:
        large -= 6
    _write(draw, _lines(words, large), large, (HEIGHT - _height(words, large)) // 2, _WORDS)
    right = _MARGIN + (WIDTH - 2 * _MARGIN) * min(max(done, 0.0), 1.0)
    draw.rectangle((_MARGIN, HEIGHT - 60, WIDTH - _MARGIN, HEIGHT - 56), fill=(70, 96, 124))
    draw.rectangle((_MARGIN, HEIGHT - 60, right, HEIGHT - 56), fill=_BAR)
    return image


def save(image: Image.Image, path: Path) -> None:
    """Keep a frame as PNG, quickly."""
    image.save(path, compress_level=1)


@cache
def _ground() -> Image.Image:
    shade = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    return Image.composite(
        Image.new("RGB", shade.size, _BOTTOM), Image.new("RGB", shade.size, _TOP), shade
    )


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A bold font of this machine, else the one that comes with Pillow."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _write(
    draw: ImageDraw.ImageDraw, lines: list[str], size: int, top: float, fill: Colour
) -> None:
    for line in lines:
        draw.text((WIDTH / 2, top), line, font=_font(size), fill=fill, anchor="ma")
        top += size * _LEADING


def _height(text: str, size: int) -> int:
    return int(len(_lines(text, size)) * size * _LEADING)


def _lines(text: str, size: int) -> list[str]:
    """The text in lines that fit; a word that is too long is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and not _fits(longer, size):
            lines.append(line)
            line = word
        else:
            line = longer
        while not _fits(line, size):
            count = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or _fits(line[:n], size))
            lines.append(line[:count])
            line = line[count:]
            if not line:
                break
    return [*lines, line] if line else lines


def _fits(text: str, size: int) -> bool:
    return not text or _font(size).getlength(text) <= WIDTH - 2 * _MARGIN
