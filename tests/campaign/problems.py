"""Random mean-variance problems of many families, each made from one seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.engines.portfolio.problem import MeanVariance, problem_of

SIZES = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50, 80, 120)
LARGE = (200, 300, 450, 600)
LARGE_EVERY = 60  # a large problem takes as long as dozens of small ones
SCALES = (1e-8, 1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e4)
COVARIANCES = ("factor", "diffuse", "singular", "constant", "blocks", "duplicates", "cash", "unequal", "indefinite")
MEANS = ("normal", "rounded", "tied_top", "two_values", "equal", "near_ties", "zero", "negative", "huge_spread")
BOUNDS = (
    *("long_only", "capped", "tight", "shorts", "mixed", "fixed", "near_infeasible", "infeasible", "one_point"),
    *("wide", "neutral", "exact_fill", "money"),
)


@dataclass(frozen=True)
class Stated:
    """A problem and what it was made of."""

    seed: int
    problem: MeanVariance
    covariance: str
    means: str
    bounds: str
    rounded: bool

    def __str__(self) -> str:
        parts = (self.covariance, self.means, self.bounds, *(["rounded"] if self.rounded else []))
        return f"seed {self.seed}, {self.problem.size} assets: {', '.join(parts)}"


def stated(seed: int) -> Stated:
    """The problem of one seed."""
    rng = np.random.default_rng((20_131_107, seed))
    sizes = LARGE if seed % LARGE_EVERY == LARGE_EVERY - 1 else SIZES
    n = int(rng.choice(sizes))
    weights = [1.0] * (len(COVARIANCES) - 1) + [0.3]
    kind = str(rng.choice(COVARIANCES, p=np.array(weights) / sum(weights)))
    means, bounds = str(rng.choice(MEANS)), str(rng.choice(BOUNDS))
    covariance = covariance_of(kind, n, rng)
    mean = mean_of(means, n, rng)
    lower, upper, budget = bounds_of(bounds, n, rng)
    rounded = bool(rng.random() < 0.25) and kind not in ("singular", "duplicates", "cash", "indefinite")
    if rounded:
        covariance, mean = np.round(covariance, 4), np.round(mean, 3)
    scale = float(rng.choice(SCALES))
    mean_scale = scale**0.5 if rng.random() < 0.7 else float(rng.choice(SCALES)) ** 0.5
    problem = problem_of(mean * mean_scale, covariance * scale, lower=lower, upper=upper, budget=budget)
    return Stated(seed, problem, kind, means, bounds, rounded)


def covariance_of(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """Variances of the size of one tenth."""
    deviations = rng.uniform(0.1, 0.6, n)
    days = {"singular": max(2, n // 2)}.get(kind, 3 * n + 10)
    noise = rng.normal(size=(n, days))
    if kind in ("factor", "singular", "duplicates"):
        noise += np.outer(rng.uniform(0.3, 1.5, n), rng.normal(size=days))
    if kind == "blocks":
        groups = rng.integers(0, min(n, max(2, n // 5)), n)
        noise = 0.3 * noise + rng.normal(size=(n, days))[groups]
    if kind == "constant":
        correlation = rng.choice([0.0, 0.2, 0.9, 0.999])
        shape = np.full((n, n), correlation) + (1 - correlation) * np.eye(n)
        deviations = np.full(n, 0.3) if rng.random() < 0.3 else deviations
        return shape * np.outer(deviations, deviations)
    if kind == "unequal":
        deviations = 10.0 ** rng.uniform(-3, 0, n)
    returns = noise * deviations[:, None]
    if kind == "duplicates":
        returns = returns[rng.integers(0, max(1, (2 * n) // 3), n)]
    if kind == "cash":
        returns[rng.integers(n)] = 0.0
    covariance = np.cov(returns).reshape(n, n)
    if kind == "indefinite":
        values, vectors = np.linalg.eigh(covariance)
        values[0] = -float(rng.choice([1e-6, 1e-3, 0.1])) * values[-1]
        covariance = (vectors * values) @ vectors.T
    return (covariance + covariance.T) / 2


def mean_of(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    mean = rng.normal(0.08, 0.06, n)
    if kind == "rounded":
        return np.round(mean, 2)
    if kind == "tied_top":
        mean[np.argsort(mean)[-max(2, n // 4) :]] = mean.max()
    if kind == "two_values":
        return rng.choice([0.04, 0.09], n)
    if kind == "equal":
        return np.full(n, 0.07)
    if kind == "near_ties":
        return 0.07 + rng.normal(size=n) * 10.0 ** rng.uniform(-14, -6)
    if kind == "zero":
        return np.zeros(n)
    if kind == "negative":
        return -np.abs(mean)
    if kind == "huge_spread":
        return mean * 10.0 ** rng.uniform(-6, 2, n)
    return mean


def bounds_of(kind: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Lower and upper bounds and the budget."""
    if kind in ("shorts", "wide", "neutral"):
        depth, height = {"shorts": (rng.choice([0.05, 0.3, 1.0]), 1.0), "neutral": (1.0, 1.0)}.get(
            kind, (rng.choice([10.0, 100.0]), rng.choice([10.0, 100.0]))
        )
        return np.full(n, -depth), np.full(n, height), 0.0 if kind == "neutral" else 1.0
    if kind == "money":
        return np.zeros(n), np.full(n, 1e4 * max(0.2, 1.5 / n)), 1e4
    if kind in ("near_infeasible", "infeasible", "one_point", "exact_fill"):
        return (*scarce(kind, n, rng), 1.0)
    lower, upper = np.zeros(n), np.ones(n)
    if kind == "capped":
        upper[:] = max(0.1, 1.5 / n)
    elif kind == "tight":
        lower, upper = np.full(n, 0.9 / n), 1 / n + rng.uniform(0, 0.2 / n, n)
    elif kind == "mixed":
        lower, upper = rng.uniform(-0.2, 0.5 / n, n), rng.uniform(1.0 / n, 1.2, n)
    elif kind == "fixed":
        some = rng.random(n) < 0.4
        lower[some] = upper[some] = rng.uniform(0, 1.0 / n, int(some.sum()))
        upper[rng.integers(n)] = 1.0
    return lower, upper, 1.0


def scarce(kind: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Bounds that leave little room for a budget of one, a single portfolio, or none."""
    lower, upper = np.zeros(n), np.ones(n)
    if kind == "near_infeasible":
        upper = rng.uniform(0.5, 1.5, n)
        upper *= (1 + rng.choice([0.0, 1e-15, 1e-12, 1e-10, 1e-6, -1e-12])) / upper.sum()
    elif kind == "infeasible" and n > 1 and rng.random() < 0.5:
        lower[:] = 1.01 / n
    elif kind == "infeasible":
        upper[:] = rng.uniform(0.3, 0.99) / n
    elif kind == "one_point":
        lower = rng.uniform(0, 1, n)
        lower /= lower.sum()
    else:
        upper[:] = 1.0 / max(1, n // 2)
    return lower, upper
