"""Expected returns and covariances from returns that may have gaps: each estimator states what it does with them."""

from modeling.engines.portfolio.estimators.catalogue import covariance_estimators, mean_estimators
from modeling.engines.portfolio.estimators.estimate import Estimates, estimate

__all__ = ["Estimates", "covariance_estimators", "estimate", "mean_estimators"]
