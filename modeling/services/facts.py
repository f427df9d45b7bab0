"""Storing facts: each key once, a later filing over an earlier one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modeling.figures import YearFigures
from modeling.importers.report import Restatement
from modeling.models import Company, Fact

CONTENT = ("value", "unit", "tag", "form", "filed", "source")
BATCH = 500


@dataclass(frozen=True)
class Stored:
    """What storing changed."""

    added: int
    changed: int
    unchanged: int
    replaced: tuple[Restatement, ...]


def store_facts(company: Company, facts: Iterable[Fact]) -> Stored:
    """Adds new facts and updates stored ones, unless a later filing stated those. Call inside a transaction."""
    # Two imports of one company take turns.
    Company.objects.select_for_update().get(pk=company.pk)
    stored = {key_of(fact): fact for fact in Fact.objects.filter(company=company)}
    new: list[Fact] = []
    changed: list[Fact] = []
    replaced: list[Restatement] = []
    total = 0
    for fact in facts:
        total += 1
        fact.company = company
        old = stored.get(key_of(fact))
        if old is None:
            fact.clean_fields()
            new.append(fact)
        elif is_newer(fact, old):
            if fact.value != old.value:
                replaced.append(replacement(fact, old))
            fact.pk = old.pk
            fact.clean_fields()
            changed.append(fact)
    Fact.objects.bulk_create(new, batch_size=BATCH)
    Fact.objects.bulk_update(changed, CONTENT, batch_size=BATCH)
    if new or changed:
        # Whatever is kept of the company's statements is kept under this time: see `selectors.revision`.
        company.save(update_fields=["updated_at"])
    return Stored(len(new), len(changed), total - len(new) - len(changed), tuple(replaced))


def key_of(fact: Fact) -> tuple[object, ...]:
    return fact.concept, fact.period_start, fact.period_end


def is_newer(fact: Fact, old: Fact) -> bool:
    """Whether *fact* says something else than *old*, and comes from no earlier filing."""
    if old.filed and (fact.filed is None or fact.filed < old.filed):
        return False
    return any(getattr(fact, name) != getattr(old, name) for name in CONTENT)


def replacement(fact: Fact, old: Fact) -> Restatement:
    year = YearFigures(fact.period_start or fact.period_end, fact.period_end).label
    return Restatement(fact.concept, year, fact.tag, old.value, old.filed, fact.value, fact.filed)
