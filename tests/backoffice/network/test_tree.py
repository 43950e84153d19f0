"""The tree explorer: reads what is seen, at any size with the same few queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from domain.network.models import Member, Node
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser
from tests.network.factory import new_member, node, placed
from tests.network.forest import grow

MOST_QUERIES = 20


def ask(client: Client, name: str, *args: object, **query: str) -> Any:
    return client.get(reverse(f"admin:tree_{name}", args=args), query).json()


@pytest.fixture
def family() -> list[Member]:
    root = placed(name="Root")
    left, right = placed(root, "L", name="Left"), placed(root, "R", name="Right")
    return [root, left, right, placed(left, "R", name="Inner"), placed(left, "R", name="Deep")]


class TestBranch:
    def test_is_two_levels_with_the_legs_of_each(
        self, company: Company, family: list[Member]
    ) -> None:
        told = ask(browser(company.agent), "branch", family[0].pk)
        assert [(each["name"], each["path"], each["left"], each["right"]) for each in
                told["nodes"]] == [
            ("Root Rao", "", 3, 1),
            ("Left Rao", "0", 0, 2),
            ("Right Rao", "1", 0, 0),
            ("Inner Rao", "01", 1, 0),
        ]  # fmt: skip
        assert told["upline"] == []

    def test_has_the_way_up_as_far_as_one_can_read(
        self, company: Company, family: list[Member]
    ) -> None:
        below = family[-1]
        for _ in range(12):
            below = placed(below, "L")
        told = ask(browser(company.agent), "branch", below.pk)
        names = [each["name"] for each in told["upline"]]
        assert (names[0], len(names), told["hidden"]) == ("Root Rao", 9, node(below).depth - 9)

    def test_of_nobody_says_so(self, company: Company) -> None:
        waits = new_member()
        client = browser(company.agent)
        assert "no place" in ask(client, "branch", waits.pk)["error"]
        assert "no such member" in ask(client, "card", 987_654)["error"]


class TestCard:
    def test_tells_sponsor_parent_and_units(self, company: Company, family: list[Member]) -> None:
        root, *_, deep = family
        told = ask(browser(company.agent), "card", deep.pk)
        facts = dict(told["facts"])
        assert facts["Sponsor"] == "Left Rao"
        assert facts["Parent"].startswith("Inner Rao")
        assert facts["Place"] == f"level 3: {'L R L'}"
        assert facts["Pairs"] == "0 in all, 0 of 10 this month"
        assert told["url"].endswith(f"/member/{deep.pk}/change/")
        assert dict(ask(browser(company.agent), "card", root.pk)["facts"])["Parent"].startswith(
            "none"
        )

    def test_of_a_member_without_a_place(self, company: Company) -> None:
        told = ask(browser(company.agent), "card", new_member().pk)
        assert dict(told["facts"])["Parent"] == "on the holding list"


class TestSearch:
    def test_finds_those_with_and_without_a_place(
        self, company: Company, family: list[Member]
    ) -> None:
        waits = new_member(family[0], "Lefty")
        found = ask(browser(company.agent), "search", q="left")["found"]
        assert {(each["name"], each["placed"]) for each in found} == {
            ("Left Rao", True),
            ("Lefty Rao", False),
        }
        by_code = ask(browser(company.agent), "search", q=waits.code)["found"]
        assert [each["id"] for each in by_code] == [waits.pk]
        assert ask(browser(company.agent), "search", q=" ")["found"] == []


class TestRights:
    @pytest.mark.parametrize("name", ["branch", "card", "search"])
    def test_ask_for_the_tree(self, company: Company, name: str) -> None:
        args = [] if name == "search" else [placed().pk]
        client = browser(company[Role.LOGISTICS_COORDINATOR])
        assert client.get(reverse(f"admin:tree_{name}", args=args)).status_code == 403


class TestSize:
    def queries(self, client: Client, member_id: int) -> dict[str, int]:
        told = {}
        for name, args in (("branch", [member_id]), ("card", [member_id]), ("search", [])):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                ask(client, name, *args, q="Member5")
            told[name] = len(seen)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("admin:tree"), {"member": member_id}).status_code == 200
        return told | {"page": len(seen)}

    def test_makes_no_difference(self, company: Company) -> None:
        client = browser(company.agent)
        small, large = grow(10), grow(5_000)
        for root in (small, large):
            self.queries(client, root)
        few, many = self.queries(client, small), self.queries(client, large)
        assert few == many
        assert max(many.values()) <= MOST_QUERIES
        deepest = Node.objects.filter(tree=large).order_by("-depth").values_list("pk").first()
        assert deepest is not None
        assert max(self.queries(client, deepest[0]).values()) <= MOST_QUERIES

    def test_no_question_reads_a_whole_table(self, company: Company) -> None:
        """Each place is asked by its path: the plan of the database walks no range of them."""
        root = grow(40_000)  # reading a small table whole would be right
        with CaptureQueriesContext(connection) as seen:
            ask(browser(company.agent), "branch", root)
        asked = [each["sql"] for each in seen if "domain_node" in each["sql"]]
        assert asked
        with connection.cursor() as cursor:
            for sql in asked:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql)
                (plan,) = cursor.fetchone()
                assert rows_read(plan[0]["Plan"]) < 200, sql


def rows_read(plan: dict[str, Any]) -> int:
    """How many rows a plan touched, at all its nodes together."""
    own = plan["Actual Rows"] * plan["Actual Loops"] + plan.get("Rows Removed by Filter", 0)
    return int(own) + sum(rows_read(each) for each in plan.get("Plans", ()))
