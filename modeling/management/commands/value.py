"""One valuation document into its value per share, bridge and yearly table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from modeling.management.documents import DocumentCommand, table, warning_lines

BRIDGE = {
    "pv_fcff": "Cash flows of the years, present value",
    "pv_terminal": "Terminal value, present value",
    "sum_pv": "Enterprise value",
    "failure_loss": "less: expected loss in failure",
    "operating_assets": "Operating assets",
    "debt": "less: debt",
    "minority_interest": "less: minority interest",
    "cash": "plus: cash",
    "non_operating_assets": "plus: non-operating assets",
    "equity": "Equity",
    "employee_options": "less: employee options",
    "common_equity": "Common equity",
    "shares": "Shares",
    "value_per_share": "Value per share",
}
YEARLY = {
    "growth": "Growth, %",
    "revenues": "Revenue",
    "margin": "Margin, %",
    "ebit": "EBIT",
    "tax_rate": "Tax rate, %",
    "nol": "Losses carried",
    "ebit_after_tax": "EBIT after tax",
    "reinvestment": "Reinvestment",
    "fcff": "Free cash flow",
    "cost_of_capital": "Cost of capital, %",
    "discount_factor": "Discount factor",
    "pv": "Present value",
}
RATES = ("growth", "margin", "tax_rate", "cost_of_capital")
IMPLIED = {"exit_multiple": "Exit multiple", "terminal_share": "Terminal share", "final_roic": "Final ROIC"}


class Command(DocumentCommand):
    help = "Values a company: value per share, bridge, yearly table and warnings of a valuation document."

    def answer(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        from modeling.codecs import value_document

        self.name = str(document.get("name") or "Valuation")
        return value_document(document, timezone.localdate())

    def readable(self, answer: Mapping[str, Any]) -> str:
        value = f"{answer['currency']} {answer['value_per_share']:,.2f} per share"
        blocks = [
            [f"{self.name}: {value}"],
            [f"Bridge, {answer['currency']} {answer['unit']}", *bridge_lines(answer["bridge"])],
            ["Years", *year_lines(answer["rows"])],
            implied_lines(answer["implied"]),
            list(answer["notes"]),
            warning_lines(answer["warnings"]),
        ]
        return "\n\n".join("\n".join(block) for block in blocks if block)


def bridge_lines(bridge: Mapping[str, float]) -> list[str]:
    digits = {"shares": 3, "value_per_share": 4}
    return table([[f"  {label}", f"{bridge[name]:,.{digits.get(name, 1)}f}"] for name, label in BRIDGE.items()])


def year_lines(rows: Mapping[str, Any]) -> list[str]:
    head = ["  Year", *(str(year) for year in range(1, len(rows["revenues"]) + 1))]
    return table(
        [head, *([f"  {label}", *(cell(name, item) for item in rows[name])] for name, label in YEARLY.items())]
    )


def cell(name: str, figure: float) -> str:
    if name in RATES:
        return f"{100 * figure:.2f}"
    return f"{figure:.4f}" if name == "discount_factor" else f"{figure:,.1f}"


def implied_lines(implied: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, label in IMPLIED.items():
        figure = implied[name]
        if figure is None:
            lines.append(f"{label}: none. {implied[f'{name}_reason']}")
        else:
            lines.append(f"{label}: {figure:.2f}x" if name == "exit_multiple" else f"{label}: {figure:.1%}")
    return lines
