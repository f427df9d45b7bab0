"""Small companyfacts documents."""

from __future__ import annotations

from typing import Any

ACME = "ACME INC."


def flow(year: int, value: Any, filed: str = "", form: str = "10-K", **more: Any) -> dict[str, Any]:
    """A value of a calendar year, filed in the February after it. Its fy is the filing's, as in real documents."""
    filed = filed or f"{year + 1}-02-01"
    return {
        "start": f"{year}-01-01",
        "end": f"{year}-12-31",
        "val": value,
        "accn": f"0000000042-{filed[2:4]}-000001",
        "fy": int(filed[:4]),
        "fp": "FY",
        "form": form,
        "filed": filed,
    } | more


def level(year: int, value: Any, filed: str = "", form: str = "10-K", **more: Any) -> dict[str, Any]:
    row = flow(year, value, filed, form, **more)
    del row["start"]
    return row


def companyfacts(cik: Any = 42, unit: str = "USD", **tags: list[dict[str, Any]]) -> dict[str, Any]:
    """A document with these tags; share counts are in shares."""
    return {
        "cik": cik,
        "entityName": ACME,
        "facts": {
            "us-gaap": {
                tag: {"label": tag, "units": {"shares" if "Number" in tag else unit: rows}}
                for tag, rows in tags.items()
            }
        },
    }


def acme(**tags: list[dict[str, Any]]) -> dict[str, Any]:
    """Two ordinary years."""
    usual = {
        "Revenues": [flow(2022, 1_000_000_000), flow(2023, 1_200_000_000)],
        "OperatingIncomeLoss": [flow(2022, 100_000_000), flow(2023, 130_000_000)],
        "CashAndCashEquivalentsAtCarryingValue": [level(2022, 40_000_000), level(2023, 50_000_000)],
        "StockholdersEquity": [level(2022, 300_000_000), level(2023, 350_000_000)],
        "WeightedAverageNumberOfDilutedSharesOutstanding": [flow(2022, 10_000_000), flow(2023, 10_500_000)],
    }
    return companyfacts(**(usual | tags))
