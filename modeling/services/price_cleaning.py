"""Cleaning: a new set of what rules make of another's prices. The source stays as it is, and every repair is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from modeling.models import PriceSeries, PriceSet
from modeling.prices.cleaning_rules import checked_rules, policy_of, words_of
from modeling.prices.report_request import MOST_AT_ONCE, ReportRequest
from modeling.selectors_prices import panel, price_set_for, series_for
from modeling.selectors_reports import size_of
from modeling.services.prices import create_set, merge_many
from modeling.services.prices.sets import checked
from tasks import services as job_services
from valor.lib.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from modeling.engines.prices.cleaning.records import Cleaned
    from modeling.engines.prices.panel import Panel
    from modeling.prices.points import Points
    from tasks.models import Job

CLEAN_PRICES = "modeling.clean_prices"
MOST_REPAIRS = 5_000  # told one by one
MOST_FINDINGS = 1_000
GROUP = 100


def cleaned(price_set: PriceSet, rules: Mapping[str, Any], *, user: Any) -> Cleaned:
    """What the rules make of the set's prices, with everything found and done; nothing is stored.

    Raises InvalidInput for rules that can't be, EngineError where they leave no prices.
    """
    from modeling.engines.prices.cleaning.clean import clean

    found = panel(price_set)
    if not found.prices.size:
        raise InvalidInput.at("price_set", price_set.pk, "The set has no prices.", "Import some first.")
    return clean(found, policy_of(rules, rates_of(rules, found, user)))


def rates_of(rules: Mapping[str, Any], found: Panel, user: Any) -> dict[str, Any]:
    """For each currency what a unit of it costs on the days of the prices, NaN where that is not known."""
    if not rules["currency"]:
        return {}
    foreign = set(found.currencies) - {rules["currency"]}
    return {code: rates_on(found, place, user) for code, place in rules["rates"].items() if code in foreign}


def rates_on(found: Panel, place: Mapping[str, Any], user: Any) -> Any:
    import numpy as np

    from modeling.selectors_prices import history

    try:
        series = series_for(price_set_for(user, place["price_set"]), place["ticker"])
    except NotFound:
        told = f"{place['price_set']}, {place['ticker'][:40]}"
        remedy = "Name a ticker of a set that you may see."
        raise InvalidInput.at("rates", told, "There are no such rates.", remedy) from None
    days, rates = history(series)
    on = np.full(len(found.days), np.nan)
    at = np.searchsorted(days, found.days)
    known = at < len(days)
    known[known] = days[at[known]] == found.days[known]
    on[known] = rates[at[known]]
    return on


def record_of(price_set: PriceSet, rules: Mapping[str, Any], done: Cleaned) -> dict[str, Any]:
    """What was found and done, JSON-ready: it is kept with the new set."""
    from modeling.prices.reports import finding_told, plain

    findings = sorted(done.findings, key=lambda finding: -finding.confidence)
    kinds: dict[str, int] = {}
    for repair in done.repairs:
        kinds[repair.kind] = kinds.get(repair.kind, 0) + 1
    return {
        "source": {"id": price_set.pk, "name": price_set.name, "revision": price_set.revision},
        "made_at": timezone.now().isoformat(),
        "rules": dict(rules),
        "words": words_of(rules),
        "tickers": len(done.panel.tickers),
        "days": len(done.panel.days),
        "repair_count": len(done.repairs),
        "repair_kinds": kinds,
        "changed": sum(repair.changed for repair in done.repairs),
        "repairs": [plain(vars(repair)) for repair in done.repairs[:MOST_REPAIRS]],
        "finding_count": len(done.findings),
        "findings": [finding_told(finding) for finding in findings[:MOST_FINDINGS]],
    }


def preview(price_set: PriceSet, rules: Mapping[str, Any], *, user: Any) -> dict[str, Any]:
    """The record of what cleaning would do; raises as `cleaned` does, and for a set that is too large for a trial."""
    rules = checked_rules(rules)
    size = size_of(price_set, ReportRequest())
    if size > MOST_AT_ONCE:
        message = f"These are {size:,} prices; a trial is made of at most {MOST_AT_ONCE:,}."
        raise InvalidInput.at("price_set", size, message, "Clean it without a trial: the source stays as it is.")
    return record_of(price_set, rules, cleaned(price_set, rules, user=user))


def clean_set(price_set: PriceSet, rules: Mapping[str, Any], *, owner: Any, name: str, job_id: Any = None) -> PriceSet:
    """A new set of the owner's with the cleaned prices, and the record of every repair; all of it or nothing.

    A job that is done once more, since it broke off after its work, finds the set that it has made.
    """
    made = PriceSet.objects.filter(owner=owner, cleaning__job=str(job_id)).first() if job_id else None
    if made is not None:
        return made
    rules = checked_rules(rules)
    done = cleaned(price_set, rules, user=owner)
    record = record_of(price_set, rules, done) | {"job": str(job_id) if job_id else None}
    about = {row.ticker: row for row in PriceSeries.objects.filter(price_set=price_set)}
    with transaction.atomic():
        made = create_set(
            owner=owner,
            name=name,
            currency=rules["currency"] or price_set.currency,
            frequency=price_set.frequency,
            description=description_of(record),
            source=price_set.source,
            licence=price_set.licence,
        )
        PriceSet.objects.filter(pk=made.pk).update(cleaning=record)
        made.cleaning = record
        for group in grouped(done.panel, about):
            merge_many(price_set=made, points=group)
        if not made.series.exists():
            raise InvalidInput.at("rules", None, "No prices are left.", "Drop fewer tickers or days.")
    return made


def grouped(found: Panel, about: Mapping[str, PriceSeries]) -> Iterator[list[Points]]:
    import numpy as np

    from modeling.prices.points import Points

    group: list[Points] = []
    for row, ticker in enumerate(found.tickers):
        there = ~np.isnan(found.prices[row])
        if there.any():
            known = about[ticker]
            currency = found.currencies[row] if found.currencies else ""
            more = {"name": known.name, "sector": known.sector, "source": known.source}
            group.append(Points(ticker, found.days[there], found.prices[row][there], currency=currency, **more))
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group


def description_of(record: Mapping[str, Any]) -> str:
    source = record["source"]
    count = record["repair_count"]
    repairs = "1 repair" if count == 1 else f"{count:,} repairs"
    words = ". ".join(record["words"])
    return f"Cleaned from {source['name']} at revision {source['revision']}: {repairs}. {words}."[:2000]


def is_small(price_set: PriceSet) -> bool:
    return size_of(price_set, ReportRequest()) <= MOST_AT_ONCE


def start_cleaning(price_set: PriceSet, rules: Mapping[str, Any], *, owner: Any, name: str) -> Job:
    """Queues the same as a job. What can be refused at once is: rules that can't be, a name that is taken."""
    rules = checked_rules(rules)
    checked(PriceSet(owner=owner, name=name, currency=rules["currency"] or price_set.currency))
    parameters = {"price_set": price_set.pk, "owner": owner.pk, "rules": rules, "name": name}
    return job_services.submit(CLEAN_PRICES, parameters, owner=owner, label=name)
