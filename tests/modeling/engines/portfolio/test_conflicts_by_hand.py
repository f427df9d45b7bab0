"""Refusals against a linear programme that is written down anew here and shares nothing with the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from modeling.engines.portfolio.constrained.objectives import MinimumRisk
from modeling.engines.portfolio.constrained.optimise import optimise
from modeling.engines.portfolio.constraints import FactorExposure, GroupBound, Leverage, Turnover, constraints_of
from modeling.engines.portfolio.infeasible import Infeasible
from modeling.engines.portfolio.problem import problem_of

Asked = dict[tuple[str, str], float]
"""Every requirement by kind and name, with its figure."""
TIGHT = 1e-9


@dataclass
class Question:
    mean: np.ndarray
    current: np.ndarray
    groups: dict[str, np.ndarray]
    loadings: np.ndarray
    asked: Asked

    def row(self, kind: str, name: str) -> tuple[np.ndarray, float]:
        """Over weights, sizes of changes and sizes of weights; and whether its figure is a least (-1) or a most (1)."""
        n = len(self.mean)
        rows: dict[str, Any] = {
            "lower": (-1, 0, lambda: np.eye(n)[int(name[1:])]),
            "upper": (1, 0, lambda: np.eye(n)[int(name[1:])]),
            "group_lower": (-1, 0, lambda: self.groups[name]),
            "group_upper": (1, 0, lambda: self.groups[name]),
            "exposure_lower": (-1, 0, lambda: self.loadings),
            "turnover": (1, n, lambda: np.full(n, 0.5)),
            "gross": (1, 2 * n, lambda: np.ones(n)),
            "target_return": (-1, 0, lambda: self.mean),
        }
        side, start, figures = rows[kind]
        whole = np.zeros(3 * n)
        whole[start : start + n] = figures()
        return whole, side

    def can_be_met(self, asked: Asked) -> bool:
        n = len(self.mean)
        eye, none = np.eye(n), np.zeros((n, n))
        above, most = [], []
        for part, origin in (([-eye, none], self.current), ([none, -eye], np.zeros(n))):
            for sign in (1, -1):  # a size is no less than what it is the size of, to either side
                above += [np.hstack([sign * eye, *part])]
                most += [sign * origin]
        even = {}
        for (kind, name), figure in asked.items():
            if kind == "budget":
                even = {"A_eq": [np.repeat([1.0, 0.0, 0.0], n)], "b_eq": [figure]}
                continue
            row, side = self.row(kind, name)
            above.append(side * row[None, :])
            most.append(np.array([side * figure + TIGHT]))
        found = linprog(
            np.zeros(3 * n), A_ub=np.vstack(above), b_ub=np.concatenate(most), bounds=[(None, None)] * 3 * n, **even
        )
        return bool(found.status == 0)


def question(seed: int) -> tuple[Question, Any]:
    random = np.random.default_rng(seed)
    n = int(random.integers(3, 6))
    names = tuple(f"A{place}" for place in range(n))
    mean, current = np.round(random.normal(0.05, 0.05, n), 3), np.round(random.dirichlet(np.ones(n)), 3)
    lower = np.round(random.choice([-0.2, 0.0, 0.1], n), 2)
    upper = np.round(np.maximum(lower, random.choice([1.0, 0.4, 0.3], n)), 2)
    members = [place for place in range(n) if random.random() < 0.5] or [0]
    ends = np.round(np.sort(random.uniform(0, 1, 2)), 2).tolist()
    loadings, least = np.round(random.normal(1, 0.5, n), 2), float(np.round(random.uniform(0.5, 1.3), 2))
    turnover, gross = float(random.choice([0.05, 0.2, 0.5])), float(random.choice([1.0, 1.3]))
    target = float(np.round(random.uniform(mean.min(), mean.max()), 3))
    group = np.zeros(n)
    group[members] = 1.0
    asked = {("lower", name): float(end) for name, end in zip(names, lower, strict=True)}
    asked |= {("upper", name): float(end) for name, end in zip(names, upper, strict=True)}
    asked |= {("budget", "budget"): 1.0, ("group_lower", "Some"): ends[0], ("group_upper", "Some"): ends[1]}
    asked |= {("exposure_lower", "beta"): least, ("turnover", "turnover"): turnover, ("gross", "gross exposure"): gross}
    asked |= {("target_return", "expected return"): target}
    constraints = constraints_of(
        GroupBound("Some", tuple(names[place] for place in members), *ends),
        FactorExposure("beta", loadings, lower=least),
        Turnover(current, turnover),
        Leverage(gross),
    )
    factor = random.normal(0, 0.1, (n, n + 3))
    problem = problem_of(mean, factor @ factor.T / n, lower=lower, upper=upper, names=names)
    return Question(mean, current, {"Some": group}, loadings, asked), lambda: optimise(
        problem, MinimumRisk(target), constraints
    )


@pytest.mark.parametrize("seed", range(16))
def test_a_refusal_is_true_irreducible_and_its_figures_work(seed: int) -> None:
    asked, answer = question(seed)
    if asked.can_be_met(asked.asked):
        assert answer().certificate.holds
        return
    with pytest.raises(Infeasible) as told:
        answer()
    conflict = told.value.conflict
    blamed = [{(item.kind, name) for name in item.names} for item in conflict]
    everything = {key: asked.asked[key] for keys in blamed for key in keys}
    assert not asked.can_be_met(everything)
    for keys in blamed:
        assert asked.can_be_met({key: figure for key, figure in everything.items() if key not in keys})
    for item in conflict:
        eased = {(item.kind, name) for name in item.relaxes}
        if item.relax_to is None:
            assert not asked.can_be_met({key: value for key, value in asked.asked.items() if key not in eased})
            continue
        assert asked.can_be_met({key: item.relax_to if key in eased else value for key, value in asked.asked.items()})
        less = item.relax_to + 0.001 * (item.value - item.relax_to)
        assert not asked.can_be_met({key: less if key in eased else value for key, value in asked.asked.items()})
