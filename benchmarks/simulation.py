"""The simulation against the bare random numbers that it needs.

The unit is the time of drawing 4,000,000 standard normals by NumPy's SFC64 generator into a reused buffer. Over it:

rng_ratio
    1,000,000 trials of a ten-year, three-stage DCF with four uncertain drivers (three normal, one lognormal, two
    correlated), pseudo-random: draw, correlate, transform, value, store. Not in it: the summary.
rng_ratio_sobol, rng_ratio_mixed, rng_ratio_tesla
    The same with Sobol points; with PERT and triangular drivers; for Tesla in 2013 (losses carried forward, a chance of
    failure, employee options, nine drivers).
summary_ratio
    What the whole run takes beyond `rng_ratio_sobol`: bins for the contributions, moments, correlations, percentiles
    with standard errors, histogram, convergence.
counted_ratio
    A whole run that counts its outcomes (4,000,016 trials, just above the limit) over one that keeps them (4,000,000).
peak_extra_mb
    Most memory that the whole run of 1,000,000 trials holds besides the stored outcomes, in megabytes.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.registry import Figures, benchmark
from benchmarks.timing import median_ratios
from modeling.engines.simulation.distributions import Distribution, Lognormal, Normal, Pert, Triangular
from modeling.engines.simulation.plan import GROUPS
from modeling.engines.simulation.simulate import Simulation
from modeling.engines.simulation.spec import KEPT_TRIALS, SimulationSpec
from modeling.engines.valuation.inputs import DcfInputs, EmployeeOptions
from modeling.engines.valuation.trials import TrialModel

TRIALS = 1_000_000
SEED = 20_130_630

Drivers = Sequence[tuple[str, Distribution]]

COMPANY = DcfInputs(
    base_revenue=1_000.0,
    base_ebit=100.0,
    growth=0.10,
    terminal_growth=0.025,
    operating_margin=0.15,
    sales_to_capital=2.0,
    tax_rate=0.22,
    terminal_tax_rate=0.27,
    cost_of_capital=0.095,
    terminal_cost_of_capital=0.08,
    debt=300.0,
    cash=120.0,
    shares=100.0,
    high_growth_years=5,
    fade_years=5,
    margin_ramp_years=5,
)
PLAIN: Drivers = (
    ("growth", Normal(0.10, 0.03)),
    ("operating_margin", Normal(0.15, 0.02)),
    ("sales_to_capital", Lognormal(2.0, 0.3)),
    ("cost_of_capital", Normal(0.095, 0.006)),
)
MIXED: Drivers = (
    ("growth", Pert(0.02, 0.09, 0.20)),
    ("operating_margin", Triangular(0.08, 0.15, 0.20)),
    ("sales_to_capital", Pert(1.2, 2.0, 3.0)),
    ("cost_of_capital", Triangular(0.08, 0.095, 0.115)),
)
TESLA = DcfInputs(
    base_revenue=1_328.696,
    base_ebit=-21.857,
    net_operating_losses=1_070.0,
    growth=0.70,
    terminal_growth=0.0275,
    operating_margin=0.125,
    sales_to_capital=1.41,
    tax_rate=0.0,
    terminal_tax_rate=0.35,
    cost_of_capital=0.1003,
    terminal_cost_of_capital=0.08,
    terminal_roic=0.08,
    failure_probability=0.10,
    failure_proceeds=0.5,
    debt=578.74,
    cash=201.89,
    shares=121.45,
    high_growth_years=5,
    fade_years=5,
    margin_ramp_years=10,
    price=168.76,
    employee_options=EmployeeOptions(
        count=25.008, strike=21.2, maturity=3.495, volatility=0.5, risk_free=0.0275, valued="at_price"
    ),
)
TESLA_DRIVERS: Drivers = (
    ("growth", Normal(0.70, 0.10)),
    ("operating_margin", Normal(0.125, 0.025)),
    ("sales_to_capital", Lognormal(1.41, 0.2)),
    ("cost_of_capital", Normal(0.1003, 0.008, lower=0.06)),
    ("terminal_growth", Triangular(0.02, 0.0275, 0.035)),
    ("terminal_cost_of_capital", Normal(0.08, 0.005, lower=0.055)),
    ("terminal_roic", Pert(0.06, 0.08, 0.14)),
    ("failure_probability", Pert(0.0, 0.10, 0.30)),
    ("failure_proceeds", Triangular(0.2, 0.5, 0.8)),
)


def simulation_of(company: DcfInputs, drivers: Drivers, sampler: str, trials: int = TRIALS) -> Simulation:
    """A run in which the first two drivers are correlated by 0.5."""
    correlation = np.eye(len(drivers))
    correlation[0, 1] = correlation[1, 0] = 0.5
    spec = SimulationSpec(tuple(drivers), correlation, trials, SEED, sampler, company.price)
    return Simulation(spec, TrialModel(company, [name for name, _ in drivers]))


class BareNormals:
    """4,000,000 normals in blocks, every block into the same buffer."""

    def __init__(self) -> None:
        self._generator = np.random.Generator(np.random.SFC64(SEED))
        self._buffer = np.empty(16_000)

    def __call__(self) -> None:
        for _ in range(4 * TRIALS // len(self._buffer)):
            self._generator.standard_normal(out=self._buffer)


@benchmark("simulation", "a million trials against the bare random numbers, and the memory they take")
def measure() -> Figures:
    plain = simulation_of(COMPANY, PLAIN, "pseudo_random")
    sobol = simulation_of(COMPANY, PLAIN, "sobol")
    mixed = simulation_of(COMPANY, MIXED, "pseudo_random")
    tesla = simulation_of(TESLA, TESLA_DRIVERS, "pseudo_random")
    ratios = median_ratios(
        BareNormals(),
        {
            "rng_ratio": plain.outcomes,
            "rng_ratio_sobol": sobol.outcomes,
            "rng_ratio_mixed": mixed.outcomes,
            "rng_ratio_tesla": tesla.outcomes,
            "whole": sobol.run,
        },
    )
    whole = ratios.pop("whole")
    return {
        **ratios,
        "summary_ratio": whole - ratios["rng_ratio_sobol"],
        "counted_ratio": counted_ratio(),
        "peak_extra_mb": peak_extra_mb(sobol),
    }


def counted_ratio() -> float:
    """Fewer pairs than elsewhere: each call takes four times as long."""
    kept = simulation_of(COMPANY, PLAIN, "sobol", KEPT_TRIALS)
    counted = simulation_of(COMPANY, PLAIN, "sobol", KEPT_TRIALS + GROUPS)
    return median_ratios(kept.run, {"counted": counted.run}, pairs=7)["counted"]


def peak_extra_mb(simulation: Simulation) -> float:
    """NumPy reports its arrays to tracemalloc, so this is what the run holds at its worst, exactly."""
    tracemalloc.start()
    try:
        fresh = Simulation(replace(simulation.spec), simulation.model)
        fresh.run()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return (peak - 8 * TRIALS) / 1e6
