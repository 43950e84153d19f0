from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.common.errors import InvalidInput
from domain.common.money import (
    percent,
    share,
    show,
    spread,
    to_amount,
    to_cents,
    ungrouped,
    without_amounts,
)

cents = st.integers(-(10**11), 10**11)
amounts = st.integers(0, 10**11)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


class TestShare:
    @pytest.mark.parametrize(
        ("whole", "bps", "part"),
        [(172_500, 5_000, 86_250), (1, 5_000, 1), (-1, 5_000, -1), (99, 833, 8), (0, 9_999, 0)],
    )
    def test_rounds_half_away_from_zero(self, whole: int, bps: int, part: int) -> None:
        assert share(whole, bps) == part

    @settings(deadline=None)
    @given(cents, st.integers(0, 30_000))
    def test_is_the_nearest_cent(self, whole: int, bps: int) -> None:
        exact = Fraction(whole * bps, 10_000)
        part = share(whole, bps)
        assert abs(part - exact) <= Fraction(1, 2)
        assert share(-whole, bps) == -part
        if abs(part - exact) == Fraction(1, 2):
            assert abs(part) > abs(exact)


class TestSpread:
    def test_gives_the_odd_cent_to_the_largest_remainder(self) -> None:
        assert spread(100, [1, 1, 1]) == [34, 33, 33]
        assert spread(10, [1, 2, 4]) == [1, 3, 6]

    @settings(deadline=None)
    @given(amounts, weights)
    def test_adds_up_and_stays_within_a_cent_of_its_share(
        self, total: int, parts_by: list[int]
    ) -> None:
        whole = sum(parts_by)
        if whole == 0:
            return
        parts = spread(total, parts_by)
        assert sum(parts) == total
        for part, weight in zip(parts, parts_by, strict=True):
            assert abs(part - Fraction(total * weight, whole)) < 1
            assert weight or not part
            if total <= whole:
                assert part <= weight

    def test_of_nothing_over_nothing_is_nothing(self) -> None:
        assert spread(0, [0, 0]) == [0, 0]

    @pytest.mark.parametrize(("total", "parts_by"), [(1, [0, 0]), (5, [3, -1])])
    def test_refuses_what_cannot_be_spread(self, total: int, parts_by: list[int]) -> None:
        with pytest.raises(ValueError, match=r"weights|nothing to spread"):
            spread(total, parts_by)


class TestToCents:
    @settings(deadline=None)
    @given(cents)
    def test_takes_back_what_to_amount_gave(self, whole: int) -> None:
        assert to_cents(to_amount(whole, "USD"), "USD") == whole
        assert to_amount(whole, "USD").as_tuple().exponent == -2

    @pytest.mark.parametrize("text", ["1.001", "NaN", "Infinity", "-Infinity", "ten", "", "1,00"])
    def test_refuses_what_is_no_amount(self, text: str) -> None:
        with pytest.raises(InvalidInput):
            to_cents(text, "USD")

    @pytest.mark.parametrize("text", ["5", "5.0", "5.00", " 5 ", "5.000", Decimal("5")])
    def test_reads_what_people_write(self, text: str | Decimal) -> None:
        assert to_cents(text, "USD") == 500


class TestUngrouped:
    @pytest.mark.parametrize(
        ("typed", "plain"),
        [("1,234.50", "1234.50"), ("4,18,300", "418300"), ("12,500", "12500"), ("7.5", "7.5")],
    )
    def test_reads_thousands_as_they_are_written_in_both_countries(
        self, typed: str, plain: str
    ) -> None:
        assert ungrouped(typed) == plain

    @pytest.mark.parametrize("typed", ["5,50", "1,2345", ",500", "1,,000", "1,234,5", "1.5,000"])
    def test_leaves_any_other_comma_to_be_refused(self, typed: str) -> None:
        with pytest.raises(InvalidInput):
            to_cents(ungrouped(typed), "USD")


class TestShow:
    @pytest.mark.parametrize(
        ("amount", "currency", "text"),
        [
            (172_500, "USD", "$1,725.00"),
            (-17_500, "USD", "−$175.00"),
            (41_830_000, "INR", "₹4,18,300.00"),
            (100, "INR", "₹1.00"),
            (123_456_789_00, "INR", "₹12,34,56,789.00"),
            (5, "GBP", "GBP 0.05"),
            (0, "USD", "$0.00"),
        ],
    )
    def test_writes_as_people_do(self, amount: int, currency: str, text: str) -> None:
        assert show(amount, currency) == text
        assert without_amounts(f"{text}; {text} is due.") == "an amount; an amount is due."


@pytest.mark.parametrize(
    ("bps", "said"), [(0, "0 %"), (75, "0.75 %"), (500, "5 %"), (1_000, "10 %"), (1_250, "12.5 %")]
)
def test_a_rate_is_said_without_a_float(bps: int, said: str) -> None:
    assert percent(bps) == said
