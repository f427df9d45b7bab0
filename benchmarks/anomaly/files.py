"""Reads a folder of labelled series: ``windows.json`` and the CSV files that it names."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.anomaly.scoring import Labelled
from benchmarks.registry import Unusable

LABELS = "windows.json"


def labelled(folder: Path) -> list[Labelled]:
    """All series that ``windows.json`` names, by name."""
    if not (folder / LABELS).is_file():
        raise Unusable(
            f"There is no {LABELS} in {folder}: name a folder with labelled series of the Numenta benchmark."
        )
    labels: dict[str, list[list[str]]] = json.loads((folder / LABELS).read_text())
    return [series(folder / name, name, windows) for name, windows in sorted(labels.items())]


def series(path: Path, name: str, windows: list[list[str]]) -> Labelled:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    times = np.array([seconds(row["timestamp"]) for row in rows])
    values = np.array([float(row["value"]) for row in rows])
    spans = []
    for first, last in windows:
        # The edges are points of the series; where the clocks went back, the first of its name is meant.
        left, right = (int(np.flatnonzero(times == seconds(edge))[0]) for edge in (first, last))
        spans.append((left, right))
    return Labelled(name, times, values, tuple(spans))


def seconds(text: str) -> float:
    """Without a zone in the files, all in the same one."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
