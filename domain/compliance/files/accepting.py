"""Which files are taken: JPEG, PNG and PDF, by what they are and not by what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from domain.common.errors import InvalidInput
from domain.common.pictures import redraw
from domain.compliance.files.papers import rewrite
from domain.compliance.rules import clean_name

LARGEST_FILE = 10 * 1024 * 1024
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
LONGEST_SIDE = 3_000
HEAD = 1024

# How other files begin, to say what somebody sent in place of a document.
KNOWN = (
    (b"PK\x03\x04", "a zip archive or an Office file"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture or a recording"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
)
MARKUP = (b"<svg", b"<!doctype", b"<html", b"<script", b"<?xml", b"<body")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file as we keep it: made anew, with the name that fits its content."""

    content: bytes
    media_type: str
    name: str
    original_sha256: str

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def accept(content: bytes, *, name: str) -> Accepted:
    """Check a file and make it anew. Neither its name nor the type it claims is believed.

    :raises InvalidInput: it is empty, too large, broken, or none of the three kinds
    """
    if not content:
        raise _refusal("The file is empty.")
    if len(content) > LARGEST_FILE:
        raise _refusal(f"A file may have at most {LARGEST_FILE // 1024**2} MiB.")
    if content.startswith(b"%PDF-"):
        made, media_type = rewrite(content), "application/pdf"
    elif content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        picture = redraw(content, longest_side=LONGEST_SIDE)
        made, media_type = picture.content, picture.content_type
    else:
        raise _refusal(f"{_what_it_is(content)} Send a JPEG, a PNG or a PDF.")
    name = clean_name(name, suffix=SUFFIXES[media_type])
    return Accepted(made, media_type, name, sha256(content).hexdigest())


def _what_it_is(content: bytes) -> str:
    head = content[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(MARKUP):
        return "This is a web page or a drawing in text, whatever its name says."
    for start, what in KNOWN:
        if content.startswith(start):
            return f"This is {what}, whatever its name says."
    return "This is neither a picture nor a PDF, whatever its name says."


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput.of({"file": [sentence]})
