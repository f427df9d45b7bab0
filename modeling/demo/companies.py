"""The shared companies, from the JSON files beside this module: each fact with its tag and source.

A fact is ``[value, tag]``, or ``[value, tag, form, filed]`` where each has its own filing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from modeling.figures import CONCEPTS

FOLDER = Path(__file__).parent
ABOUT = ("name", "ticker", "currency", "industry", "description", "source")


def load_companies() -> list[str]:
    """Stores the demo companies whose file this database does not hold yet; the names of those it stored."""
    from modeling.models import Company

    stored = dict(Company.objects.filter(owner__isnull=True).exclude(edition="").values_list("cik", "edition"))
    loaded = []
    for path in sorted(FOLDER.glob("*.json")):
        content = path.read_bytes()
        edition = hashlib.sha256(content).hexdigest()[:12]
        document = json.loads(content, parse_float=Decimal)
        if stored.get(document["cik"]) != edition:
            load_company(document, edition)
            loaded.append(document["name"])
    return loaded


@transaction.atomic
def load_company(document: Mapping[str, Any], edition: str) -> None:
    from modeling.models import Company
    from modeling.services.facts import store_facts

    about = {name: document[name] for name in ABOUT}
    company, _ = Company.objects.update_or_create(
        owner=None, cik=document["cik"], defaults={**about, "edition": edition}
    )
    store_facts(company, facts_of(document))


def facts_of(document: Mapping[str, Any]) -> Iterator[Any]:
    from modeling.models import Fact

    for year in document["years"]:
        for name, stated in year["facts"].items():
            value, tag, form, filed = [*stated, year.get("form", ""), year.get("filed")][:4]
            concept = CONCEPTS[name]
            yield Fact(
                concept=name,
                period_start=date.fromisoformat(year["start"]) if concept.kind == "flow" else None,
                period_end=date.fromisoformat(year["end"]),
                value=Decimal(value),
                unit=document["currency"] if concept.measure == "money" else "shares",
                tag=tag,
                form=form,
                filed=date.fromisoformat(filed) if filed else None,
                source=year["source"],
            )
