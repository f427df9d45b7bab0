"""Expected returns and covariances from returns that may have gaps: each estimator states what it does with them."""
