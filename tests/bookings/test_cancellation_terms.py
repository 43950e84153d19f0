from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bookings.rules import Policy, cancellation_terms, pickup_moment, refund_parts

NEW_YORK = ZoneInfo("America/New_York")
POLICY = Policy(free_until_hours=48, late_fee_bps=5_000, same_day_fee_bps=10_000)
DAY = date(2027, 3, 24)
EIGHT = pickup_moment(DAY, "morning", None, NEW_YORK)


def terms(at: datetime, *, total: int = 172_501, held: int | None = None) -> tuple[int, int]:
    found = cancellation_terms(
        policy=POLICY,
        total_cents=total,
        held_cents=total if held is None else held,
        currency="USD",
        pickup=EIGHT,
        at=at,
    )
    return found.fee_cents, found.refund_cents


class TestTerms:
    @pytest.mark.parametrize(
        ("before", "fee"),
        [
            (timedelta(days=30), 0),
            (timedelta(hours=48, seconds=1), 0),
            (timedelta(hours=48), 0),
            (timedelta(hours=47, minutes=59, seconds=59), 86_251),
            (timedelta(hours=8, seconds=1), 86_251),
            (timedelta(hours=8), 172_501),
            (timedelta(hours=1), 172_501),
            (timedelta(0), 172_501),
            (timedelta(hours=-30), 172_501),
        ],
    )
    def test_follow_the_table(self, before: timedelta, fee: int) -> None:
        assert terms(EIGHT - before) == (fee, 172_501 - fee)

    def test_count_the_day_of_pickup_in_new_york(self) -> None:
        """At 23:30 there it is already the next day in Greenwich."""
        eve = datetime(2027, 3, 23, 23, 30, tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))
        assert terms(eve)[0] == 86_251
        assert terms(eve + timedelta(minutes=30))[0] == 172_501

    def test_count_hours_over_the_change_of_clocks(self) -> None:
        """The night of 14 March 2027 has an hour less."""
        pickup = pickup_moment(date(2027, 3, 15), "morning", None, NEW_YORK)
        found = cancellation_terms(
            policy=POLICY,
            total_cents=100,
            held_cents=100,
            currency="USD",
            pickup=pickup,
            at=datetime(2027, 3, 13, 8, 30, tzinfo=NEW_YORK),
        )
        assert found.fee_cents == 50

    @pytest.mark.parametrize(
        ("held", "expected"), [(0, (0, 0)), (-500, (0, 0)), (10_000, (10_000, 0))]
    )
    def test_keep_no_more_than_is_held(self, held: int, expected: tuple[int, int]) -> None:
        assert terms(EIGHT - timedelta(hours=20), held=held) == expected

    @settings(deadline=None)
    @given(
        st.integers(0, 10**8),
        st.integers(-(10**8), 2 * 10**8),
        st.integers(-100, 24 * 40),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
    )
    def test_always_share_out_what_is_held(
        self, total: int, held: int, hours: int, late: int, same_day: int
    ) -> None:
        found = cancellation_terms(
            policy=Policy(48, late, same_day),
            total_cents=total,
            held_cents=held,
            currency="USD",
            pickup=EIGHT,
            at=EIGHT - timedelta(hours=hours),
        )
        assert found.fee_cents >= 0
        assert found.refund_cents >= 0
        assert found.fee_cents + found.refund_cents == max(held, 0)
        assert found.fee_cents <= total

    @pytest.mark.parametrize(
        ("window", "hour", "starts"),
        [
            ("morning", None, 8),
            ("afternoon", None, 12),
            ("no_time_preference", None, 8),
            ("morning_specific", 10, 10),
            ("", None, 8),
        ],
    )
    def test_know_when_a_window_begins(self, window: str, hour: int | None, starts: int) -> None:
        assert pickup_moment(DAY, window, hour, NEW_YORK).hour == starts


class TestRefundParts:
    def test_take_tax_along_with_the_price(self) -> None:
        assert refund_parts(54_437, [100_000, 8_875]) == [50_000, 4_437]

    def test_give_the_odd_cent_to_the_largest_remainder(self) -> None:
        assert refund_parts(100, [10_000, 10_000, 10_000]) == [34, 33, 33]

    def test_leave_out_rebates(self) -> None:
        assert refund_parts(80, [100, -20]) == [80, 0]

    def test_refuse_more_than_is_left(self) -> None:
        with pytest.raises(ValueError, match="less left"):
            refund_parts(101, [100, -20])

    @settings(deadline=None)
    @given(st.lists(st.integers(-(10**6), 10**8), min_size=1, max_size=30), st.data())
    def test_never_take_more_than_a_line_has_however_often(
        self, lines: list[int], data: st.DataObject
    ) -> None:
        left = list(lines)
        for _ in range(3):
            room = sum(max(cents, 0) for cents in left)
            refund = data.draw(st.integers(0, room))
            parts = refund_parts(refund, left)
            assert sum(parts) == refund
            assert all(0 <= part <= max(cents, 0) for part, cents in zip(parts, left, strict=True))
            left = [cents - part for cents, part in zip(left, parts, strict=True)]
