"""The halves of the benchmark `prices`: each module here has ``figures()``, which measures its own."""
