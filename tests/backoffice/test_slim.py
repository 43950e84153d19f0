"""An empty cell of a list says so; a full one is left alone."""

from __future__ import annotations

import pytest
from django.utils.safestring import mark_safe

from backoffice.templatetags.slim import NOTHING, slim


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<td class="field-why"></td>', f'<td class="field-why">{NOTHING}</td>'),
        ("<td><span>₹1</span></td>", "<td><span>₹1</span></td>"),
        ('<td><img src="/a.jpg"></td>', '<td><img src="/a.jpg"></td>'),
    ],
)
def test_only_an_empty_cell_is_filled(cell: str, shown: str) -> None:
    assert slim(mark_safe(cell)) == shown
