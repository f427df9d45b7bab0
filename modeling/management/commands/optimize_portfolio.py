"""One file of prices, or one portfolio document, into the best portfolio."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from modeling.management.documents import DocumentCommand, read, table

MOST_BYTES = 200 * 1024 * 1024
MOST_SHOWN = 40
# What stands in the document under which path, by the command's option.
PLACES = {
    "objective": ("objective", "method"),
    "target_return": ("objective", "return"),
    "target_risk": ("objective", "risk"),
    "risk_aversion": ("objective", "risk_aversion"),
    "beta": ("objective", "beta"),
    "points": ("objective", "points"),
    "min_weight": ("bounds", "lower"),
    "max_weight": ("bounds", "upper"),
    "risk_free": ("risk_free",),
    "mean": ("estimators", "mean"),
    "covariance": ("estimators", "covariance"),
    "benchmark": ("benchmark",),
    "first": ("prices", "from"),
    "last": ("prices", "to"),
    "frequency": ("prices", "frequency"),
}


class Command(DocumentCommand):
    help = (
        "Optimises a portfolio: FILE holds prices of many tickers (CSV, also packed; Excel; Parquet), or a portfolio "
        "document (JSON). Options replace what the document says."
    )

    file = ""  # that of the prices, where it is one

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        add = parser.add_argument
        add("--objective", help="min_variance, max_sharpe (default), frontier, risk_parity, hrp, min_cvar, ...")
        add("--min-weight", type=number, help="of each asset (0); below zero allows short positions")
        add("--max-weight", type=number, help="of each asset (1)")
        add("--risk-free", type=number, help="decimal per year, such as 0.02 (0)")
        add("--target-return", type=number, help="decimal per year, for the objective target_return")
        add("--target-risk", type=number, help="volatility per year, for the objective target_risk")
        add("--risk-aversion", type=number, help="for the objective max_utility (2.5)")
        add("--beta", type=number, help="level of the expected shortfall, for min_cvar (0.95)")
        add("--points", type=whole, help="of the frontier (50)")
        add("--mean", help="how expected returns are estimated: historical, ewma, capm, james_stein, bayes_stein")
        add("--covariance", help="sample, ewma, ledoit_wolf, oas, factor, denoised")
        add("--benchmark", help="the ticker of the market: not held, but compared with")
        add("--first", metavar="DATE", help="the first day looked at, YYYY-MM-DD")
        add("--last", metavar="DATE", help="the last day looked at, YYYY-MM-DD")
        add("--frequency", help="own (default), daily, weekly or monthly returns")
        add("--view", action="append", metavar="VIEW", default=[], help="AAPL=0.08, AAPL=0.08@0.5 or BBY>WMT=0.02@0.4")
        add("--user", metavar="NAME", help="whose price sets and runs the document may name; else only shared ones")

    def load(self, name: str) -> dict[str, Any]:
        """The document of the file; prices become one that holds them."""
        data = read(name, MOST_BYTES)
        if data.lstrip()[:1] == b"{":
            from modeling.codecs import load_json

            return load_json(data)
        from modeling.portfolios.files import document_of

        self.file = Path(name).name
        return document_of(data, self.file)

    def answer(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        from modeling.portfolios.request import request_of

        with quiet():
            return request_of(changed(document, options), user_named(options["user"])).answer()

    def readable(self, answer: Mapping[str, Any]) -> str:
        blocks = [point_lines(answer["points"])] if "points" in answer else [head(answer), weight_lines(answer)]
        return "\n\n".join("\n".join(block) for block in [*blocks, rest(answer, self.file)])


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing on the standard output of this process: a solver written in C may print there, past Python's own.

    What it prints goes to the standard error, so that the answer alone is what a pipe gets.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        flush_c()
        os.dup2(kept, 1)
        os.close(kept)


def flush_c() -> None:
    """What C has buffered for its standard output goes where that leads now; where there is no C library, nothing."""
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).fflush(None)


def changed(document: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the options in their places."""
    found = dict(document)
    if options["view"]:
        stated = found.get("views") or {}
        found["views"] = {**stated, "views": [*(stated.get("views") or []), *map(view_of, options["view"])]}
    found.setdefault("objective", {"method": "max_sharpe"})
    for option, (place, *key) in PLACES.items():
        value = options[option]
        if value is None:
            continue
        if key:
            section = found.get(place)
            stated = {"method": section} if isinstance(section, str) else section or {}
            found[place] = {**stated, key[0]: value}
        else:
            found[place] = value
    return found


def view_of(text: str) -> dict[str, Any]:
    """A view as the document states it: ``ASSET=RETURN``, ``LONG>SHORT=RETURN``, each with ``@CONFIDENCE`` or not."""
    sides, _, figures = text.rpartition("=")
    value, _, confidence = figures.partition("@")
    long, over, short = (part.strip() for part in sides.partition(">"))
    who = {"kind": "relative", "long": long, "short": short} if over else {"kind": "absolute", "asset": long}
    return {**who, "return": number(value), "confidence": number(confidence) if confidence else None}


def user_named(name: str | None) -> Any:
    """The person, or nobody, who sees what is shared. Raises InvalidInput."""
    from django.contrib.auth.models import AnonymousUser, User

    from valor.lib.errors import InvalidInput

    if name is None:
        return AnonymousUser()
    found = User.objects.filter(username=name).first()
    if found is None:
        raise InvalidInput.at("user", name, "There is no such user.", "Give the name somebody signs in with.")
    return found


def head(answer: Mapping[str, Any]) -> list[str]:
    sharpe = "none" if answer["sharpe"] is None else f"{answer['sharpe']:.3f}"
    return [
        f"{answer['objective']}, by {answer['method']}: {proof_of(answer)}",
        f"Expected return {answer['expected_return']:.2%}, volatility {answer['volatility']:.2%}, Sharpe {sharpe}",
    ]


def proof_of(answer: Mapping[str, Any]) -> str:
    """How the answer is known to be the best, if it is."""
    if answer["certificate"] is None:
        return "not an optimum that conditions could prove"
    if answer["details"].get("proven_optimal") is False:
        return f"not proved optimal, another choice of assets may be up to {answer['details']['gap']:.1%} better"
    return "proved optimal to 1e-8" if answer["certificate"]["holds"] else "not proved optimal"


def weight_lines(answer: Mapping[str, Any]) -> list[str]:
    shares = (answer["risk"] or {}).get("share", {})
    ranked = sorted(answer["weights"].items(), key=lambda pair: -abs(pair[1]))
    lines = [["Asset", "weight", "of the risk"]]
    lines += [[name, f"{weight:.2%}", f"{shares.get(name, 0.0):.2%}"] for name, weight in ranked[:MOST_SHOWN]]
    more = len(ranked) - MOST_SHOWN
    return table(lines) + ([f"and {more} more"] if more > 0 else [])


def point_lines(points: list[Mapping[str, Any]]) -> list[str]:
    lines = [["Point", "expected return", "volatility", "assets held"]]
    lines += [
        [str(place), f"{point['expected_return']:.2%}", f"{point['volatility']:.2%}", str(len(point["weights"]))]
        for place, point in enumerate(points, 1)
    ]
    return table(lines)


def rest(answer: Mapping[str, Any], file: str) -> list[str]:
    estimates, data = answer["estimates"], answer["data"]
    lines = [f"Mean: {estimates['mean_method']}. Covariance: {estimates['covariance_method']}."]
    if data:
        lines.append(f"{data['returns']:,} returns from {data['from']} to {data['to']}, {file or data['source']}.")
    return [*lines, *estimates["notes"]]


def number(text: str) -> Any:
    """A decimal; anything else goes on as it is, to be refused by name."""
    try:
        return float(text)
    except ValueError:
        return text


def whole(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text
