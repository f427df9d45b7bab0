"""Every estimator there is, declared."""

from __future__ import annotations

from typing import Final

from modeling.engines.portfolio.estimators import covariances, denoised, factors, means, shrinkage
from modeling.engines.portfolio.estimators.overlap import COMMON, PAIRWISE
from modeling.engines.portfolio.estimators.registry import Estimator, Parameter, Registry

_OWN = "Each ticker over the dates it has."
_PAIRS = "Each pair over the dates both have; the matrix is then made positive semi-definite."
_CHOICE = "The dates on which every ticker has a return (common), or each pair over its own (pairwise)."

_COMPOUND = Parameter("compound", "flag", False, "Compound the returns over the year instead of adding them up.")
_SPAN = Parameter("span", "number", None, "Periods over which the weights spread; more is smoother.", 2, 100_000)
_HALF_LIFE = Parameter("half_life", "number", None, "Periods after which a return counts half.", 0.5, 100_000)
_MISSING = Parameter("missing", "choice", COMMON, "Which dates are used.", choices=(COMMON, PAIRWISE))

mean_estimators: Final = Registry(
    "mean",
    (
        Estimator("historical", "Historical mean", _OWN, means.historical, (_COMPOUND,)),
        Estimator("ewma", "Exponentially weighted mean", _OWN, means.ewma, (_SPAN, _HALF_LIFE, _COMPOUND)),
        Estimator(
            "capm",
            "Capital asset pricing model",
            "Beta over the dates that the ticker and the market have.",
            means.capm,
            (
                Parameter("market_premium", "number", None, "Expected market return above the risk-free rate.", -1, 1),
                _COMPOUND,
            ),
            needs="market",
        ),
        Estimator(
            "james_stein",
            "James-Stein mean",
            "Each ticker over the dates it has; the errors of the means over the dates each pair has.",
            means.james_stein,
            (
                Parameter(
                    "target",
                    "choice",
                    means.AVERAGE,
                    "What the means are pulled to.",
                    choices=(means.AVERAGE, means.MINIMUM_VARIANCE),
                ),
            ),
        ),
        Estimator(
            "bayes_stein",
            "Bayes-Stein mean (Jorion)",
            "Each ticker over the dates it has; the errors of the means over the dates each pair has.",
            means.bayes_stein,
        ),
    ),
)

covariance_estimators: Final = Registry(
    "covariance",
    (
        Estimator("sample", "Sample covariance", _PAIRS, covariances.sample_covariance),
        Estimator(
            "ewma", "Exponentially weighted covariance", _PAIRS, covariances.ewma_covariance, (_SPAN, _HALF_LIFE)
        ),
        Estimator("ledoit_wolf", "Ledoit-Wolf shrinkage", _CHOICE, shrinkage.ledoit_wolf, (_MISSING,)),
        Estimator(
            "constant_correlation",
            "Ledoit-Wolf shrinkage to one correlation",
            _CHOICE,
            shrinkage.constant_correlation,
            (_MISSING,),
        ),
        Estimator("oas", "Oracle approximating shrinkage", _CHOICE, shrinkage.oas, (_MISSING,)),
        Estimator(
            "factor",
            "Statistical factor model",
            _CHOICE,
            factors.principal_factors,
            (Parameter("factors", "integer", 3, "How many principal components.", 1, 1000), _MISSING),
        ),
        Estimator(
            "factor_returns",
            "Factor model on given factors",
            "Each ticker over the dates that it and every factor have.",
            factors.factor_returns,
            needs="factors",
        ),
        Estimator(
            "denoised",
            "Denoised covariance",
            _CHOICE,
            denoised.denoised,
            (Parameter("detone", "integer", 0, "How many of the largest components to remove.", 0, 100), _MISSING),
        ),
    ),
)
