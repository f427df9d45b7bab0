"""SEC EDGAR companyfacts: a whole document into yearly facts. Pure.

Facts are keyed by the start and the end of their period and taken from the latest filing that states them; the
document's own ``fy`` is the year of the filing, not of the fact, and is never read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from modeling.figures import CONCEPTS, YearFigures
from modeling.importers.filed import Filing, Period, annual_filings, latest, load, refused, stated, units_of, us_gaap
from modeling.importers.report import Restatement
from modeling.importers.tags import RULES, Stated, read, tags_of

# Two year ends closer than this belong to overlapping years: the one filed later counts.
SHORTEST_GAP = 300
# A later filing that only rounds differently restates nothing.
ROUNDING = Decimal("0.00001")


@dataclass(frozen=True)
class Extracted:
    """One concept of one year, in units."""

    concept: str
    start: date | None
    end: date
    unit: str
    stated: Stated


@dataclass(frozen=True)
class Extraction:
    """Everything that was read from a document."""

    name: str
    cik: str
    currency: str
    years: tuple[YearFigures, ...]
    facts: tuple[Extracted, ...]
    tags: dict[str, dict[str, str]]
    missing: dict[str, tuple[str, ...]]
    restated: tuple[Restatement, ...]
    duplicates: int


def extract(data: bytes | Mapping[str, Any]) -> Extraction:
    """Reads a companyfacts document; raises InvalidInput saying what is wrong with it."""
    document = load(data)
    tags = us_gaap(document)
    currency = reporting_currency(tags)
    filings = read_filings(tags, currency)
    years = fiscal_years(filings)
    facts = [fact for year in years for fact in facts_of(year, filings, currency)]
    used: dict[str, dict[str, str]] = defaultdict(dict)
    labels = {year.end: year.label for year in years}
    for fact in facts:
        used[fact.concept][labels[fact.end]] = " + ".join(fact.stated.tags)
    missing = {
        concept: absent
        for concept in CONCEPTS
        if (absent := tuple(label for label in labels.values() if label not in used.get(concept, {})))
    }
    restated, duplicates = later_filings(facts, filings, labels)
    return Extraction(
        name=name_of(document),
        cik=cik_of(document),
        currency=currency,
        years=tuple(years),
        facts=tuple(facts),
        tags={concept: used[concept] for concept in CONCEPTS if concept in used},
        missing=missing,
        restated=tuple(restated),
        duplicates=duplicates,
    )


def name_of(document: Mapping[str, Any]) -> str:
    """The company's name, without characters that no page and no database could hold."""
    text = "".join(character for character in str(document["entityName"]) if character.isprintable())
    return text.strip()[:200] or "Unnamed company"


def cik_of(document: Mapping[str, Any]) -> str:
    """The company's SEC number without leading zeros."""
    text = str(document.get("cik", "")).strip().lstrip("0")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise refused("It has no SEC number.", "Give the document as EDGAR serves it.", "cik", document.get("cik"))
    return text


def reporting_currency(tags: Mapping[str, Any]) -> str:
    """The one currency in which annual reports state revenue."""
    found = {
        unit
        for tag in tags_of(RULES["revenue"])
        for unit in units_of(tags, tag)
        if any(filing.period[0] for filing in annual_filings(tags, tag, unit))
    }
    if not found:
        raise refused(
            "No annual report in it states a revenue.", "Give the document of a company that files 10-K, 20-F or 40-F."
        )
    if len(found) > 1:
        raise refused(
            f"Revenue is stated in several currencies: {', '.join(sorted(found))}.",
            "Only documents in a single currency can be read.",
        )
    currency = found.pop()
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        raise refused(f"Revenue is stated in {currency!r}, which is no currency.", "Download the document again.")
    return currency


Filings = dict[str, dict[Period, list[Filing]]]


def read_filings(tags: Mapping[str, Any], currency: str) -> Filings:
    """The annual values of every tag in the table, by period."""
    filings: Filings = {}
    for concept, rule in RULES.items():
        unit = unit_of(concept, currency)
        for tag in tags_of(rule) - filings.keys():
            by_period: dict[Period, list[Filing]] = defaultdict(list)
            for filing in annual_filings(tags, tag, unit):
                by_period[filing.period].append(filing)
            if not by_period:
                refuse_other_currency(tags, tag, unit)
            filings[tag] = dict(by_period)
    return filings


def unit_of(concept: str, currency: str) -> str:
    return currency if CONCEPTS[concept].measure == "money" else "shares"


def refuse_other_currency(tags: Mapping[str, Any], tag: str, unit: str) -> None:
    others = [other for other in units_of(tags, tag) if other != unit and annual_filings(tags, tag, other)]
    if others:
        raise refused(
            f"It is stated in {', '.join(others)}, revenue in {unit}.",
            "Only documents in a single currency can be read.",
            f"facts.us-gaap.{tag}",
        )


def fiscal_years(filings: Filings) -> list[YearFigures]:
    """The years for which a revenue is stated, oldest first."""
    periods: dict[Period, date] = {}
    for tag in tags_of(RULES["revenue"]):
        for period, rows in filings[tag].items():
            if period[0]:
                periods[period] = max(latest(rows).filed, periods.get(period, date.min))
    kept: list[YearFigures] = []
    for start, end in sorted(periods, key=lambda period: (periods[period], period[1]), reverse=True):
        if start and all(abs((year.end - end).days) >= SHORTEST_GAP for year in kept):
            kept.append(YearFigures(start, end))
    return sorted(kept, key=lambda year: year.end)


def facts_of(year: YearFigures, filings: Filings, currency: str) -> list[Extracted]:
    facts = []
    for name, concept in CONCEPTS.items():
        start = year.start if concept.kind == "flow" else None

        def lookup(tag: str, period: Period = (start, year.end)) -> Stated | None:
            rows = filings[tag].get(period)
            return stated(tag, latest(rows)) if rows else None

        found = read(RULES[name], lookup)
        if found is not None:
            facts.append(Extracted(name, start, year.end, unit_of(name, currency), found))
    return facts


def later_filings(
    facts: list[Extracted], filings: Filings, labels: Mapping[date, str]
) -> tuple[list[Restatement], int]:
    """Of the values used: which ones a later filing changed, and how many it only repeated."""
    restated = []
    duplicates = 0
    for fact in facts:
        for tag in fact.stated.tags:
            rows = sorted(filings[tag][fact.start, fact.end], key=lambda filing: (filing.filed, filing.number))
            for older, newer in pairwise(rows):
                if abs(newer.value - older.value) <= ROUNDING * abs(older.value):
                    duplicates += 1
                else:
                    restated.append(
                        Restatement(
                            fact.concept, labels[fact.end], tag, older.value, older.filed, newer.value, newer.filed
                        )
                    )
    return restated, duplicates
