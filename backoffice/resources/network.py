"""Members as files."""

from __future__ import annotations

from typing import Any, override

from import_export.fields import Field

from backoffice.resources.base import ListResource, PlainWidget, field
from backoffice.resources.cells import Cell
from domain.network.models import Member

DERIVED = ("name", "sponsor", "buyer", "place", "left", "right")


class MemberResource(ListResource):
    name = Field(column_name="Name", widget=PlainWidget())
    code_column = field("code", "Code")
    sponsor = Field(column_name="Sponsor", widget=PlainWidget())
    buyer = Field(column_name="Active Buyer", widget=PlainWidget())
    place = Field(column_name="Place", widget=PlainWidget())
    left = Field(column_name="Left", widget=PlainWidget())
    right = Field(column_name="Right", widget=PlainWidget())
    joined = field("joined_at", "Joined")

    class Meta:
        model = Member
        fields = ("code_column", "joined", *DERIVED)

    @override
    def cell(self, name: str, row: Any) -> Cell:
        node = getattr(row, "node", None)
        derived: dict[str, Cell] = {
            "name": row.customer.full_name(),
            "sponsor": row.referred_by.code if row.referred_by else "",
            "buyer": "yes" if row.is_buyer else "no",
            "place": (node.path or "root") if node else "",
            "left": row.legs[0],
            "right": row.legs[1],
        }
        return derived[name] if name in derived else super().cell(name, row)
