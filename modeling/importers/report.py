"""What an import read, from which tags, what is missing and what was restated: to print and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from modeling.figures import CONCEPTS


@dataclass(frozen=True)
class Restatement:
    """A later filing changed a value that an earlier one had stated."""

    concept: str
    year: str
    tag: str
    old: Decimal
    old_filed: date | None
    new: Decimal
    new_filed: date | None

    def __str__(self) -> str:
        label = CONCEPTS[self.concept].label
        return (
            f"{label} {self.year}: {self.old:,.0f} (filed {self.old_filed or 'before'}) "
            f"is now {self.new:,.0f} (filed {self.new_filed})"
        )


@dataclass(frozen=True)
class ImportReport:
    """The outcome of an import; nothing of it is stored."""

    company_id: int
    name: str
    cik: str
    currency: str
    years: tuple[str, ...]
    created: bool
    added: int
    changed: int
    unchanged: int
    tags: dict[str, dict[str, str]]
    missing: dict[str, tuple[str, ...]]
    restated: tuple[Restatement, ...]
    replaced: tuple[Restatement, ...]
    duplicates: int
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: dates as text, amounts as numbers."""
        return {key: plain(value) for key, value in asdict(self).items()}

    def lines(self) -> Iterator[str]:
        """The report in words, one fact per line."""
        how = "imported" if self.created else "updated" if self.added or self.changed else "unchanged"
        yield f"{self.name} (CIK {self.cik}): {how}, {self.years_in_words()}, in {self.currency}"
        yield f"Facts: {self.added} added, {self.changed} changed, {self.unchanged} unchanged"
        yield f"Values repeated by later filings: {self.duplicates}"
        yield from (f"Restated: {restatement}" for restatement in self.restated)
        yield from (f"Replaced what was stored: {replacement}" for replacement in self.replaced)
        for concept, by_year in self.tags.items():
            yield f"{CONCEPTS[concept].label}: {grouped(by_year)}"
        for concept, years in self.missing.items():
            yield f"Missing: {CONCEPTS[concept].label}: {', '.join(years)}"
        yield from self.notes

    def years_in_words(self) -> str:
        if len(self.years) == 1:
            return self.years[0]
        return f"{len(self.years)} years from {self.years[0]} to {self.years[-1]}"

    def __str__(self) -> str:
        return "\n".join(self.lines())


def grouped(by_year: dict[str, str]) -> str:
    """The tags used, each with its years: one tag for all years is named once."""
    years_by_tag: dict[str, list[str]] = {}
    for year, tag in by_year.items():
        years_by_tag.setdefault(tag, []).append(year)
    if len(years_by_tag) == 1:
        return next(iter(years_by_tag))
    return "; ".join(f"{tag} ({', '.join(years)})" for tag, years in years_by_tag.items())


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
