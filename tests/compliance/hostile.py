"""Files that somebody might send in place of a document. All are made here."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from zipfile import ZipFile

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from tests.compliance.factory import paper, picture

SCRIPT = b"<script>alert(document.domain)</script>"
# Put together here, so that no scanner takes this file for the test virus itself.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def archive() -> bytes:
    kept = BytesIO()
    with ZipFile(kept, "w") as made:
        made.writestr("a.txt", "hello")
    return kept.getvalue()


def refused() -> dict[str, bytes]:
    """Each with the name under which it is sent; none may be kept."""
    return {
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "declared.svg": b'<?xml version="1.0"?><svg onload="alert(1)"/>',
        "page.jpg": b"<!DOCTYPE html><html>" + SCRIPT + b"</html>",
        "spaced.png": b"\xef\xbb\xbf \n<HTML>" + SCRIPT,
        "both.gif": b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(1)//",
        "virus.pdf": EICAR,
        "archive.pdf": archive(),
        "office.png": archive(),
        "program.jpg": b"MZ" + b"\x00" * 200,
        "program.png": b"\x7fELF" + b"\x00" * 200,
        "late.pdf": b"GIF89a" + paper(),
        "head-only.jpg": b"\xff\xd8\xff\xe0",
        "head-only.png": b"\x89PNG\r\n\x1a\n",
        "cut.png": picture("PNG")[:60],
        "cut.jpg": picture()[:200],
        "huge.png": huge_picture(),
        "empty.jpg": b"",
        "not.pdf": b"%PDF-1.7\nthis is no PDF at all",
        "picture.webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        "words.pdf": b"Dear Sir or Madam",
        "locked.pdf": locked_paper(),
        "long.pdf": paper(61),
    }


def huge_picture() -> bytes:
    """A PNG of 50 megapixels in a few kilobytes."""
    width, height = 10_000, 5_000

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * ((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def picture_with_a_page_behind(kind: str) -> bytes:
    return picture(kind) + b"<html>" + SCRIPT + b"</html>"


def picture_with_a_comment() -> bytes:
    return picture("JPEG", comment=b"*/</title>" + SCRIPT)


def picture_with_a_place() -> bytes:
    """A photograph that says where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCam"
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (19.0, 4.0, 34.0), 3: "E", 4: (72.0, 52.0, 39.0)})
    exif[0x8825] = place
    return picture("JPEG", size=(64, 64), exif=exif.tobytes())


def paper_that_acts() -> bytes:
    """A PDF with about every way in which a PDF does something."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=300, height=300)
    writer.add_attachment("payload.html", SCRIPT)
    writer.add_metadata({"/Author": "Secret Author"})
    launch = DictionaryObject(
        {
            NameObject("/S"): NameObject("/Launch"),
            NameObject("/F"): TextStringObject("calc.exe"),
        }
    )
    script = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert('page')"),
        }
    )
    writer.root_object[NameObject("/Names")][NameObject("/JavaScript")] = DictionaryObject(  # type: ignore[index]
        {NameObject("/Names"): ArrayObject([TextStringObject("first"), script])}
    )
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})
    page[NameObject("/Annots")] = ArrayObject(
        [
            DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Annot"),
                    NameObject("/Subtype"): NameObject("/Link"),
                    NameObject("/Rect"): ArrayObject([NumberObject(n) for n in (0, 0, 300, 300)]),
                    NameObject("/A"): launch,
                }
            )
        ]
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(launch)
    form = DecodedStreamObject()
    form.set_data(b"0 0 10 10 re f")
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject([NumberObject(n) for n in (0, 0, 10, 10)])
    form[NameObject("/Ref")] = DictionaryObject({NameObject("/F"): TextStringObject("other.pdf")})
    form[NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/A"): writer._add_object(form)})}
    )
    drawing = DecodedStreamObject()
    drawing.set_data(b"q 1 0 0 rg 20 20 100 100 re f /A Do Q")
    page[NameObject("/Contents")] = writer._add_object(drawing)
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()


def locked_paper() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.encrypt("secret", algorithm="RC4-128")
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()
