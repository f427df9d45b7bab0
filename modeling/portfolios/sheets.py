"""A kept result as tables for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from valor.lib.errors import InvalidInput

LONGEST = 80  # of what is echoed
Cells = Sequence[Any]


@dataclass(frozen=True)
class Sheet:
    title: str
    head: tuple[str, ...]
    rows: Sequence[Cells]


def sheets_of(result: Mapping[str, Any]) -> list[Sheet]:
    """The first sheet is what a CSV file holds. Figures are decimals, rates per year."""
    if "tracks" in result:
        return [values(result), measures(result), rebalances(result), events(result)]
    if "points" in result:
        return [points(result), estimates(result)]
    return [weights(result), figures(result), estimates(result)]


def chosen(sheets: Sequence[Sheet], name: str) -> Sheet:
    """The one of this name, however it is written; the first one where none is asked for."""
    if not name:
        return sheets[0]
    found = next((sheet for sheet in sheets if sheet.title.lower() == name.lower()), None)
    if found is None:
        known = ", ".join(sheet.title.lower() for sheet in sheets)
        raise InvalidInput.at("table", name[:LONGEST], "This result has no such table.", f"Ask for one of {known}.")
    return found


def weights(result: Mapping[str, Any]) -> Sheet:
    risk = (result.get("risk") or {}).get("share") or {}
    before = (result.get("current") or {}).get("weights") or {}
    names = dict.fromkeys([*sorted(result["weights"], key=lambda name: -result["weights"][name]), *before])
    rows = [
        [name, result["weights"].get(name, 0.0), risk.get(name, 0.0), before.get(name, 0.0) if before else None]
        for name in names
    ]
    return Sheet("Weights", ("asset", "weight", "share_of_risk", "held_now"), rows)


def figures(result: Mapping[str, Any]) -> Sheet:
    names = ("objective", "expected_return", "volatility", "sharpe", "method")
    return Sheet("Figures", ("figure", "value"), [[name, result.get(name)] for name in names])


def estimates(result: Mapping[str, Any]) -> Sheet:
    found = result["estimates"]
    rows = [[name, reward, found["volatility"].get(name)] for name, reward in found["expected_return"].items()]
    return Sheet("Estimates", ("asset", "expected_return", "volatility"), rows)


def points(result: Mapping[str, Any]) -> Sheet:
    """A row for each point, a column for each asset."""
    assets = result["assets"]
    rows = [
        [one["volatility"], one["expected_return"], one["sharpe"], *(one["weights"].get(name, 0.0) for name in assets)]
        for one in result["points"]
    ]
    return Sheet("Frontier", ("volatility", "expected_return", "sharpe", *assets), rows)


def values(result: Mapping[str, Any]) -> Sheet:
    """The money of each track by day; the tracks' days are those of the first."""
    tracks = result["tracks"]
    columns = [dict(zip(track["days"], track["values"], strict=True)) for track in tracks]
    rows = [[day, *(column.get(day) for column in columns)] for day in tracks[0]["days"]]
    return Sheet("Values", ("day", *(track["name"] for track in tracks)), rows)


def measures(result: Mapping[str, Any]) -> Sheet:
    tracks = result["tracks"]
    rows: list[Cells] = [
        [name, *(track["performance"].get(name) for track in tracks)] for name in tracks[0]["performance"]
    ]
    rows += [[name, *(track[name] for track in tracks)] for name in ("turnover", "cost_drag", "costs", "rebalances")]
    return Sheet("Measures", ("measure", *(track["name"] for track in tracks)), rows)


def rebalances(result: Mapping[str, Any]) -> Sheet:
    rows = [
        [done["decided"], done["traded"], name, weight] for done in result["weights"] for name, weight in held(done)
    ]
    return Sheet("Rebalances", ("decided", "traded", "asset", "weight"), rows)


def held(done: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    yield from done["weights"].items()


def events(result: Mapping[str, Any]) -> Sheet:
    rows = [[event["day"], event["kind"], event["ticker"], event["message"]] for event in result["events"]]
    return Sheet("Events", ("day", "kind", "asset", "message"), rows)


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """As an Excel file; a text that a spreadsheet would calculate is told apart from a formula."""
    import io

    from openpyxl import Workbook  # late: it takes long to load

    from valor.lib.csv_lines import cell, harmless

    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.append([harmless(name) for name in sheet.head])
        for row in sheet.rows:
            page.append([None if value is None else cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
