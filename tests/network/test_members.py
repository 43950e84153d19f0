from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from domain.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from domain.compliance.operations.kyc import name_nominee
from domain.compliance.operations.people import add_account, verify_account
from domain.network.models import Member, Node
from domain.network.operations.members import (
    change_sponsor,
    clear_wallet,
    enrol,
    report_death,
    sign_agreement,
    terminate,
)
from domain.network.operations.transmissions import (
    approve_transmission,
    deny_transmission,
    request_transmission,
    withdraw_transmission,
)
from domain.network.queries.members import find_members, sponsor_for_code, standing_of
from domain.network.rules.codes import ALPHABET, LENGTH
from domain.staff.models import Staff
from tests.compliance.factory import nominee_verified
from tests.factories import assert_sound
from tests.network.factory import (
    ENROLLER,
    NOON,
    new_customer,
    new_member,
    placed,
    put,
    vehicle_booking,
)

pytestmark = pytest.mark.django_db


class TestEnrolling:
    def test_gives_a_code_that_nobody_misreads_and_a_turn_on_the_holding_list(self) -> None:
        member = new_member()
        assert len(member.code) == LENGTH
        assert set(member.code) <= set(ALPHABET)
        assert (member.holding_since, member.placed_at) == (NOON, None)
        assert_sound()

    def test_twice_is_once(self) -> None:
        member = new_member()
        again = enrol(customer_id=member.pk, sponsor_id=None, actor=ENROLLER, at=NOON)
        assert again == member
        assert Member.objects.count() == 1

    def test_a_code_taken_already_is_drawn_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        taken = new_member().code
        codes = iter([taken, taken, "ABCDEFGH"])
        monkeypatch.setattr("domain.network.operations.members.new_code", lambda: next(codes))
        assert new_member().code == "ABCDEFGH"

    def test_gives_up_after_five_codes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        taken = new_member().code
        monkeypatch.setattr("domain.network.operations.members.new_code", lambda: taken)
        with pytest.raises(Conflict, match="referral code"):
            new_member()

    def test_needs_a_sponsor_who_may_refer(self, manager: Staff) -> None:
        customer, sponsor = new_customer(), new_member()
        with pytest.raises(InvalidInput, match="themselves"):
            enrol(customer_id=customer.pk, sponsor_id=customer.pk, actor=ENROLLER, at=NOON)
        with pytest.raises(InvalidInput, match="no member"):
            enrol(customer_id=customer.pk, sponsor_id=987_654, actor=ENROLLER, at=NOON)
        terminate(member_id=sponsor.pk, reason="left", actor=manager, at=NOON)
        with pytest.raises(InvalidInput, match="refers nobody"):
            enrol(customer_id=customer.pk, sponsor_id=sponsor.pk, actor=ENROLLER, at=NOON)
        with pytest.raises(InvalidInput, match="not valid"):
            sponsor_for_code(sponsor.code)

    def test_is_for_those_who_may(self, finance: Staff) -> None:
        with pytest.raises(NotPermitted, match="customer service"):
            enrol(customer_id=new_customer().pk, sponsor_id=None, actor=finance, at=NOON)

    def test_the_database_refuses_a_member_who_sponsors_themselves(self) -> None:
        member = new_member()
        with pytest.raises(IntegrityError), transaction.atomic():
            Member.objects.filter(pk=member.pk).update(referred_by=member.pk)


class TestTheSponsor:
    def test_is_corrected_before_the_first_confirmed_booking(self, clerk: Staff) -> None:
        first, second = new_member(), new_member()
        member = new_member(first)
        change_sponsor(
            member_id=member.pk, sponsor_id=second.pk, reason="wrong code", actor=clerk, at=NOON
        )
        member = Member.objects.get(pk=member.pk)
        assert member.referred_by == second
        vehicle_booking(member.customer, state="active")
        with pytest.raises(Refused, match="confirmed booking"):
            change_sponsor(
                member_id=member.pk, sponsor_id=first.pk, reason="no", actor=clerk, at=NOON
            )

    def test_is_nobody_whom_the_member_referred(self, clerk: Staff) -> None:
        top = new_member()
        below = new_member(new_member(top))
        with pytest.raises(Refused, match="directly or not"):
            change_sponsor(
                member_id=top.pk, sponsor_id=below.pk, reason="swap", actor=clerk, at=NOON
            )

    def test_changes_with_a_reason_only(self, clerk: Staff) -> None:
        with pytest.raises(InvalidInput):
            change_sponsor(
                member_id=new_member().pk, sponsor_id=None, reason=" ", actor=clerk, at=NOON
            )


class TestTheAgreement:
    def test_is_signed_on_a_day_that_has_come(self, clerk: Staff) -> None:
        member = new_member()
        sign_agreement(member_id=member.pk, signed_on=date(2027, 2, 27), actor=clerk, at=NOON)
        member = Member.objects.get(pk=member.pk)
        assert member.agreement_signed_on == date(2027, 2, 27)
        with pytest.raises(InvalidInput, match="lies ahead"):
            sign_agreement(member_id=member.pk, signed_on=date(2027, 3, 2), actor=clerk, at=NOON)


class TestFinding:
    def test_by_code_name_phone_and_email(self) -> None:
        asha = new_member(name="Asha", phone="+919812345678", email="asha@bikes.example")
        new_member(name="Ravi")
        for text in (asha.code.lower(), "asha", "+919812345678", "asha@bikes.example"):
            assert list(find_members(text)) == [asha], text
        assert not find_members("nobody of this name")


class TestTermination:
    def test_keeps_the_place_and_pays_only_after_clearance(
        self, manager: Staff, finance: Staff
    ) -> None:
        root = placed()
        member = placed(root)
        done = terminate(member_id=member.pk, reason="fraud", actor=manager, at=NOON)
        assert Node.objects.filter(pk=member.pk).exists()
        assert not standing_of(done).may_earn
        assert not standing_of(done).may_be_paid
        with pytest.raises(NotPermitted):
            clear_wallet(member_id=member.pk, reason="fine", actor=manager, at=NOON)
        cleared = clear_wallet(member_id=member.pk, reason="fine", actor=finance, at=NOON)
        assert standing_of(cleared).may_be_paid
        assert not standing_of(cleared).may_earn
        assert_sound()

    def test_on_the_holding_list_ends_the_wait(self, manager: Staff) -> None:
        member = new_member()
        terminate(member_id=member.pk, reason="left", actor=manager, at=NOON)
        with pytest.raises(Refused, match="gets no place"):
            put(member)


class TestDeath:
    def dead(self, manager: Staff) -> Member:
        return report_death(
            member_id=placed().pk,
            died_on=date(2027, 2, 20),
            reason="certificate 12/2027",
            actor=manager,
            at=NOON,
        )

    def test_lies_in_the_past(self, manager: Staff) -> None:
        with pytest.raises(Refused, match="cannot lie ahead"):
            report_death(
                member_id=placed().pk,
                died_on=date(2027, 3, 2),
                reason="certificate",
                actor=manager,
                at=NOON,
            )

    def test_freezes_the_wallet_until_two_people_give_it_to_the_nominee(
        self, manager: Staff, finance: Staff, clerk: Staff
    ) -> None:
        member = self.dead(manager)
        assert not standing_of(member).may_be_paid
        with pytest.raises(Refused, match="no verified nominee"):
            request_transmission(member_id=member.pk, reason="seen", actor=manager, at=NOON)
        nominee = nominee_verified(clerk, finance, member.customer)
        with pytest.raises(Refused, match="No bank account"):
            request_transmission(member_id=member.pk, reason="seen", actor=manager, at=NOON)
        account_of(member, nominee.full_name, clerk, finance)
        asked = request_transmission(member_id=member.pk, reason="seen", actor=manager, at=NOON)
        assert not standing_of(member).may_be_paid
        with pytest.raises(Refused, match="somebody else"):
            approve_transmission(transmission_id=asked.pk, actor=manager, at=NOON)
        approve_transmission(transmission_id=asked.pk, actor=finance, at=NOON)
        assert standing_of(member).may_be_paid
        assert standing_of(member).to_nominee
        with pytest.raises(Conflict):
            request_transmission(member_id=member.pk, reason="again", actor=manager, at=NOON)
        assert_sound()

    def test_pays_nobody_else_than_the_nominee(
        self, manager: Staff, finance: Staff, clerk: Staff
    ) -> None:
        member = self.dead(manager)
        nominee_verified(clerk, finance, member.customer)
        account_of(member, "Somebody Else", clerk, finance)
        with pytest.raises(Refused, match="is held by Somebody Else"):
            request_transmission(member_id=member.pk, reason="seen", actor=manager, at=NOON)

    def test_a_nominee_replaced_meanwhile_stops_it(
        self, manager: Staff, finance: Staff, clerk: Staff
    ) -> None:
        member = self.dead(manager)
        nominee = nominee_verified(clerk, finance, member.customer)
        account_of(member, nominee.full_name, clerk, finance)
        asked = request_transmission(member_id=member.pk, reason="seen", actor=manager, at=NOON)
        name_nominee(
            customer_id=member.pk,
            full_name="Kiran Rao",
            relationship="son",
            reason="court order",
            actor=clerk,
            at=NOON,
        )
        with pytest.raises(Refused, match="not the verified nominee"):
            approve_transmission(transmission_id=asked.pk, actor=finance, at=NOON)
        deny_transmission(transmission_id=asked.pk, reason="replaced", actor=finance, at=NOON)

    def test_who_asked_may_take_it_back(
        self, manager: Staff, finance: Staff, clerk: Staff, role: Callable[..., Staff]
    ) -> None:
        member = self.dead(manager)
        nominee = nominee_verified(clerk, finance, member.customer)
        account_of(member, nominee.full_name, clerk, finance)
        asked = request_transmission(member_id=member.pk, reason="seen", actor=manager, at=NOON)
        with pytest.raises(Refused, match="only they"):
            withdraw_transmission(
                transmission_id=asked.pk, actor=role("operations_manager"), at=NOON
            )
        withdraw_transmission(transmission_id=asked.pk, actor=manager, at=NOON)
        assert not standing_of(member).may_be_paid

    def test_of_the_living_nothing_goes_to_a_nominee(
        self, manager: Staff, finance: Staff, clerk: Staff
    ) -> None:
        member = placed()
        nominee = nominee_verified(clerk, finance, member.customer)
        account_of(member, nominee.full_name, clerk, finance)
        with pytest.raises(Refused, match="was not reported"):
            request_transmission(member_id=member.pk, reason="seen", actor=manager, at=NOON)


def account_of(member: Member, holder: str, clerk: Staff, finance: Staff) -> None:
    account = add_account(
        customer_id=member.pk,
        holder=holder,
        ifsc="HDFC0001234",
        number="123456789012",
        actor=clerk,
        at=NOON,
    )
    verify_account(account_id=account.pk, actor=finance, at=NOON + timedelta(minutes=1))
