"""Bounds on an uploaded workbook, checked before anything of it is interpreted.

A small file can unpack to gigabytes, name a million rows or define entities that grow
without end. Each part is therefore walked once by a plain XML parser that only counts.

:source: docs/policies/catalog.md, "What a workbook may be"
"""

from __future__ import annotations

import stat
import zlib
from io import BytesIO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from openpyxl.utils import column_index_from_string

from domain.catalog.workbook.problems import WorkbookRefused, refuse_file

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 8 * 1024 * 1024
MOST_UNPACKED_OTHER = 1024 * 1024
MOST_PARTS = 200
MOST_ROWS = 2_000
MOST_COLUMNS = 40
MOST_CELLS = 100_000
MOST_ELEMENTS = 20_000
MOST_STRING_ELEMENTS = 400_000
ENCRYPTED = 0x1
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
DAMAGED = "The file is damaged or cut off; save the workbook again and upload it anew."
MACROS = "The workbook contains macros; save it as .xlsx without them."
HOSTILE = "The file holds XML that no spreadsheet writes; save it again from a spreadsheet."


def check_bounds(content: bytes) -> None:
    """:raises WorkbookRefused: the content is no workbook, or larger than one may be"""
    _check_signature(content)
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            _check_parts(parts)
            cells = 0
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    cells += _Walk(part.filename).through(archive, part)
                    if cells > MOST_CELLS:
                        raise refuse_file(f"The workbook has more than {MOST_CELLS:,} cells.")
    except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise refuse_file(DAMAGED) from error
    except expat.ExpatError as error:
        raise refuse_file(DAMAGED) from error


def _check_signature(content: bytes) -> None:
    if not content:
        raise refuse_file("The file is empty.")
    if len(content) > MOST_BYTES:
        raise refuse_file(
            f"The file has {len(content) / 1024 / 1024:.1f} MB; "
            f"at most {MOST_BYTES // 1024 // 1024} MB are read."
        )
    if content.startswith(OLE_SIGNATURE):
        raise refuse_file(
            "The file is protected by a password or an old .xls; save it as .xlsx without one."
        )
    if not content.startswith(b"PK\x03\x04"):
        raise refuse_file("This is not an .xlsx workbook; save it as one and upload it anew.")


def _check_parts(parts: list[ZipInfo]) -> None:
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS or len(names) != len(parts):
        raise refuse_file(f"The file packs too many parts, or one twice; at most {MOST_PARTS}.")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise refuse_file(f"The file unpacks to more than {MOST_UNPACKED // 1024 // 1024} MB.")
    for part in parts:
        _check_part(part)
    if "[Content_Types].xml" not in names:
        raise refuse_file("This is not an .xlsx workbook; save it as one and upload it anew.")


def _check_part(part: ZipInfo) -> None:
    if part.flag_bits & ENCRYPTED:
        raise refuse_file("The file is protected by a password; save it without one.")
    if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise refuse_file(DAMAGED)
    if stat.S_ISLNK(part.external_attr >> 16) or ".." in part.filename.split("/"):
        raise refuse_file("The file packs a link to another file; save it again.")
    if part.filename.lower().endswith("vbaproject.bin"):
        raise refuse_file(MACROS)


class _Walk:
    """One pass over one part, counting rows, columns, cells and elements."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
        self.is_strings = name.endswith("sharedStrings.xml")
        self.cells = self.elements = self.row = 0

    def through(self, archive: ZipFile, part: ZipInfo) -> int:
        """Return the number of cells."""
        if not (self.is_sheet or self.is_strings) and part.file_size > MOST_UNPACKED_OTHER:
            raise refuse_file(f"The part {part.filename} of the file is too large.")
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._see
        with archive.open(part) as stream:
            parser.ParseFile(stream)
        return self.cells

    def _refuse_doctype(self, *_declared: object) -> None:
        raise refuse_file(HOSTILE)

    def _see(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.is_sheet:
            self._see_in_sheet(name.rpartition(":")[2], attributes)
        elif self.elements > (MOST_STRING_ELEMENTS if self.is_strings else MOST_ELEMENTS):
            raise refuse_file(f"The part {self.name} of the file is too large.")
        if "macroEnabled" in attributes.get("ContentType", ""):
            raise refuse_file(MACROS)

    def _see_in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            if not 0 < self.row <= MOST_ROWS + 1:
                raise self._too_far(f"row {self.row:,}", f"{MOST_ROWS:,} rows")
        elif name == "c":
            self.cells += 1
            letters = attributes.get("r", "A").rstrip("0123456789")
            if column_index_from_string(letters) > MOST_COLUMNS:
                raise self._too_far(f"column {letters}", f"{MOST_COLUMNS} columns")
            if self.cells > MOST_CELLS:
                raise refuse_file(f"The workbook has more than {MOST_CELLS:,} cells.")
        elif name == "mergeCell":
            where = attributes.get("ref", "")
            raise refuse_file(f"Cells {where} of a sheet are merged; unmerge them.")

    def _too_far(self, where: str, limit: str) -> WorkbookRefused:
        part = self.name.rpartition("/")[2]
        return refuse_file(
            f"A sheet ({part}) uses {where}; at most {limit} below the headings are read. "
            "Delete what lies beyond the table, formatting included."
        )
