"""The result of a simulation: every statistic of the sample, and the refusal of a doubtful one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from modeling.engines.simulation.contributions import Contribution, contributions_of, correlations_of
from modeling.engines.simulation.partial import Partial
from modeling.engines.simulation.sampling import Block
from modeling.engines.simulation.sentence import sentence_of
from modeling.engines.simulation.statistics import (
    Histogram,
    convergence,
    group_slices,
    histogram_of,
    most_likely,
    pooled_moments,
    quantities,
    standard_errors,
)
from valor.lib.errors import InvalidInput

if TYPE_CHECKING:
    from modeling.engines.simulation.simulate import SimulationSpec

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
    spec: SimulationSpec, blocks: Sequence[Block], correlated: Sequence[int], whole: Partial
) -> SimulationResult:
    """Reduce the readings of all blocks, in block order."""
    floored = int(whole.floored.sum())
    refuse_doubtful(spec.trials, floored, int(whole.failed.sum()), _suspect(spec, whole))
    outcomes, price = whole.outcomes, spec.price
    mean, sd = pooled_moments(whole.moments, [block.size for block in blocks])
    found = quantities(outcomes)
    histogram, fine = histogram_of(outcomes, found.ends)
    groups = group_slices(blocks)
    chance = None if price is None else float(np.count_nonzero(outcomes > price)) / spec.trials
    # Exactly zero is what limited liability leaves of a negative value; without it no trial is.
    negative_share = float(np.count_nonzero(outcomes <= 0)) / spec.trials
    mode = most_likely(histogram, fine, sd)
    return SimulationResult(
        trials=spec.trials,
        seed=spec.seed,
        sampler=spec.sampler,
        mean=mean,
        sd=sd,
        standard_error=standard_errors(outcomes, groups, price),
        percentiles=found.percentiles,
        histogram=histogram,
        price=price,
        probability_above_price=chance,
        probability_reason="" if price is not None else "There is no market price to compare with.",
        expected_shortfall=found.expected_shortfall,
        most_likely=mode,
        negative_share=negative_share,
        floored_share=floored / spec.trials,
        contributions=contributions_of(spec.names, correlated, whole, mean, sd),
        correlations=correlations_of(spec.names, correlated, spec.correlation, blocks, whole),
        convergence=convergence(outcomes, groups),
        warnings=_warnings(floored / spec.trials),
        sentence=sentence_of(
            p10=found.percentiles["p10"],
            p90=found.percentiles["p90"],
            most_likely=mode,
            negative_share=negative_share,
            price=price,
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


def _suspect(spec: SimulationSpec, whole: Partial) -> str | None:
    suspicion = np.abs(whole.suspicion.sum(axis=0))
    return spec.names[int(np.argmax(suspicion))] if suspicion.max() > 0 else None


def _warnings(floored_share: float) -> tuple[dict[str, str], ...]:
    if floored_share <= NOTED_FLOORED:
        return ()
    message = (
        f"In {floored_share:.2%} of the trials terminal growth was lowered to keep the minimum spread below the "
        "terminal cost of capital; the upper percentiles depend on that spread."
    )
    remedy = "Bound terminal growth from above or the cost of capital from below."
    return ({"code": "floored_spread", "field": "uncertainty", "message": message, "remedy": remedy},)
