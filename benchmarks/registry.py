"""The benchmarks of this package, declared by a decorator and found by importing its modules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

Figures = dict[str, float]


@dataclass(frozen=True)
class Benchmark:
    """A named measurement; ``about`` is its sentence in the list."""

    name: str
    about: str
    measure: Callable[[], Figures]

    def run(self) -> dict[str, object]:
        figures = {label: round(float(figure), 4) for label, figure in self.measure().items()}
        return {"name": self.name, "figures": figures}


_declared: dict[str, Benchmark] = {}


def benchmark(name: str, about: str) -> Callable[[Callable[[], Figures]], Callable[[], Figures]]:
    """Declare a function that takes nothing and returns figures by label. A name may be declared once."""

    def declare(measure: Callable[[], Figures]) -> Callable[[], Figures]:
        if name in _declared and _declared[name].measure.__module__ != measure.__module__:
            raise ValueError(f"The benchmark {name} is declared twice.")
        _declared[name] = Benchmark(name, about, measure)
        return measure

    return declare


def benchmarks() -> dict[str, Benchmark]:
    """All benchmarks by name."""
    package = importlib.import_module(__package__ or "benchmarks")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_declared.items()))
