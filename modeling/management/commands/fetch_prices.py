"""Prices from a provider into a set of prices."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from modeling.management.commands.import_prices import Target, owner_of
from modeling.management.documents import told
from modeling.prices.rules import Rule
from modeling.providers.registry import Gives, declared
from modeling.services.price_fetches import Fetching, Wanted
from valor.lib.envelope import finite
from valor.lib.errors import ValorError

DEFAULT_SET = "Fetched prices"


class Command(BaseCommand):
    help = (
        "Fetches daily prices of tickers from a provider into a set of prices. Each ticker is stored wholly or not at "
        "all; one that fails is told and keeps the others from nothing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = [each for each in declared() if each.gives is Gives.PRICES]
        told_each = "; ".join(f"{each.name}: {each.label}, such as {each.tickers}" for each in known)
        parser.add_argument("tickers", metavar="TICKER", nargs="+", help="as the provider writes it")
        parser.add_argument("--provider", required=True, help=told_each)
        parser.add_argument("--set", dest="set_name", default=DEFAULT_SET, help="name or number of the set")
        parser.add_argument("--user", default="", help="whose set it is; without, the set is shared with everybody")
        parser.add_argument("--currency", default="USD", help="of a set that is made (USD)")
        parser.add_argument("--from", dest="first", default="", metavar="DATE", help="the first day (all there are)")
        parser.add_argument(
            "--rule", choices=Rule.values, default=Rule.REPLACE, help="where another price is stored (replace)"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = Wanted.read(options["provider"], options["tickers"], options["first"], options["rule"])
            target = Target(owner_of(options["user"]), options["set_name"], options["currency"], make=True)
            report = Fetching(wanted, target.needed, progress=self.progress).run()
        except ValorError as error:
            if options["json"]:
                details = [finite(problem.as_dict()) for problem in error.problems]
                self.print_json({"code": error.code, "message": error.message, "details": details})
            raise CommandError(told(error), returncode=2) from error
        if options["json"]:
            self.print_json(report.as_dict())
        else:
            self.stdout.write(str(report))
        if report.state != "fetched":
            raise CommandError("Some of the tickers could not be fetched: see above.", returncode=2)

    def print_json(self, data: Any) -> None:
        self.stdout.write(json.dumps(finite(data), indent=2, ensure_ascii=False, allow_nan=False, default=str))

    def progress(self, done: int, total: int, ticker: str) -> None:
        """A line on the terminal; nothing where the errors go into a file."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[K{f'{done:,} of {total:,} tickers: {ticker}' if ticker else ''}", ending="")
            self.stderr.flush()
