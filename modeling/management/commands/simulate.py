"""One valuation document into the distribution of its value per share, in the foreground."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any

from modeling.management.documents import DocumentCommand, table, warning_lines

DEFAULT_TRIALS = 1_000_000
DEFAULT_SEED = 1
BAR = 30


class Command(DocumentCommand):
    help = "Simulates a company's value per share over the uncertain drivers of a valuation document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--trials", type=whole, default=DEFAULT_TRIALS, help="1,000 to 1,000,000,000 (1,000,000)")
        parser.add_argument("--seed", type=whole, default=DEFAULT_SEED, help="the same seed, the same result (1)")
        parser.add_argument("--sampler", default="sobol", help="sobol (default), latin_hypercube or pseudo_random")

    def answer(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        from modeling.codecs import parse_document, simulation_of

        model = parse_document(document)
        simulation = simulation_of(model, options["trials"], options["seed"], options["sampler"])
        started = time.perf_counter()
        result = simulation.run(progress=self.progress_bar())
        return {**result.as_dict(seconds=time.perf_counter() - started), "currency": model.currency}

    def progress_bar(self) -> Callable[[int, int], None] | None:
        """A bar on the terminal; nothing where the errors go into a file."""
        if not self.stderr.isatty():
            return None

        def show(done: int, total: int) -> None:
            full = BAR * done // total
            end = "\r\033[K" if done == total else ""
            self.stderr.write(f"\r[{'#' * full}{' ' * (BAR - full)}] {done:,} of {total:,} trials{end}", ending="")
            self.stderr.flush()

        return show

    def readable(self, answer: Mapping[str, Any]) -> str:
        currency, error = answer["currency"], answer["standard_error"]
        moments = [
            ["  Mean", f"{answer['mean']:,.2f}", f"standard error {error['mean']:.3g}"],
            ["  Standard deviation", f"{answer['sd']:,.2f}", f"standard error {error['sd']:.3g}"],
        ]
        ranks = [[f"  {name}", f"{figure:,.2f}"] for name, figure in answer["percentiles"].items()]
        chance = answer["probability_above_price"]
        above = answer["probability_reason"] if chance is None else f"{chance:.1%}, at {answer['price']:,.2f}"
        negative = f"Share of trials at zero or less: {answer['negative_share']:.2%}"
        floored = f"Share with a floored spread: {answer['floored_share']:.2%}"
        sampled = f"{answer['trials']:,} trials, seed {answer['seed']}, {answer['sampler']}, {answer['seconds']:.2f} s"
        blocks = [
            [answer["sentence"]],
            [f"Value per share, {currency}", *table(moments), *table(ranks)],
            [f"Chance of a value above the price: {above}", negative, floored],
            ["What drives it", *contribution_lines(answer["contributions"])],
            warning_lines(answer["warnings"]),
            [sampled],
        ]
        return "\n\n".join("\n".join(block) for block in blocks if block)


def contribution_lines(contributions: list[Mapping[str, Any]]) -> list[str]:
    head = ["  Driver", "share of variance", "lowest tenth", "highest tenth", ""]
    lines = [
        [
            f"  {item['driver']}",
            f"{item['share']:.1%}",
            f"{item['low']:,.2f}",
            f"{item['high']:,.2f}",
            "correlated, shares overlap" if item["overlapping"] else "",
        ]
        for item in contributions
    ]
    return [line.rstrip() for line in table([head, *lines])]


def whole(text: str) -> Any:
    """A whole number, also written 1_000_000 or 1,000,000; anything else goes on as it is, to be refused by name."""
    try:
        return int(text.replace(",", "_"))
    except ValueError:
        return text
