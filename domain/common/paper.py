"""Papers as PDF, with a font for the letters in which people write their names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path

import fontpkg_noto_sans
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from domain.common.issuer import issuer
from domain.common.money import show

FONT = Path(fontpkg_noto_sans.ROOT) / "files" / "NotoSans[wdth,wght].ttf"
FAMILY = "NotoSans"
NOT_DRAWN = "[…]"
RULE = 170
HEADINGS = FontFace(emphasis="", fill_color=(240, 240, 240))


@cache
def drawn() -> frozenset[int]:
    """The letters that the font has: Latin, Greek, Cyrillic and Devanagari."""
    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def readable(text: str) -> str:
    """Letters that the font lacks are left out, and it is said where."""
    parts = (
        "".join(group) if is_drawn else NOT_DRAWN
        for is_drawn, group in groupby(text, lambda letter: ord(letter) in drawn())
    )
    return "".join(parts)


def rupees(cents: int) -> str:
    """In the grouping of India, as on every screen."""
    return show(cents, "INR")


class Paper(FPDF):
    """Written from top to bottom under the name of its issuer.

    The same content at a moment is the same bytes.
    """

    def __init__(self, title: str, at: datetime, *, names_tax_numbers: bool = False) -> None:
        super().__init__()
        self.issuer = issuer()
        self.set_creation_date(at)
        self.set_title(title)
        self.set_author(self.issuer.name)
        self.add_font(FAMILY, fname=FONT)
        # Letters of Devanagari take their place and form from those beside them.
        self.set_text_shaping(True)
        self.set_font(FAMILY, size=10)
        self.add_page()
        self._letterhead(self.issuer.tax_numbers if names_tax_numbers else "")

    def _letterhead(self, tax_numbers: str) -> None:
        if self.issuer.name:
            self.says(self.issuer.name, size=12)
        for text in filter(None, (self.issuer.address, tax_numbers)):
            self.says(text, size=8)
        if self.get_y() > self.t_margin:
            self.ln(2)
            self.set_draw_color(RULE)
            self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
            self.ln(5)

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        self.set_y(-14)
        self.set_font(size=8)
        said = " · ".join(filter(None, (self.title, self.issuer.name)))
        self.cell(0, 5, readable(f"{said} · page {self.page_no()} of {{nb}}"), align="C")

    def heading(self, text: str) -> None:
        self.set_font(size=15)
        self.multi_cell(0, 9, readable(text), new_x="LMARGIN", new_y="NEXT")
        self.set_font(size=10)

    def says(self, text: str, *, size: int = 10) -> None:
        self.set_font(size=size)
        self.multi_cell(0, size / 2 + 1, readable(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def rows(
        self,
        heading: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[int],
        numbers: int,
    ) -> None:
        """Draw a table whose last columns are numbers."""
        sides = ("LEFT",) * (len(widths) - numbers) + ("RIGHT",) * numbers
        self.set_font(size=8)
        with self.table(
            col_widths=tuple(widths),
            text_align=sides,
            line_height=5,
            headings_style=HEADINGS,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        ) as table:
            for row in (heading, *rows):
                table.row([readable(cell) for cell in row])

    def content(self) -> bytes:
        return bytes(self.output())
