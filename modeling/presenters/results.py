"""The right side of the workbench: value per share with its range, price, bridge, yearly table, what is implied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modeling.presenters.bridge import BridgeRow, bridge_rows
from modeling.presenters.formula import Formula
from modeling.presenters.heat import Heat, heat_of
from modeling.presenters.scale import Scale, digits_for
from modeling.presenters.steps import Year
from modeling.presenters.totals import Figures, exit_multiple, final_roic, formula_of, terminal_flow, terminal_share
from modeling.presenters.words import spoken, typeset
from valor.lib.numbers import format_number, format_percent

Json = Mapping[str, Any]

YEARLY: tuple[tuple[str, str, str], ...] = (
    ("growth", "Revenue growth", "rate"),
    ("revenues", "Revenue", "money"),
    ("margin", "Operating margin", "rate"),
    ("ebit", "EBIT", "money"),
    ("tax_rate", "Tax rate", "rate"),
    ("nol", "Losses carried forward", "money"),
    ("ebit_after_tax", "EBIT after tax", "money"),
    ("reinvestment", "Reinvestment", "money"),
    ("fcff", "Free cash flow", "money"),
    ("cost_of_capital", "Cost of capital", "rate"),
    ("discount_factor", "Discount factor", "factor"),
    ("pv", "Present value", "money"),
)


@dataclass(frozen=True)
class RangeBar:
    """p10 to p90 as a bar with its middle and, where there is one, the price: positions in percent."""

    x: str
    width: str
    middle: str
    price: str
    low: str
    high: str
    words: str


@dataclass(frozen=True)
class Preview:
    """The range from one block of trials; the reason where there is none."""

    low: str = ""
    middle: str = ""
    high: str = ""
    trials: str = ""
    bar: RangeBar | None = None
    reason: str = ""


@dataclass(frozen=True)
class YearRow:
    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class StepRow:
    """A figure of the chosen year with its formula."""

    name: str
    label: str
    value: str
    formula: Formula


@dataclass(frozen=True)
class Steps:
    """The chosen year of the table, step by step."""

    year: int
    rows: tuple[StepRow, ...]


@dataclass(frozen=True)
class Implied:
    name: str
    label: str
    value: str
    note: str
    formula: Formula = ()


@dataclass(frozen=True)
class Result:
    """Everything the result panel shows."""

    value: str
    formula: Formula
    currency: str
    money_unit: str
    price_words: str
    preview: Preview
    bridge: tuple[BridgeRow, ...]
    years: tuple[int, ...]
    yearly: tuple[YearRow, ...]
    steps: Steps
    implied: tuple[Implied, ...]
    heat: Heat | None
    warnings: tuple[Json, ...]
    notes: tuple[str, ...]


def per_share(value: float | None) -> str:
    """A value per share with the decimals it deserves."""
    return format_number(value, digits_for(value)) if value is not None else "–"


def range_bar(low: float, middle: float, high: float, price: float | None) -> RangeBar:
    scale = Scale.over((low, middle, high, price), margin=0.06)
    x, width = scale.span(low, high)
    words = f"From {per_share(low)} to {per_share(high)}, middle {per_share(middle)}"
    words += f", price {per_share(price)}" if price is not None else ""
    return RangeBar(
        x, width, scale.at(middle), scale.at(price) if price is not None else "", per_share(low), per_share(high), words
    )


def preview_of(preview: Json | None, price: float | None, reason: str = "") -> Preview:
    if preview is None or preview.get("p10") is None:
        return Preview(reason=reason or "No driver is uncertain: choose a distribution to see the range.")
    low, middle, high = (float(preview[key]) for key in ("p10", "p50", "p90"))
    bar = range_bar(low, middle, high, price)
    return Preview(per_share(low), per_share(middle), per_share(high), format_number(preview["trials"], 0), bar)


def price_of(document: Json) -> float | None:
    value = (document.get("price") or {}).get("value")
    return float(value) if isinstance(value, (int, float)) else None


def price_words(value: float, document: Json) -> str:
    """How the value stands to the market price, in one sentence."""
    price = price_of(document)
    if price is None:
        return "No price to compare with: enter one under Price."
    details = ", ".join(str(part) for part in (document["price"].get("date"), document["price"].get("source")) if part)
    named = f"the price of {per_share(price)}" + (f" ({details})" if details else "")
    if price <= 0:
        return f"Compared with {named}."
    gap = value / price - 1
    if abs(gap) < 0.005:
        return f"At {named}."
    return f"{format_percent(abs(gap), 0)} {'above' if gap > 0 else 'below'} {named}."


def cell(value: float | None, kind: str) -> str:
    if kind == "rate":
        return format_percent(value)
    return format_number(value, 3 if kind == "factor" else 1)


def yearly_of(rows: Json) -> tuple[tuple[int, ...], tuple[YearRow, ...]]:
    """The yearly table: a row for each line of the model, a column for each year."""
    lines = [(label, kind, rows[name]) for name, label, kind in YEARLY if isinstance(rows.get(name), (list, tuple))]
    count = max((len(values) for _, _, values in lines), default=0)
    table = tuple(YearRow(label, tuple(cell(value, kind) for value in values)) for label, kind, values in lines)
    return tuple(range(1, count + 1)), table


def steps_of(rows: Json, document: Json, year: int) -> Steps:
    """The formulas of one year; a year beyond the table is its last."""
    number = min(max(year, 1), len(rows["pv"]))
    of = Year(number, rows, document.get("inputs") or {})
    found = (
        StepRow(name, label, cell(rows[name][number - 1], kind), of.formula_of(name)) for name, label, kind in YEARLY
    )
    return Steps(number, tuple(found))


def implied_of(implied: Json, figures: Figures) -> tuple[Implied, ...]:
    """What the assumptions amount to; a figure that is missing has its reason instead of a formula."""
    exit_at, share, roic = (implied.get(name) for name in ("exit_multiple", "terminal_share", "final_roic"))
    found = [
        Implied(
            "exit_multiple",
            "Exit multiple",
            multiple(exit_at),
            reason_of(implied, "exit_multiple", "terminal value over the final year's EBIT"),
            () if exit_at is None else exit_multiple(figures),
        ),
        Implied(
            "terminal_share",
            "Terminal value's share",
            format_percent(share, 0),
            reason_of(implied, "terminal_share", "of enterprise value"),
            () if share is None else terminal_share(figures),
        ),
        Implied(
            "final_roic",
            "Final return on capital",
            format_percent(roic),
            reason_of(implied, "final_roic", "EBIT after tax over invested capital in the final year"),
            final_roic(figures, roic) if roic else (),
        ),
    ]
    if figures.method != "exit_multiple":
        flow = format_number(figures.rows["terminal_fcff"], 1)
        note = f"of year {figures.years + 1}, grows for ever after"
        found.append(Implied("terminal_fcff", "Terminal cash flow", flow, note, terminal_flow(figures)))
    return tuple(found)


def multiple(value: float | None) -> str:
    return "–" if value is None else f"{format_number(value)} ×"


def reason_of(implied: Json, name: str, meaning: str) -> str:
    """Why there is no figure, or what it means."""
    return str(implied.get(f"{name}_reason") or "") or meaning


def result_view(
    document: Json, result: Json, preview: Json | None, grid: Json | None, preview_reason: str = "", *, year: int = 1
) -> Result:
    """The result panel of one valued document; *year* is the one whose formulas are shown."""
    value = float(result["value_per_share"])
    price, currency = price_of(document), str(result.get("currency", ""))
    years, yearly = yearly_of(result["rows"])
    figures = Figures(result["rows"], result["bridge"], document)
    return Result(
        value=per_share(value),
        formula=formula_of("value_per_share", figures),
        currency=currency,
        money_unit=f"{currency} {result.get('unit', 'millions')}".strip(),
        price_words=price_words(value, document),
        preview=preview_of(preview, price, preview_reason),
        bridge=bridge_rows(result["bridge"], figures),
        years=years,
        yearly=yearly,
        steps=steps_of(result["rows"], document, year),
        implied=implied_of(result["implied"], figures),
        heat=heat_of(grid, price, value) if grid else None,
        warnings=tuple(told(warning) for warning in result.get("warnings") or ()),
        notes=notes_of(result.get("notes") or ()),
    )


def told(warning: Json) -> Json:
    """A warning in the page's words."""
    words = {key: typeset(spoken(str(warning.get(key) or ""))) for key in ("message", "remedy")}
    return {**warning, **words}


def notes_of(notes: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(note) for note in notes)
