"""A raw document into a model, or one error with all that is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from modeling.codecs import fields
from modeling.codecs.model import UNITS, DcfModel, Price
from modeling.codecs.reading import MISSING, Reader, described, refuse
from modeling.codecs.uncertainty import matrix_problems, read_correlations, read_uncertainty
from modeling.engines.valuation.inputs import (
    DcfInputs,
    EmployeeOptions,
    OperatingLeases,
    OptionsValued,
    ResearchAndDevelopment,
    TerminalMethod,
)
from valor.lib.errors import InvalidInput, Problem

TERMINAL_METHODS = ("gordon", "exit_multiple")
OPTIONS_VALUED = ("at_price", "at_value")


def parse_document(raw: Mapping[str, Any]) -> DcfModel:
    """The model that a document describes.

    Raises
    ------
    InvalidInput
        Once, with every problem found: field, value, message and remedy.
    """
    if not isinstance(raw, Mapping):
        raise InvalidInput.at("document", None, f"{described(raw)} is not a valuation document.", "Give an object.")
    problems: list[Problem] = []
    document = Reader(raw, "", fields.TOP, problems)
    document.choice("method", ("dcf",), "dcf")
    terminal_method = document.choice("terminal_method", TERMINAL_METHODS, "gordon")
    numbers, years = read_inputs(document)
    price = read_price(document)
    research, leases = read_adjustments(document)
    options = read_options(document, price)
    check_terminal(document, numbers, terminal_method)
    uncertainty = read_uncertainty(document, numbers)
    settings = {
        "terminal_method": cast(TerminalMethod, terminal_method),
        "minimum_spread": document.needed("minimum_spread", fields.MINIMUM_SPREAD),
        "limited_liability": document.flag("limited_liability"),
        "debt_includes_leases": document.flag("debt_includes_leases"),
    }
    if leases is not None and settings["debt_includes_leases"]:
        document.report(
            "adjustments.operating_leases",
            MISSING,
            "The debt already includes lease liabilities, so they would count twice.",
            "Remove this adjustment, or take the leases out of the debt and set debt_includes_leases to false.",
        )
    meta = read_meta(document)
    correlations = read_correlations(document, tuple(uncertainty))
    if not problems:
        problems.extend(matrix_problems(tuple(uncertainty), correlations))
    refuse(problems)
    inputs = DcfInputs(
        **cast(Any, {**numbers, **years, **settings}),
        price=None if price is None else price.value,
        employee_options=options,
        research_and_development=research,
        operating_leases=leases,
    )
    return DcfModel(inputs, **meta, price=price, uncertainty=uncertainty, correlations=correlations)


def read_meta(document: Reader) -> dict[str, Any]:
    """Name, currency, unit and date."""
    currency = document.get("currency")
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isalpha()):
        message = "It is missing." if currency is MISSING else f"{described(currency)} is not a currency."
        document.report("currency", currency, message, "Give the three letters of ISO 4217, such as USD.")
        currency = "USD"
    return {
        "name": document.text("name"),
        "currency": currency.upper(),
        "unit": document.choice("unit", UNITS),
        "valuation_date": document.date("valuation_date"),
    }


def read_inputs(document: Reader) -> tuple[dict[str, float | None], dict[str, int]]:
    """The drivers and the counts of years."""
    section = document.section("inputs", (*fields.INPUTS, *fields.YEARS))
    if section is None:
        if document.get("inputs") is MISSING:
            document.report("inputs", MISSING, "They are missing.", "Give an object with the inputs of the valuation.")
        section = Reader({}, "inputs", (), [])
    numbers = {name: section.number(name, spec) for name, spec in fields.INPUTS.items()}
    years = {name: section.whole(name, 0, fields.MOST_YEARS) for name in fields.YEARS}
    horizon = years["high_growth_years"] + years["fade_years"]
    readable = not any(problem.field in {f"inputs.{name}" for name in fields.YEARS} for problem in section.problems)
    if readable and not 1 <= horizon <= fields.MOST_YEARS:
        remedy = f"Let both together be from 1 to {fields.MOST_YEARS} years."
        section.report("high_growth_years", horizon, f"High growth and fade make {horizon} years.", remedy)
    return numbers, years


def read_price(document: Reader) -> Price | None:
    section = document.section("price", ("value", "date", "source"))
    if section is None:
        return None
    return Price(section.needed("value", fields.PRICE), section.date("date"), section.text("source"))


def read_options(document: Reader, price: Price | None) -> EmployeeOptions | None:
    section = document.section("employee_options", (*fields.OPTIONS, "valued"))
    if section is None:
        return None
    terms = {name: section.needed(name, spec) for name, spec in fields.OPTIONS.items()}
    valued = section.choice("valued", OPTIONS_VALUED, "at_price")
    if valued == "at_price" and price is None and document.get("price") is MISSING:
        document.report(
            "price",
            MISSING,
            "The employee options are valued at the market price, and there is none.",
            'State the price with its date, or set employee_options.valued to "at_value".',
        )
    return EmployeeOptions(**terms, valued=cast(OptionsValued, valued))


def read_adjustments(document: Reader) -> tuple[ResearchAndDevelopment | None, OperatingLeases | None]:
    section = document.section("adjustments", ("research_and_development", "operating_leases"))
    return (None, None) if section is None else (read_research(section), read_leases(section))


def read_research(adjustments: Reader) -> ResearchAndDevelopment | None:
    section = adjustments.section("research_and_development", ("amortisation_life", "current", "past"))
    if section is None:
        return None
    life = section.whole("amortisation_life", 1, fields.MOST_YEARS)
    past = section.numbers("past", fields.RESEARCH_CURRENT, fields.MOST_YEARS)
    if past and len(past) != life:
        remedy = f"Give {life} figures, newest first; 0 for a year without research."
        section.report("past", len(past), f"There are {len(past)} past years for a life of {life} years.", remedy)
    return ResearchAndDevelopment(life, section.needed("current", fields.RESEARCH_CURRENT), past)


def read_leases(adjustments: Reader) -> OperatingLeases | None:
    section = adjustments.section("operating_leases", ("commitments", "years_beyond", *fields.LEASES))
    if section is None:
        return None
    terms = {name: section.needed(name, spec) for name, spec in fields.LEASES.items()}
    beyond = section.whole("years_beyond", 0, fields.MOST_YEARS, 0)
    if terms["beyond"] > 0 and beyond == 0:
        remedy = "Give the number of years over which the lump sum is spread."
        section.report(
            "years_beyond", beyond, "There is a lump sum beyond the listed years, but no years for it.", remedy
        )
    commitments = section.numbers("commitments", fields.RESEARCH_CURRENT, fields.MOST_YEARS)
    return OperatingLeases(commitments=commitments, years_beyond=beyond, **terms)


def check_terminal(document: Reader, numbers: Mapping[str, float | None], method: str) -> None:
    """Growth for ever stays below the cost of capital; an exit multiple is there when it is asked for."""
    if method == "exit_multiple":
        if numbers["exit_multiple"] is None:
            remedy = 'Give EV/EBIT of the final year, or set terminal_method to "gordon".'
            document.report("inputs.exit_multiple", MISSING, "It is missing.", remedy)
        return
    growth, terminal = numbers["terminal_growth"], numbers["terminal_cost_of_capital"]
    name = "cost_of_capital" if terminal is None else "terminal_cost_of_capital"
    cost = numbers[name]
    if growth is None or cost is None or math.isnan(growth) or math.isnan(cost) or growth < cost:
        return
    document.report(
        "inputs.terminal_growth",
        growth,
        f"Growth for ever of {growth:.4g} is not below the terminal cost of capital {cost:.4g}: the value is infinite.",
        f"Lower terminal_growth below {cost:.4g}, or raise {name}.",
    )
