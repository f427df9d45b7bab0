"""What pairs of tickers have in common: counts, pairwise moments, and the dates on which all of them have a return."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from modeling.engines.portfolio.estimators.errors import NoVariation, TooLittleOverlap
from modeling.engines.portfolio.estimators.sample import MOST_NAMED, Array, Note, Sample
from valor.lib.errors import Problem

PAIRWISE, COMMON = "pairwise", "common"


@dataclass(frozen=True)
class PairwiseMoments:
    """Covariance and correlation per period over the dates that both tickers have, and how many those are.

    All of shape (n, n). With gaps neither matrix need be positive semi-definite.
    """

    covariance: Array
    correlation: Array
    counts: Array


def common_counts(sample: Sample) -> Array:
    """On how many dates both tickers of a pair have a return, shape (n, n); too few are refused."""
    if sample.complete:
        return np.full((len(sample.names),) * 2, float(sample.seen.shape[1]))
    counts = sample.seen @ sample.seen.T
    refuse_apart(sample, counts)
    return counts


def pairwise_moments(sample: Sample) -> PairwiseMoments:
    """Covariance (divisor one less than the count) and correlation, each pair over its own common dates and means.

    As pandas' DataFrame.cov and .corr have them. Raises TooLittleOverlap, and NoVariation for a constant ticker.
    """
    counts = common_counts(sample)
    deviations = sample.deviations
    products = deviations @ deviations.T
    if sample.complete:
        covariance = products / (counts - 1)
        refuse_constant(sample, np.diagonal(covariance))
        deviation = np.sqrt(np.diagonal(covariance))
        return PairwiseMoments(covariance, _unit(covariance / np.outer(deviation, deviation)), counts)
    sums = deviations @ sample.seen.T
    squares = deviations**2 @ sample.seen.T
    covariance = (products - sums * sums.T / counts) / (counts - 1)
    refuse_constant(sample, np.diagonal(covariance))
    variances = np.maximum((squares - sums**2 / counts) / (counts - 1), 0.0)
    scale = np.sqrt(variances * variances.T)
    correlation = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    return PairwiseMoments((covariance + covariance.T) / 2, _unit(correlation), counts)


def on_common_dates(sample: Sample) -> tuple[Sample, tuple[Note, ...]]:
    """The sample on those dates alone on which every ticker has a return, and a note where that leaves some out.

    Raises TooLittleOverlap where fewer than the sample's least remain; it names the tickers with the fewest returns.
    """
    if sample.complete:
        return sample, ()
    kept = sample.seen.all(axis=0)
    left, of = int(kept.sum()), sample.seen.shape[1]
    if left < sample.least:
        raise TooLittleOverlap(problems=_shortest(sample, left))
    only = replace(
        sample,
        returns=np.ascontiguousarray(sample.returns[:, kept]),
        seen=np.ones((len(sample.names), left)),
        market=None if sample.market is None else sample.market[kept],
        factors=None if sample.factors is None else sample.factors[:, kept],
    )
    message = f"Only the {left:,} of {of:,} dates on which every ticker has a return were used."
    return only, (Note("common_dates", message, {"used": left, "of": of}),)


def refuse_apart(sample: Sample, counts: Array) -> None:
    """Raise TooLittleOverlap with the pairs that have the fewest common returns, where those are too few."""
    first, second = np.nonzero(np.triu(counts < sample.least))
    if not len(first):
        return
    order = np.argsort(counts[first, second], kind="stable")[:MOST_NAMED]
    more = len(first) - len(order)
    problems = [_apart(sample, int(first[k]), int(second[k]), int(counts[first[k], second[k]])) for k in order]
    more = len(first) - len(order)
    raise TooLittleOverlap(
        f"{TooLittleOverlap.__doc__} ({more} further pairs, too.)" if more else "", problems=problems
    )


def refuse_constant(sample: Sample, variances: Array) -> None:
    """Raise NoVariation with every ticker whose returns never differ."""
    scale = np.maximum(np.max(np.abs(sample.returns), axis=1), 1e-300)
    constant = np.flatnonzero(~(variances > (1e-14 * scale) ** 2))
    if len(constant):
        raise NoVariation(
            problems=[
                Problem(
                    f"returns.{sample.names[row]}",
                    float(max(variances[row], 0.0)),
                    f"The returns of {sample.names[row]} are all the same.",
                    f"Leave {sample.names[row]} out, or check its prices.",
                )
                for row in constant[:MOST_NAMED]
            ]
        )


def _unit(correlation: Array) -> Array:
    clipped = np.clip((correlation + correlation.T) / 2, -1.0, 1.0)
    np.fill_diagonal(clipped, 1.0)
    return clipped


def _apart(sample: Sample, one: int, other: int, count: int) -> Problem:
    name = sample.names[one if sample.counts[one] <= sample.counts[other] else other]
    message = (
        f"{sample.names[one]} and {sample.names[other]} have {count} returns on common dates; "
        f"at least {sample.least} are needed."
    )
    return Problem(f"returns.{name}", count, message, f"Leave out {name}, or choose a period that both have.")


def _shortest(sample: Sample, left: int) -> list[Problem]:
    counts = sample.counts
    order = np.argsort(counts, kind="stable")[:3]
    return [
        Problem(
            f"returns.{sample.names[row]}",
            int(counts[row]),
            f"All tickers together have {left} common dates; at least {sample.least} are needed. "
            f"{sample.names[row]} has {int(counts[row])} returns of its own.",
            f"Leave {sample.names[row]} out, or let each pair use its own common dates (missing: pairwise).",
        )
        for row in order
    ]
