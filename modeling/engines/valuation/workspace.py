"""The memory of a valuation, made once and reused for every block of trials."""

from __future__ import annotations

import numpy as np

from modeling.engines.valuation.inputs import Array, Number


class Workspace:
    """Named arrays of one value per trial, each made at its first use.

    The arithmetic below keeps numbers numbers: only where an operand is an array does it write into the named array.
    """

    def __init__(self, trials: int) -> None:
        self.trials = trials
        self._arrays: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        array = self._arrays.get(name)
        if array is None:
            array = self._arrays[name] = np.empty(self.trials)
        return array

    def full(self, name: str, number: Number) -> Array:
        """The named array, filled with a number or a copy of an array."""
        array = self[name]
        np.copyto(array, number)
        return array

    def add(self, name: str, a: Number, b: Number) -> Number:
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            return np.add(a, b, out=self[name])
        return a + b

    def subtract(self, name: str, a: Number, b: Number) -> Number:
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            return np.subtract(a, b, out=self[name])
        return a - b

    def multiply(self, name: str, a: Number, b: Number) -> Number:
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            return np.multiply(a, b, out=self[name])
        return a * b

    def divide(self, name: str, a: Number, b: Number) -> Number:
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            return np.divide(a, b, out=self[name])
        return a / b
