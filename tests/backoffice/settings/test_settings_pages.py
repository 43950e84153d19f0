"""Business settings: seen on a day, proposed by one, decided by another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from domain.common.errors import InvalidInput
from domain.common.settings.definitions import DEFINITIONS
from domain.common.settings.models import DatedSetting, SettingState
from domain.common.settings.operations import approve_setting, propose_setting
from domain.common.settings.words import allowed, refusal_of, said, typed, understood
from domain.staff.roles import Role
from tests.backoffice.support import NEW_YORK, Company, browser

LIMIT = "refund.second_approval_cents"


def propose(client: Client, company: Company, **values: str) -> object:
    begins = (company.now + timedelta(hours=2)).astimezone(NEW_YORK)
    sent = {
        "_form_submitted": "on",
        "name": LIMIT,
        "value": "2,500.00",
        "valid_from": f"{begins:%Y-%m-%dT%H:%M}",
        "reason": "Safer.",
    }
    return client.post(reverse("admin:domain_datedsetting_propose"), {**sent, **values})


def rows(answer: Any) -> dict[str, Any]:
    areas = answer.context["areas"]
    return {row["definition"].name: row for area in areas for row in area["rows"]}


def decide(client: Client, row: DatedSetting, step: str, reason: str = "") -> int:
    url = reverse(f"admin:domain_datedsetting_step_{step}", args=[row.pk])
    drawn = client.get(url)
    if drawn.status_code != 200:
        return drawn.status_code
    form = drawn.context["form"]
    sent = {name: form[name].value() for name in ("seen_version", "expected")}
    return client.post(url, {"_form_submitted": "on", "reason": reason, **sent}).status_code


def state(row: DatedSetting) -> str:
    return DatedSetting.objects.get(pk=row.pk).state


class TestOverview:
    def test_shows_the_value_in_force_on_a_day(self, company: Company) -> None:
        begins = company.now + timedelta(days=10)
        row = propose_setting(
            name=LIMIT, value=250_000, valid_from=begins, reason="x",
            actor=company.finance, at=company.now,
        )  # fmt: skip
        approve_setting(setting_id=row.pk, actor=company.manager, at=company.now)
        client = browser(company.finance)
        url = reverse("admin:settings")
        now = rows(client.get(url))[LIMIT]
        assert (now["value"], now["planned"]) == ("$5,000.00", "$2,500.00")
        later = client.get(url, {"on": f"{begins.astimezone(NEW_YORK):%Y-%m-%d}"})
        assert rows(later)[LIMIT]["value"] == "$2,500.00"

    def test_says_where_nothing_is_in_force(self, company: Company) -> None:
        answer = browser(company.finance).get(reverse("admin:settings"))
        amount = rows(answer)["pair.amount"]
        assert (amount["value"], amount["has_default"]) == ("none in force", False)
        assert rows(answer)["tds.ceiling"]["value"] == "₹10,000.00"
        assert rows(answer)["pair.cap_overflow"]["value"] == "carry"
        assert "neither legal nor tax advice" in answer.content.decode()

    def test_asks_no_more_for_more_settings(
        self, company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        client = browser(company.finance)
        with django_assert_max_num_queries(20):
            client.get(reverse("admin:settings"))

    def test_takes_nonsense_for_today(self, company: Company) -> None:
        answer = browser(company.finance).get(reverse("admin:settings"), {"on": "someday"})
        assert answer.status_code == 200


class TestProposal:
    def test_is_made_in_dollars_and_decided_by_another(self, company: Company) -> None:
        propose(browser(company.finance), company)
        row = DatedSetting.objects.get()
        assert (row.value, row.proposed_by) == (250_000, company.finance)
        page = browser(company.manager).get(
            reverse("admin:domain_datedsetting_change", args=[row.pk])
        )
        assert "$2,500.00" in page.content.decode()
        decide(browser(company.manager), row, "approve")
        assert state(row) == SettingState.APPROVED

    def test_is_not_decided_by_its_proposer(self, company: Company) -> None:
        propose(browser(company.manager), company)
        row = DatedSetting.objects.get()
        decide(browser(company.manager), row, "approve")
        assert state(row) == SettingState.PROPOSED

    def test_is_denied_with_a_reason(self, company: Company) -> None:
        propose(browser(company.finance), company)
        row = DatedSetting.objects.get()
        decide(browser(company.manager), row, "deny")
        assert state(row) == SettingState.PROPOSED
        decide(browser(company.manager), row, "deny", "Too low.")
        assert state(row) == SettingState.DENIED

    @pytest.mark.parametrize(
        "values",
        [
            {"value": "much"},
            {"value": "-5"},
            {"valid_from": "2020-01-01T00:00"},
            {"reason": ""},
            {"name": "no.such"},
        ],
    )
    def test_is_refused_in_the_form(self, company: Company, values: dict[str, str]) -> None:
        answer = propose(browser(company.finance), company, **values)
        assert answer.status_code == 200  # type: ignore[attr-defined]
        assert not DatedSetting.objects.exists()

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.ADMIN])
    def test_needs_the_right(self, company: Company, which: Role) -> None:
        answer = propose(browser(company[which]), company)
        assert answer.status_code == 403  # type: ignore[attr-defined]


class TestWords:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            (LIMIT, "$5,000.00", 500_000),
            ("catalog.approval_bps", "12.5 %", 1_250),
            ("booking.same_day_cutoff_hour", "11:00", 11),
            ("booking.delivery_expiry_hours", "24", 24),
            ("pair.cap_overflow", "carry", 0),
        ],
    )
    def test_are_read_as_people_type_them(self, name: str, text: str, value: int) -> None:
        assert understood(DEFINITIONS[name], text) == value

    def test_are_written_as_people_say_them(self) -> None:
        assert said(DEFINITIONS["catalog.approval_bps"], 1_250) == "12.5 %"
        columns = DEFINITIONS["payout.bank_columns"]
        assert said(columns, 5431) == "amount, account_number, ifsc, reference"
        assert understood(columns, "Amount, account_number ifsc,reference") == 5431
        assert said(DEFINITIONS["booking.same_day_cutoff_hour"], 11) == "11:00"
        assert said(DEFINITIONS["booking.delivery_expiry_hours"], 24) == "24 h"

    @pytest.mark.parametrize(
        ("name", "text", "values"),
        [
            ("booking.delivery_expiry_hours", "a day", "A whole number, from 0 h to 1,440 h."),
            ("pair.cap_overflow", "keep", "One of carry, flush."),
            ("referral.catch_up", "perhaps", "Yes or no."),
            ("tds.rate_bps", "half", "A share, from 0 % to 100 %."),
        ],
    )
    def test_refuse_others_by_what_was_said_before(self, name: str, text: str, values: str) -> None:
        assert allowed(DEFINITIONS[name]) == values
        with pytest.raises(InvalidInput, match=values):
            understood(DEFINITIONS[name], text)

    def test_are_read_back_from_their_field(self) -> None:
        for definition in DEFINITIONS.values():
            if (value := definition.default) is not None:
                assert understood(definition, typed(definition, value)) == value
                assert refusal_of(definition, value) == ""


class TestTheField:
    def draw(self, company: Company, name: str, **more: str) -> Any:
        url = reverse("admin:domain_datedsetting_propose")
        return browser(company.finance).get(url, {"name": name, **more}).context["form"]

    def test_offers_what_can_be_chosen(self, company: Company) -> None:
        form = self.draw(company, "tds.ceiling_scope", reason="The law.")
        assert [value for value, _ in form.fields["value"].widget.choices] == [
            "request",
            "year",
            "none",
        ]
        assert (form["name"].value(), form["reason"].value()) == ("tds.ceiling_scope", "The law.")

    def test_says_and_keeps_its_bounds(self, company: Company) -> None:
        field = self.draw(company, "tds.rate_bps").fields["value"]
        assert {name: field.widget.attrs[name] for name in ("min", "max", "step")} == {
            "min": "0",
            "max": "100",
            "step": "0.01",
        }
        assert field.help_text == "A share, from 0 % to 100 %. In force today: 5 %."


class TestAProfile:
    def test_proposes_what_differs_from_its_moment_on(self, company: Company) -> None:
        client = browser(company.finance)
        begins = (company.now + timedelta(days=1)).astimezone(NEW_YORK)
        sent = {
            "_form_submitted": "on",
            "profile": "INDIA_2026",
            "valid_from": f"{begins:%Y-%m-%dT%H:%M}",
            "reason": "The law.",
        }
        url = reverse("admin:domain_datedsetting_profile")
        client.post(url, sent)
        made = dict(DatedSetting.objects.values_list("name", "value"))
        assert made["tds.rate_bps"] == 200
        assert "pair.unit_basis" not in made
        for row in DatedSetting.objects.all():
            assert decide(browser(company.manager), row, "approve") in {200, 302}
        client.post(url, sent)
        assert len(made) == DatedSetting.objects.count()
