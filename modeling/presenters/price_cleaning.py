"""What cleaning has done, or would do, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modeling.presenters.price_reports import KINDS, FindingRow, days_of, evidence_of, finding_rows

SHOWN = 100


@dataclass(frozen=True)
class RepairRow:
    ticker: str
    kind: str
    days: str
    message: str
    evidence: str


@dataclass(frozen=True)
class Cleaning:
    """A record of repairs, as a page shows it; of very many the first."""

    source_name: str
    source_id: int
    source_revision: int
    words: tuple[str, ...]
    sentence: str
    repairs: tuple[RepairRow, ...]
    repair_count: int
    findings: tuple[FindingRow, ...]
    finding_count: int


def cleaning_of(record: Mapping[str, Any]) -> Cleaning:
    source = record["source"]
    return Cleaning(
        source_name=source["name"],
        source_id=source["id"],
        source_revision=source["revision"],
        words=tuple(record["words"]),
        sentence=sentence_of(record),
        repairs=tuple(repair_row(repair) for repair in record["repairs"][:SHOWN]),
        repair_count=record["repair_count"],
        findings=tuple(finding_rows(record["findings"][:SHOWN])),
        finding_count=record["finding_count"],
    )


def sentence_of(record: Mapping[str, Any]) -> str:
    count, changed = record["repair_count"], record["changed"]
    if not count:
        return "Nothing is repaired: the new set has the same prices."
    repairs = "1 repair" if count == 1 else f"{count:,} repairs"
    kinds = ", ".join(f"{KINDS.get(kind, kind).lower()} {n:,}" for kind, n in record["repair_kinds"].items())
    prices = "1 price" if changed == 1 else f"{changed:,} prices"
    return f"{repairs} ({kinds}) concern {prices}; {record['tickers']:,} tickers on {record['days']:,} days are left."


def repair_row(repair: Mapping[str, Any]) -> RepairRow:
    return RepairRow(
        ticker=repair["ticker"] or "The set",
        kind=KINDS.get(repair["kind"], repair["kind"]),
        days=days_of(repair),
        message=repair["message"],
        evidence=evidence_of(repair["evidence"]),
    )
