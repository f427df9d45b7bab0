"""The result in one sentence: "Worth 42 to 88, most likely 61; 34 % chance it is above the price of 72"."""

from __future__ import annotations

import math

NOTABLE = 0.005  # a chance of losing everything that rounds to nothing is not worth a clause


def sentence_of(
    *, p10: float, p90: float, most_likely: float, negative_share: float, price: float | None, chance: float | None
) -> str:
    """Value range (p10 to p90), mode, chance to be above the price if there is one, chance to be zero or less."""
    decimals = decimals_for(p10, p90)
    clauses = [
        f"Worth {_figure(p10, decimals)} to {_figure(p90, decimals)}, most likely {_figure(most_likely, decimals)}"
    ]
    if price is not None and chance is not None:
        clauses.append(f"{_chance(chance)} it is above the price of {_price(price)}")
    if negative_share >= NOTABLE:
        clauses.append(f"{_chance(negative_share)} it is zero or less")
    return "; ".join(clauses)


def decimals_for(low: float, high: float) -> int:
    """Decimals (negative: tens, hundreds) that leave the width of the range 25 to 250 steps: two to three figures.

    So 42.3 to 88.1 reads 42 to 88, 421 to 884 reads 420 to 880, and 4.21 to 4.88 keeps its two decimals.
    """
    width = high - low
    if width <= 0:
        size = max(abs(low), abs(high))
        return 0 if size == 0 else 2 - math.floor(math.log10(size))
    return math.floor(math.log10(250 / width))


def _figure(value: float, decimals: int) -> str:
    rounded = round(value, decimals) + 0.0  # no negative zero
    return f"{rounded:,.{max(decimals, 0)}f}".replace("-", "−")


def _price(price: float) -> str:
    text = f"{price:,.2f}" if abs(price) >= 0.01 or price == 0 else f"{price:.2g}"
    return text.removesuffix(".00").replace("-", "−")


def _chance(share: float) -> str:
    if share < NOTABLE:
        return "less than 1 % chance"
    if share >= 1 - NOTABLE:
        return "more than 99 % chance"
    return f"{share * 100:.0f} % chance"
