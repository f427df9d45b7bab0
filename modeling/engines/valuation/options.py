"""Employee options, as a claim on the equity.

Source: Black and Scholes (1973) with Merton's (1973) dividend yield; the dilution adjustment is that of
A. Damodaran, Investment Valuation: S_adj = (S * shares + C * options) / (shares + options).
"""

from __future__ import annotations

import math

import numpy as np

from modeling.engines.errors import DidNotConverge, PriceMissing
from modeling.engines.valuation.inputs import Array, DcfInputs, EmployeeOptions, Number
from valor.lib.errors import Problem

SMALLEST_SPOT = 1e-300
MOST_STEPS = 100


def black_scholes(spot: Number, options: EmployeeOptions) -> tuple[Array, Array]:
    """The value of one call and its delta at each spot, a number or an array; at zero or less it is worth nothing."""
    from scipy.special import ndtr

    deviation = options.volatility * math.sqrt(options.maturity)
    carry = math.exp(-options.dividend_yield * options.maturity)
    strike = options.strike * math.exp(-options.risk_free * options.maturity)
    spot = np.maximum(spot, SMALLEST_SPOT)
    d1 = np.log(spot * (carry / strike)) / deviation + deviation / 2
    delta = carry * ndtr(d1)
    return spot * delta - strike * ndtr(d1 - deviation), delta


def diluted_value(price: float, shares: Number, options: EmployeeOptions) -> Array:
    """The value of one option when its exercise dilutes the shares, solved to convergence by Newton's method.

    The equation C = BlackScholes(S_adj(C)) has one root, since its right side rises by less than its left.
    """
    total = shares + options.count
    value = np.broadcast_to(black_scholes(price, options)[0], np.shape(shares))
    for _ in range(MOST_STEPS):
        worth, delta = black_scholes((price * shares + value * options.count) / total, options)
        step = (worth - value) / (1 - delta * options.count / total)
        value = value + step
        if np.all(np.abs(step) <= 1e-13 * np.maximum(1.0, np.abs(value))):
            return value
    raise DidNotConverge.at("employee_options", options.count, "The option value did not settle.", "Check the terms.")


def value_at_price(inputs: DcfInputs) -> Number:
    """All options at the market price: one number for the whole valuation, one for each trial's shares if they vary."""
    options = inputs.employee_options
    if options is None or options.count == 0.0:
        return 0.0
    if inputs.price is None:
        raise PriceMissing(
            problems=[
                Problem(
                    "price",
                    None,
                    "The employee options are valued at the market price, and there is none.",
                    'State the price with its date, or set employee_options.valued to "at_value".',
                )
            ]
        )
    return options.count * diluted_value(inputs.price, inputs.shares, options)


def value_at_value(equity: Array, shares: Number, options: EmployeeOptions) -> Array:
    """All options at the value per share that they themselves lower, trial by trial.

    The fixed point S = (equity - count * C) / shares with C = BlackScholes(S_adj) has a closed form: put S into
    S_adj and the options cancel, S_adj = equity / (shares + options). So one evaluation is the solution.
    """
    return options.count * black_scholes(equity / (shares + options.count), options)[0]
