"""How fast the product is, as ratios taken in one run: ``python -m benchmarks NAME --json``.

Each module of this package that declares a ``@benchmark`` is found by itself. A benchmark takes nothing and returns its
figures by label; figures are ratios of times taken side by side wherever possible, because a time alone says as much
about the machine and its other work as about the code.
"""
