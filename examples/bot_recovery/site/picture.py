"""The picture of a captcha: letters that lean, with lines across."""

import io
import random

from PIL import Image, ImageDraw, ImageFont

_SIZE, _LETTER_SIZE, _TILT = (260, 80), 44, 25


def captcha_picture(code: str) -> bytes:
    """The code as a PNG; the same code gives the same picture."""
    chance = random.Random(code)  # noqa: S311  it hides nothing
    picture = Image.new("RGB", _SIZE, "#eef1f4")
    font = ImageFont.load_default(size=_LETTER_SIZE)
    for place, letter in enumerate(code):
        tile = Image.new("L", (56, 64), 0)
        ImageDraw.Draw(tile).text((12, 4), letter, fill=255, font=font)
        turned = tile.rotate(chance.uniform(-_TILT, _TILT))
        picture.paste("#263c9c", (6 + place * 49, 6 + chance.randrange(8)), turned)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        ends = [(chance.randrange(_SIZE[0]), chance.randrange(_SIZE[1])) for _ in range(2)]
        draw.line(ends, fill="#8fa0c8", width=2)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
