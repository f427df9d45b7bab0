"""The benchmarks of this package, declared by a decorator and found by importing its modules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Figures = dict[str, float]
Measure = Callable[..., Figures]


@dataclass(frozen=True)
class Benchmark:
    """A named measurement; ``about`` is its sentence in the list.

    ``needs`` says of each option that it cannot do without, by the argument's name, what it is.
    """

    name: str
    about: str
    measure: Measure
    needs: Mapping[str, str] = field(default_factory=dict)

    def lacks(self, options: Mapping[str, Any]) -> list[str]:
        """A sentence for each option that is needed and not given."""
        missing = [name for name in self.needs if options.get(name) is None]
        return [f"The benchmark {self.name} needs --{name}: {self.needs[name]}." for name in missing]

    def run(self, options: Mapping[str, Any] | None = None) -> dict[str, object]:
        given = {name: (options or {})[name] for name in self.needs}
        figures = {label: rounded(float(figure)) for label, figure in self.measure(**given).items()}
        return {"name": self.name, "figures": figures}


def rounded(figure: float) -> float:
    """To four decimals; a smaller figure to four digits, since some are held to a millionth."""
    return round(figure, 4) if abs(figure) >= 1e-3 else float(f"{figure:.4g}")


class Unusable(Exception):
    """What an option names can't be used; the message says why and what would do."""


_declared: dict[str, Benchmark] = {}


def benchmark(name: str, about: str, needs: Mapping[str, str] | None = None) -> Callable[[Measure], Measure]:
    """Declare a function that takes what it needs and returns figures by label. A name may be declared once."""

    def declare(measure: Measure) -> Measure:
        if name in _declared and _declared[name].measure.__module__ != measure.__module__:
            raise ValueError(f"The benchmark {name} is declared twice.")
        _declared[name] = Benchmark(name, about, measure, needs or {})
        return measure

    return declare


def benchmarks() -> dict[str, Benchmark]:
    """All benchmarks by name."""
    package = importlib.import_module(__package__ or "benchmarks")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_declared.items()))
