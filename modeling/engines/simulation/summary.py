"""The result of a simulation: every statistic of the sample, and the refusal of a doubtful one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from modeling.engines.simulation.contributions import Contribution, contributions_of, correlations_of
from modeling.engines.simulation.plan import Plan
from modeling.engines.simulation.quantities import Sample
from modeling.engines.simulation.records import Records, pooled_moments
from modeling.engines.simulation.sentence import sentence_of
from modeling.engines.simulation.spec import SimulationSpec
from modeling.engines.simulation.statistics import (
    Histogram,
    convergence,
    histogram_of,
    most_likely,
    standard_errors,
)
from valor.lib.errors import InvalidInput

MOST_FLOORED: Final = 0.01
NOTED_FLOORED: Final = 0.001


@dataclass(frozen=True)
class SimulationResult:
    """What the trials say about the value per share, in the currency of the model.

    ``standard_error`` names every statistic that has one; ``probability_above_price`` is None, with the reason, when
    there is no price. Nothing in it is ever NaN or infinite.
    """

    trials: int
    seed: int
    sampler: str
    mean: float
    sd: float
    standard_error: dict[str, float]
    percentiles: dict[str, float]
    histogram: Histogram
    price: float | None
    probability_above_price: float | None
    probability_reason: str
    expected_shortfall: float
    most_likely: float
    negative_share: float
    floored_share: float
    contributions: tuple[Contribution, ...]
    correlations: dict[str, Any]
    convergence: list[dict[str, float | int]]
    warnings: tuple[dict[str, str], ...]
    sentence: str

    def as_dict(self, seconds: float | None = None) -> dict[str, Any]:
        """The summary as JSON; ``seconds`` is what the caller measured, for the engine has no clock."""
        summary = asdict(self)
        summary["histogram"] = {
            "edges": list(self.histogram.edges),
            "counts": list(self.histogram.counts),
            "below": self.histogram.below,
            "above": self.histogram.above,
        }
        summary["expected_shortfall"] = {"p5": self.expected_shortfall}
        summary["contributions"] = [asdict(contribution) for contribution in self.contributions]
        summary["warnings"] = [dict(warning) for warning in self.warnings]
        summary["seconds"] = seconds
        return summary


def summarise(
    spec: SimulationSpec, plan: Plan, correlated: Sequence[int], records: Records, sample: Sample
) -> SimulationResult:
    """Reduce the records of all segments, in their order, and read the sample."""
    floored = int(records["floored"].sum())
    mean, sd = pooled_moments(records)
    found = sample.pooled()
    histogram, fine = histogram_of(sample, found.ends)
    groups = [records[g.first_segment : g.first_segment + g.segments] for g in plan.groups]
    chance = None if spec.price is None else float(records["above"].sum() / spec.trials)
    negative_share = float(records["not_positive"].sum() / spec.trials)
    mode = most_likely(histogram, fine, sd)
    return SimulationResult(
        trials=spec.trials,
        seed=spec.seed,
        sampler=spec.sampler,
        mean=mean,
        sd=sd,
        standard_error=standard_errors(groups, sample, priced=spec.price is not None),
        percentiles=found.percentiles,
        histogram=histogram,
        price=spec.price,
        probability_above_price=chance,
        probability_reason="" if spec.price is not None else "There is no market price to compare with.",
        expected_shortfall=found.expected_shortfall,
        most_likely=mode,
        negative_share=negative_share,
        floored_share=floored / spec.trials,
        contributions=contributions_of(spec.names, correlated, records, mean, sd),
        correlations=correlations_of(spec.names, correlated, spec.correlation, records),
        convergence=convergence(groups),
        warnings=_warnings(floored / spec.trials),
        sentence=sentence_of(
            p10=found.percentiles["p10"],
            p90=found.percentiles["p90"],
            most_likely=mode,
            negative_share=negative_share,
            price=spec.price,
            chance=chance,
        ),
    )


def refuse_doubtful(trials: int, floored: int, failed: int, suspect: str | None) -> None:
    """Raise InvalidInput when trials have no finite value, or too many only a floored one."""
    if failed:
        field = f"uncertainty.{suspect}" if suspect else "uncertainty"
        likely = f" Where it fails {suspect} stands out most." if suspect else ""
        message = f"In {failed:,} of {trials:,} trials the value is not a finite number.{likely}"
        raise InvalidInput.at(field, failed, message, "Narrow the distribution, or give it lower and upper bounds.")
    share = floored / trials
    if share > MOST_FLOORED:
        message = (
            f"In {share:.1%} of the trials terminal growth comes too close to the terminal cost of capital, "
            f"where the value has no limit; at most {MOST_FLOORED:.0%} may."
        )
        remedy = "Narrow or bound the distributions of terminal growth and the cost of capital, or correlate them."
        raise InvalidInput.at("uncertainty", share, message, remedy)


def suspect(names: Sequence[str], records: Records) -> str | None:
    """The driver that stands out most where the value failed."""
    suspicion = np.abs(records["suspicion"].sum(axis=0))
    return names[int(np.argmax(suspicion))] if suspicion.max() > 0 else None


def _warnings(floored_share: float) -> tuple[dict[str, str], ...]:
    if floored_share <= NOTED_FLOORED:
        return ()
    message = (
        f"In {floored_share:.2%} of the trials terminal growth was lowered to keep the minimum spread below the "
        "terminal cost of capital; the upper percentiles depend on that spread."
    )
    remedy = "Bound terminal growth from above or the cost of capital from below."
    return ({"code": "floored_spread", "field": "uncertainty", "message": message, "remedy": remedy},)
