"""Pictures from outside: believed by their content alone, and drawn anew before they are kept.

Drawing anew drops what is no picture: scripts behind the last byte, places and names in the
metadata, colour profiles. A file's name and the type it claims are not looked at.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from domain.common.errors import InvalidInput

LARGEST_FILE = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png"}
QUALITY = 85


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as we keep it: bytes of ``content_type``, sizes in pixels."""

    content: bytes
    content_type: str
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def redraw(content: bytes, *, field: str = "file", longest_side: int = 2_400) -> Picture:
    """Return the picture as a JPEG or PNG of our own making, no side longer than asked.

    :raises InvalidInput: it is no JPEG or PNG, is too large, or is broken
    """
    if len(content) > LARGEST_FILE:
        raise InvalidInput.of({field: ["A picture may have at most 10 MiB."]})
    try:
        return _redrawn(content, longest_side)
    except _TooManyPixels:
        sentence = f"A picture may have at most {MOST_PIXELS // 1_000_000} million pixels."
        raise InvalidInput.of({field: [sentence]}) from None
    # Pillow's readers raise whatever a broken file makes them stumble over.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        sentence = "This is no JPEG or PNG picture, or it is broken. Save it as JPEG and try again."
        raise InvalidInput.of({field: [sentence]}) from None


class _TooManyPixels(Exception):
    pass


def _redrawn(content: bytes, longest_side: int) -> Picture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(BytesIO(content), formats=list(FORMATS))
    kind = image.format or ""
    if image.width * image.height > MOST_PIXELS:
        raise _TooManyPixels
    upright = ImageOps.exif_transpose(image)
    drawn = upright.convert("RGB" if kind == "JPEG" else "RGBA")
    drawn.thumbnail((longest_side, longest_side))
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    kept = BytesIO()
    if kind == "JPEG":
        clean.save(kept, "JPEG", quality=QUALITY, optimize=True)
    else:
        # Trying every way to make it smaller takes three times as long and gains a hundredth.
        clean.save(kept, "PNG")
    return Picture(kept.getvalue(), FORMATS[kind], clean.width, clean.height)
