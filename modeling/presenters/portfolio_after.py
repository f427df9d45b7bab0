"""What follows a choice, as tables: shares to buy, trades to make, losses to stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from valor.lib.numbers import format_number, format_percent, format_signed

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Table:
    """A table with its caption, and what is said below it; figures stand in all columns but the first."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()


def shares_tables(found: Any, currency: str, money: float) -> list[Table]:
    """Shares, what they cost, and how near they come."""
    plan = found.allocation
    rows = [
        (
            name,
            format_number(float(count), 0),
            format_number(float(price), 2),
            format_number(float(count * price), 0),
            format_percent(float(weight)),
            format_percent(float(wanted)),
        )
        for name, count, price, weight, wanted in zip(
            found.names, plan.shares, found.prices, plan.weights, found.wanted, strict=True
        )
        if count or wanted
    ]
    rows.sort(key=lambda row: row[0])
    words = [
        f"Left over: {currency} {format_number(plan.leftover, 2)} of {format_number(money, 0)}.".replace("  ", " ")
    ]
    if plan.tracking_error is not None:
        words.append(
            f"Against the exact weights the tracking error is {format_percent(plan.tracking_error, 2)} a year."
        )
    head = ("Asset", "Shares", "Price", "Money", "Weight", "Wanted")
    return [Table("Whole shares", head, tuple(rows), tuple(words))]


def trades_tables(plan: Any, currency: str) -> list[Table]:
    rows = tuple(
        (
            trade.ticker,
            "buy" if trade.shares > 0 else "sell",
            format_signed(trade.shares, 0 if float(trade.shares).is_integer() else 2),
            format_number(trade.price, 2),
            format_signed(trade.money, 0),
            format_number(trade.costs, 2),
        )
        for trade in plan.trades
    )
    turnover = format_percent(plan.turnover)
    words = [f"Turnover {turnover}; costs {currency} {format_number(plan.costs, 2)}.".replace("  ", " ")]
    if plan.left_alone:
        words.append(f"Left as they are: {', '.join(plan.left_alone)}.")
    return [Table("Trades", ("Asset", "Side", "Shares", "Price", "Money", "Costs"), rows, tuple(words))]


def losses_tables(found: Any, shock: float, benchmark: str, names: Sequence[str]) -> list[Table]:
    head = ("Stretch", "From", "To", "Return", "Greatest fall", "Hit hardest")
    past = Table(
        "In crises of the past",
        head,
        tuple(stressed_row(one, names) for one in found.crises.covered),
        tuple(f"{name}: {reason}" for name, reason in found.crises.not_covered),
    )
    worst = Table("In its own worst months", head, tuple(stressed_row(one, names) for one in found.worst))
    return [past, worst, *([shock_table(found, shock, benchmark, names)] if found.shock else [])]


def stressed_row(one: Any, names: Sequence[str]) -> tuple[str, ...]:
    return (
        one.name,
        day(one.first),
        day(one.last),
        format_percent(one.portfolio_return),
        format_percent(one.max_drawdown),
        hardest(one, names),
    )


def hardest(one: Any, names: Sequence[str]) -> str:
    """The asset that cost most, and how much of the portfolio that was."""
    worst = int(one.contributions.argmin())
    cost = float(one.contributions[worst])
    return f"{names[worst]} {format_percent(cost)}" if cost < 0 else "none lost"


def day(number: int | None) -> str:
    return "" if number is None else (EPOCH + timedelta(days=number)).isoformat()


def shock_table(found: Any, shock: float, benchmark: str, names: Sequence[str]) -> Table:
    """The ten assets that take the largest part of it."""
    one = found.shock
    order = sorted(range(len(names)), key=lambda row: one.contributions[row])[:10]
    rows = tuple(
        (
            names[row],
            format_number(found.betas[names[row]], 2),
            format_percent(float(one.returns[row])),
            format_percent(float(one.contributions[row])),
        )
        for row in order
        if one.contributions[row]
    )
    total = format_percent(one.portfolio_return)
    title = f"If {benchmark} moves by {format_percent(shock)}"
    return Table(title, ("Asset", "Beta", "Its return", "Of the portfolio"), rows, (f"All together {total}.",))
