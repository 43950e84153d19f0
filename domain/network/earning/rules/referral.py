"""What a sponsor gets for a payment, and gives back for a refund.

:source: docs/policies/earnings.md, "Referral"
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.common.money import share


@dataclass(frozen=True, slots=True)
class ReferralRules:
    """The settings in force on the day of the payment."""

    rate_bps: int = 500
    catch_up: bool = True
    excluded: frozenset[str] = frozenset({"wallet", "emi_reserve", "payout"})


@dataclass(frozen=True, slots=True)
class Rewarded:
    """What a booking's bonuses rest on so far, in paise.

    ``base_cents`` over all rates, ``base_at_rate_cents`` at the rate in force now.
    """

    base_cents: int = 0
    base_at_rate_cents: int = 0


@dataclass(frozen=True, slots=True)
class Bonus:
    base_cents: int = 0
    amount_cents: int = 0


@dataclass(frozen=True, slots=True)
class Clawback:
    """Who bears a bonus taken back: what is held back, the wallet, later earnings."""

    amount_cents: int
    from_held_cents: int
    from_wallet_cents: int
    to_recoverable_cents: int


def bonus_for(
    paid_cents: int,
    *,
    eligible: bool,
    eligible_net_cents: int,
    confirmed: bool,
    so_far: Rewarded,
    rules: ReferralRules,
) -> Bonus:
    """The bonus on one payment.

    Until the booking is confirmed nothing is paid. Then a bonus catches up on everything
    eligible so far, rounded over the sum, so that no split of the same money earns a paisa
    more or less.

    :param eligible_net_cents: eligible payments less their refunds, with this payment
    """
    if not confirmed:
        return Bonus()
    base = paid_cents if eligible else 0
    if rules.catch_up:
        base = max(eligible_net_cents - so_far.base_cents, 0)
    before = so_far.base_at_rate_cents
    amount = share(before + base, rules.rate_bps) - share(before, rules.rate_bps)
    return Bonus(base, amount)


def taken_back(
    bonus_paid_cents: int,
    refund_cents: int,
    *,
    rate_bps: int,
    wallet_cents: int,
    held_cents: int = 0,
    rest_cents: int | None = None,
) -> Clawback:
    """What a refund takes back: its share, and never more than was paid as bonus.

    :param rest_cents: what stays eligible after the refund; nothing left takes everything back
    """
    claw = min(bonus_paid_cents, share(refund_cents, rate_bps))
    if rest_cents is not None and rest_cents <= 0:
        claw = bonus_paid_cents
    held = min(claw, held_cents)
    wallet = min(claw - held, max(wallet_cents, 0))
    return Clawback(claw, held, wallet, claw - held - wallet)
