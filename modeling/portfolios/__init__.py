"""From a portfolio document to its answer: the data it names, its estimates, the solver, and the answer as JSON."""
