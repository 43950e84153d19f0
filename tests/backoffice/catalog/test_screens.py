"""Catalog lists, rows and changes: everybody looks, a change is prepared, shown, then applied."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from itertools import cycle

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from domain.catalog import operations
from domain.catalog.models import ChangeSet, ChangeSetState, MiniMovePackage, Vehicle
from domain.catalog.rules.words import Kind
from domain.catalog.tables import TABLES, in_force
from domain.common.staff_actions import StaffAction
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser

KINDS = [table._meta.model_name for table in TABLES.values()]
STANDARD = "standard"


def package() -> MiniMovePackage:
    return MiniMovePackage.objects.filter(key=STANDARD).latest("effective_from")


def edit(client: Client, cents: str, **more: str) -> ChangeSet:
    """Send the form of a package as it stands, with another price."""
    url = reverse("admin:domain_minimovepackage_edit", args=[package().pk])
    form = client.get(url).context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    values |= {"column_base_price": cents, "why": "May prices", **more}
    answer = client.post(url, values)
    assert answer.status_code == 302, answer.context["form"].errors
    return ChangeSet.objects.latest("id")


def again(change: ChangeSet) -> ChangeSet:
    return ChangeSet.objects.get(pk=change.pk)


def step(client: Client, change: ChangeSet, name: str, **values: str) -> int:
    """Open a step's dialog and send it back as it is."""
    url = reverse(f"admin:domain_changeset_step_{name}", args=[change.pk])
    drawn = client.get(url)
    if drawn.status_code != 200:
        return drawn.status_code
    form = drawn.context["form"]
    sent = {"_form_submitted": "on", "reason": "", **values}
    sent |= {name: form[name].value() for name in ("seen_version", "expected")}
    return client.post(url, sent).status_code


class TestLists:
    def test_show_every_kind_to_every_role(self, company: Company) -> None:
        for person, kind in zip(cycle(company.everybody), KINDS, strict=False):
            client = browser(person)
            assert client.get(reverse(f"admin:domain_{kind}_changelist")).status_code == 200

    def test_show_prices_in_force_and_what_is_planned(self, company: Company) -> None:
        later = company.now + timedelta(days=3)
        change = operations.change_row(
            kind=Kind.VEHICLES,
            key=Vehicle.objects.first().key,  # type: ignore[union-attr]
            values={"stock": "7"},
            effective_from=later,
            reason="restock",
            actor=company.manager,
            at=company.now,
        )
        operations.apply_change_set(
            change_set_id=change.pk, digest=change.digest, actor=company.manager, at=company.now
        )
        page = browser(company.finance).get(reverse("admin:domain_vehicle_changelist"))
        (planned,) = [row for row in page.context["cl"].result_list if row.planned_from]
        assert planned.planned_from == later

    def test_lead_to_a_page_with_every_version(self, company: Company) -> None:
        client = browser(company.finance)
        for table in TABLES.values():
            found = table._default_manager.first()
            assert found is not None
            name = f"admin:domain_{table._meta.model_name}_change"
            page = client.get(reverse(name, args=[found.pk]))
            assert page.status_code == 200
            assert "first version" in page.content.decode()


class TestChange:
    def test_is_prepared_by_the_form_and_applied_from_its_page(self, company: Company) -> None:
        client = browser(company.manager)
        before = in_force(Kind.PACKAGES, company.now)[STANDARD].values["base_price_cents"]
        change = edit(client, "1730.00")
        assert (
            in_force(Kind.PACKAGES, change.prepared_at)[STANDARD].values["base_price_cents"]
            == before
        )
        page = client.get(reverse("admin:domain_changeset_change", args=[change.pk]))
        text = page.content.decode()
        assert "$1,730.00" in text
        assert change.effect_text in text
        assert "Unpaid bookings that keep their price" in text
        assert step(client, change, "apply") == 200
        change = again(change)
        assert change.state == ChangeSetState.APPLIED
        assert package().base_price_cents == 173_000

    def test_above_the_limit_needs_a_second_person(self, company: Company) -> None:
        client = browser(company.manager)
        change = edit(client, "9999.00")
        assert change.needs_approval
        page = client.get(reverse("admin:domain_changeset_change", args=[change.pk]))
        assert "Needs a second person" in page.content.decode()
        step(client, change, "apply")
        change = again(change)
        assert change.state == ChangeSetState.DRAFT
        step(client, change, "submit")
        step(client, change, "apply")
        change = again(change)
        assert change.state == ChangeSetState.SUBMITTED
        second = company.role(Role.OPERATIONS_MANAGER)
        step(browser(second), change, "apply")
        change = again(change)
        assert (change.state, change.decided_by) == (ChangeSetState.APPLIED, second)

    def test_is_taken_back_by_another_change(self, company: Company) -> None:
        client = browser(company.manager)
        change = edit(client, "1730.00")
        step(client, change, "apply")
        url = reverse("admin:domain_changeset_revert_change", args=[change.pk])
        answer = client.post(url, {"_form_submitted": "on", "reason": "wrong month"})
        reversal = ChangeSet.objects.latest("id")
        assert answer["HX-Redirect"] == reverse("admin:domain_changeset_change", args=[reversal.pk])
        assert reversal.reverts == change
        step(client, reversal, "apply")
        change = again(change)
        assert change.state == ChangeSetState.REVERTED
        assert package().base_price_cents == 172_500

    def test_says_every_wrong_field_at_its_place(self, company: Company) -> None:
        client = browser(company.manager)
        url = reverse("admin:domain_minimovepackage_edit", args=[package().pk])
        form = client.get(url).context["form"]
        values = {name: form[name].value() or "" for name in form.fields}
        values |= {"column_base_price": "dear", "column_max_items": "-3", "why": "x"}
        errors = client.post(url, values).context["form"].errors
        assert set(errors) == {"column_base_price", "column_max_items"}
        assert ChangeSet.objects.count() == 1

    @pytest.mark.parametrize(
        "which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR, Role.FINANCE_MANAGER]
    )
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        client = browser(company[which])
        url = reverse("admin:domain_minimovepackage_edit", args=[package().pk])
        assert client.get(url).status_code == 403
        assert client.post(url, {"column_base_price": "1"}).status_code == 403
        assert ChangeSet.objects.count() == 1

    def test_a_look_writes_nothing(self, company: Company) -> None:
        client = browser(company.manager)
        change = edit(client, "1730.00")
        client.get(reverse("admin:domain_changeset_step_apply", args=[change.pk]))
        change = again(change)
        assert change.state == ChangeSetState.DRAFT


class TestWorkbookExport:
    def test_imports_again_without_a_change(self, company: Company) -> None:
        client = browser(company.finance)
        answer = client.post(reverse("admin:catalog_export"))
        review = operations.review_import(
            content=answer.content, effective_from=None, at=company.now
        )
        assert review.changes_nothing
        assert set(load_workbook(BytesIO(answer.content)).sheetnames) == set(Kind)
        assert StaffAction.objects.filter(action="export", staff=company.finance).exists()

    def test_is_for_those_who_may(self, company: Company) -> None:
        assert browser(company.agent).post(reverse("admin:catalog_export")).status_code == 403
        assert browser(company.finance).get(reverse("admin:catalog_export")).status_code == 405

    def test_of_a_list_needs_the_catalogs_own_right(self, company: Company) -> None:
        url = reverse("admin:domain_vehicle_export")
        leo = company[Role.LOGISTICS_COORDINATOR]
        answer = browser(leo).post(url, {"format": "csv"})
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        assert re.search(r"\d+\.\d\d", text)
        assert browser(company.agent).post(url, {"format": "csv"}).status_code == 403


class TestOverview:
    def test_shows_kinds_and_what_waits(self, company: Company) -> None:
        client = browser(company.manager)
        change = edit(client, "9999.00")
        step(client, change, "submit")
        page = client.get(reverse("admin:catalog")).content.decode()
        assert "Mini move packages" in page
        assert str(change) in page
        assert reverse("admin:catalog_import") in page
        assert (
            reverse("admin:catalog_import")
            not in browser(company.finance).get(reverse("admin:catalog")).content.decode()
        )
