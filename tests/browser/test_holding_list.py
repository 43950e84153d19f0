"""A member leaves the holding list for the tree, and is found there by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from domain.network.models import Member
from domain.staff.models import Staff
from tests.backoffice.support import Company
from tests.network.factory import new_member, node, placed

HOLDING = "/admin/domain/member/holding/"
TREE = "/admin/domain/member/tree/"


@pytest.fixture
def company(transactional_db: None, role: Callable[..., Staff]) -> Company:
    return Company(role)


@pytest.fixture
def family(company: Company) -> list[Member]:
    root = placed(name="Asha")
    left, right = placed(root, "L", name="Bina"), placed(root, "R", name="Chand")
    return [root, left, right, placed(left, "L", name="Devi"), placed(root, "L", name="Esha")]


def test_placing_tells_where_before_it_is_done(
    company: Company, family: list[Member], open_page: Callable[..., Page]
) -> None:
    nila = new_member(family[0], "Nila")
    page = open_page(company.manager)
    page.goto(HOLDING)
    page.get_by_role("button", name="Place Nila Rao").click()
    dialog = page.locator("#modal-content")
    expect(dialog.get_by_text("3 left, 1 right, so right: below Chand Rao")).to_be_visible()
    dialog.get_by_label("Left: below Devi Rao").check()
    dialog.get_by_role("button", name="Place", exact=True).click()
    expect(page.get_by_text("sits in the tree: level 3, L L L")).to_be_visible()
    expect(page.get_by_text("Nobody waits")).to_be_visible()
    assert node(nila).path == "000"


def test_the_tree_is_searched_and_walked_by_keyboard(
    company: Company, family: list[Member], open_page: Callable[..., Page]
) -> None:
    page = open_page(company.agent)
    page.goto(TREE)
    card = page.locator("#tree-card")
    expect(page.get_by_role("treeitem")).to_have_count(5)
    expect(card).to_contain_text("Asha Rao")
    page.locator("#tree-nodes [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    expect(card).to_contain_text("Bina Rao")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem")).to_have_count(3)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("treeitem")).to_have_count(5)
    page.keyboard.press("Enter")
    expect(page.locator("#tree-upline")).to_contain_text("Asha Rao")
    expect(page).to_have_url(f"{page.url.split('?')[0]}?member={family[1].pk}")
    page.locator("#tree-search").fill("esha")
    expect(page.get_by_role("option")).to_contain_text("Esha Rao")
    page.keyboard.press("Enter")
    expect(page.locator("#tree-upline")).to_contain_text("Bina Rao")
    expect(card).to_contain_text("level 2: L R")
    page.keyboard.press("Backspace")
    expect(card).to_contain_text("Bina Rao")
    page.go_back()
    expect(card).to_contain_text("Esha Rao")
