"""PDFs made anew: pages with what is drawn on them, and nothing that acts.

Only the parts of a page that draw are copied into a new file. Scripts, actions, attachments,
forms, links, notes and metadata have no place in it, and a last look makes sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
)

from domain.common.errors import InvalidInput

MOST_PAGES = 60
LARGEST_RESULT = 20 * 1024 * 1024
DEEPEST = 60
DRAWN = ("/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents")
# Under these, keys are names that the page's maker chose; everywhere else they mean something.
NAMING = {"/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/CharProcs"}
ACTING = {
    *("/A", "/AA", "/AF", "/AcroForm", "/Alternates", "/Annots", "/EF", "/EmbeddedFile"),
    *("/EmbeddedFiles", "/FS", "/GoToE", "/GoToR", "/ImportData", "/JS", "/JavaScript", "/Launch"),
    *("/Measure", "/Metadata", "/Names", "/OPI", "/OpenAction", "/PS", "/PieceInfo", "/PtData"),
    *("/Ref", "/RichMedia", "/StructParent", "/StructParents", "/SubmitForm", "/URI", "/XFA"),
}
# A stream with one of these takes its bytes from another file.
ELSEWHERE = {"/F", "/FFilter", "/FDecodeParms"}
# What no value in the new file may be, whatever its key.
FORBIDDEN = {"/JavaScript", "/Launch", "/EmbeddedFile", "/Filespec", "/GoToE", "/RichMedia", "/PS"}
BROKEN = "This PDF is broken or too intricate. Print it to a new PDF and send that."


def rewrite(content: bytes) -> bytes:
    """Return a PDF of our own making that looks the same.

    :raises InvalidInput: it is locked, broken, too long, or keeps something that acts
    """
    try:
        return _rewritten(content)
    # pypdf stumbles over broken files in as many ways as they are broken.
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise _refusal(BROKEN) from error
    except (RecursionError, MemoryError, OverflowError, AssertionError) as error:
        raise _refusal(BROKEN) from error


def _rewritten(content: bytes) -> bytes:
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise _refusal("This PDF is locked with a password. Send one that is not.")
    if not 0 < len(reader.pages) <= MOST_PAGES:
        raise _refusal(f"A PDF may have 1 to {MOST_PAGES} pages.")
    writer = PdfWriter()
    for page in reader.pages:
        writer.add_page(_only_drawn(page))
    writer.metadata = None
    made = BytesIO()
    writer.write(made)
    result = made.getvalue()
    if len(result) > LARGEST_RESULT:
        raise _refusal(BROKEN)
    _look_again(result)
    return result


def _only_drawn(page: PageObject) -> PageObject:
    # Read in full now, so that what cannot be drawn is refused and not kept.
    if (drawing := page.get_contents()) is not None:
        drawing.get_data()
    resources = page.get("/Resources", DictionaryObject()).get_object()
    _prune(resources, set(), depth=0)
    clean = PageObject.create_blank_page(
        width=page.mediabox.width or 1, height=page.mediabox.height or 1
    )
    for key in DRAWN:
        if key in page:
            clean[NameObject(key)] = page.raw_get(key)
    # Inherited parts stand on a parent that stays behind.
    clean[NameObject("/MediaBox")] = page.mediabox
    clean[NameObject("/Resources")] = resources
    if page.rotation:
        clean.rotate(page.rotation - clean.rotation)
    return clean


def _prune(found: PdfObject | None, seen: set[int], *, depth: int, naming: bool = False) -> None:
    """Take everything that acts out of an object and all it leads to."""
    if depth > DEEPEST:
        raise RecursionError
    value = found.get_object() if isinstance(found, IndirectObject) else found
    if value is None or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, ArrayObject):
        for each in list(value):
            _prune(each, seen, depth=depth + 1)
    if not isinstance(value, DictionaryObject):
        return
    for key in list(value):
        if not naming and (key in ACTING or (isinstance(value, StreamObject) and key in ELSEWHERE)):
            del value[key]
        else:
            within = not naming and key in NAMING
            _prune(value.raw_get(key), seen, depth=depth + 1, naming=within)


def _look_again(content: bytes) -> None:
    """:raises InvalidInput: something that acts is in the new file all the same"""
    reader = PdfReader(BytesIO(content))
    for value in _objects(reader):
        kinds = {str(value.get(key)) for key in ("/Type", "/Subtype", "/S")}
        acts = {"/AA", "/OpenAction", "/JS", "/JavaScript", "/EmbeddedFiles", "/AcroForm"}
        if kinds & FORBIDDEN or acts & set(map(str, value)):
            raise _refusal("This PDF holds scripts or attachments that cannot be taken out.")


def _objects(reader: PdfReader) -> Iterator[DictionaryObject]:
    waiting: list[PdfObject | None] = [reader.trailer]
    seen: set[tuple[int, int] | int] = set()
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            mark = (found.idnum, found.generation)
            if mark in seen:
                continue
            seen.add(mark)
            found = found.get_object()
        if isinstance(found, ArrayObject):
            waiting.extend(found)
        elif isinstance(found, DictionaryObject):
            yield found
            waiting.extend(found.raw_get(key) for key in found)


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput.of({"file": [sentence]})
