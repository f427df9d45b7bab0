"""Optimisation beyond bounds and budget: `optimise.optimise` and `optimise.frontier_points` for `objectives`."""
