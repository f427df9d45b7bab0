"""A model back into its document, in the one canonical form: every key, in order, null where nothing is stated."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from modeling.codecs.fields import INPUTS, LEASES, OPTIONS, YEARS
from modeling.codecs.model import DcfModel
from modeling.engines.valuation.inputs import DcfInputs


def dump_document(model: DcfModel) -> dict[str, Any]:
    """The canonical document: parsing it gives the same model again, so equal models have equal documents."""
    inputs = model.inputs
    return {
        "method": "dcf",
        "name": model.name,
        "currency": model.currency,
        "unit": model.unit,
        "valuation_date": model.valuation_date.isoformat() if model.valuation_date else None,
        "inputs": {name: getattr(inputs, name) for name in (*INPUTS, *YEARS)},
        "terminal_method": inputs.terminal_method,
        "debt_includes_leases": inputs.debt_includes_leases,
        "price": price_of(model),
        "employee_options": options_of(inputs),
        "adjustments": {"research_and_development": research_of(inputs), "operating_leases": leases_of(inputs)},
        "minimum_spread": inputs.minimum_spread,
        "limited_liability": inputs.limited_liability,
        "uncertainty": {name: distribution.as_dict() for name, distribution in model.uncertainty.items()},
        "correlations": [{"between": list(item.between), "value": item.value} for item in model.correlations],
    }


def price_of(model: DcfModel) -> dict[str, Any] | None:
    price = model.price
    if price is None:
        return None
    return {"value": price.value, "date": price.date.isoformat() if price.date else None, "source": price.source}


def options_of(inputs: DcfInputs) -> dict[str, Any] | None:
    options = inputs.employee_options
    return None if options is None else {name: getattr(options, name) for name in (*OPTIONS, "valued")}


def research_of(inputs: DcfInputs) -> dict[str, Any] | None:
    research = inputs.research_and_development
    return None if research is None else {**asdict(research), "past": list(research.past)}


def leases_of(inputs: DcfInputs) -> dict[str, Any] | None:
    leases = inputs.operating_leases
    if leases is None:
        return None
    stated = {name: getattr(leases, name) for name in (*LEASES, "years_beyond")}
    return {"commitments": list(leases.commitments), **stated}
