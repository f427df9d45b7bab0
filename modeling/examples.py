"""Small documents: shown in the API's reference, and worked out once to warm a worker up."""

from __future__ import annotations

from typing import Any

DOCUMENT: dict[str, Any] = {
    "method": "dcf",
    "name": "A growing company",
    "currency": "USD",
    "unit": "millions",
    "valuation_date": "2024-12-31",
    "inputs": {
        "base_revenue": 1000,
        "base_ebit": 120,
        "growth": 0.1,
        "terminal_growth": 0.03,
        "operating_margin": 0.15,
        "sales_to_capital": 1.5,
        "tax_rate": 0.2,
        "terminal_tax_rate": 0.25,
        "cost_of_capital": 0.09,
        "terminal_cost_of_capital": 0.08,
        "debt": 200,
        "cash": 150,
        "shares": 100,
        "high_growth_years": 5,
        "fade_years": 5,
        "margin_ramp_years": 5,
    },
    "price": {"value": 16, "date": "2024-12-31", "source": "Market close"},
    "uncertainty": {
        "growth": {"distribution": "normal", "mean": 0.1, "sd": 0.03},
        "operating_margin": {"distribution": "pert", "low": 0.1, "mode": 0.15, "high": 0.2},
    },
    "correlations": [{"between": ["growth", "operating_margin"], "value": 0.3}],
}

PORTFOLIO: dict[str, Any] = {
    "name": "Three assets",
    "currency": "USD",
    "assets": [
        {"name": "Shares", "mean": 0.08},
        {"name": "Property", "mean": 0.06},
        {"name": "Bonds", "mean": 0.03},
    ],
    "covariance": [[0.04, 0.015, 0.001], [0.015, 0.0225, 0.002], [0.001, 0.002, 0.0036]],
    "risk_free": 0.02,
    "bounds": {"lower": 0, "upper": 0.6},
    "constraints": [{"kind": "group", "name": "Real assets", "members": ["Shares", "Property"], "lower": 0.3}],
    "objective": {"method": "max_sharpe"},
}
