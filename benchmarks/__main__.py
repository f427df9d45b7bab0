"""``python -m benchmarks [NAME | all] [--data DIR] [--json] [--list]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

# One thread, and before NumPy is imported anywhere: the figures compare single-threaded work.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from benchmarks.registry import Benchmark, Unusable, benchmarks  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the product, as ratios.")
    parser.add_argument("name", nargs="?", default="all", help="one benchmark, or all (the default)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder of labelled series, for anomalies")
    parser.add_argument("--json", action="store_true", help="one JSON document per benchmark and line")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    options = parser.parse_args(arguments)
    known = benchmarks()
    if options.list:
        for item in known.values():
            print(f"{item.name:<20} {item.about}")
        return 0
    if options.name != "all" and options.name not in known:
        print(f"There is no benchmark {options.name}: choose one of {', '.join(known)}, or all.", file=sys.stderr)
        return 2
    if options.name != "all":
        return run(known[options.name], vars(options))
    return max([run(item, vars(options), skip=True) for item in known.values()])


def run(item: Benchmark, options: dict[str, Any], skip: bool = False) -> int:
    """Prints the figures; 2 where what the benchmark needs is missing, or 0 if it may be skipped for that."""
    if lacks := item.lacks(options):
        print(*lacks, *(["It is skipped."] if skip else []), file=sys.stderr)
        return 0 if skip else 2
    try:
        result = item.run(options)
    except Unusable as reason:
        print(reason, file=sys.stderr)
        return 2
    print(json.dumps(result) if options["json"] else table(result), flush=True)
    return 0


def table(result: dict[str, object]) -> str:
    """The figures below each other."""
    figures = result["figures"]
    assert isinstance(figures, dict)
    width = max(len(label) for label in figures)
    lines = [f"  {label:<{width}}  {figure:>10,.3f}" for label, figure in figures.items()]
    return "\n".join([str(result["name"]), *lines])


if __name__ == "__main__":
    sys.exit(main())
