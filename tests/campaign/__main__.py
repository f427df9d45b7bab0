"""``python -m tests.campaign [COUNT] [--first SEED]``: solve, judge, count."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field

from tests.campaign.trial import Outcome, tried

DEFAULT = 5_000


@dataclass
class Summary:
    """What became of the problems."""

    ways: Counter[str] = field(default_factory=Counter)
    wrong: list[Outcome] = field(default_factory=list)
    slowest: Outcome | None = None
    worst: Outcome | None = None

    def add(self, outcome: Outcome) -> None:
        self.ways[outcome.way] += 1
        if outcome.complaint:
            self.wrong.append(outcome)
        if self.slowest is None or outcome.seconds > self.slowest.seconds:
            self.slowest = outcome
        if self.worst is None or outcome.residual > self.worst.residual:
            self.worst = outcome

    def lines(self) -> list[str]:
        assert self.slowest and self.worst
        found = [f"{count:>6}  {way}" for way, count in self.ways.most_common()]
        found.append(f"Slowest: {self.slowest.seconds * 1e3:.0f} ms, {self.slowest.stated}")
        found.append(f"Worst residual: {self.worst.residual:.2e}, {self.worst.stated}")
        found += [f"WRONG: {outcome.stated}: {outcome.complaint}" for outcome in self.wrong[:20]]
        found.append(f"{len(self.wrong)} wrong of {sum(self.ways.values())}.")
        return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description="Random portfolio problems, judged.")
    parser.add_argument("count", nargs="?", type=int, default=DEFAULT)
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    options = parser.parse_args(arguments)
    warnings.simplefilter("error", RuntimeWarning)
    summary, started = Summary(), time.monotonic()
    for seed in range(options.first, options.first + options.count):
        summary.add(tried(seed))
        if (seed - options.first) % 500 == 499:
            print(f"{seed - options.first + 1} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print("\n".join(summary.lines()))
    return 1 if summary.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
