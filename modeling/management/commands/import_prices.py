"""Files of prices into a set of prices, in the foreground or as jobs."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from modeling.importers.prices.refusals import refused
from modeling.management.documents import told
from modeling.models import PriceImport, PriceSet
from modeling.prices.rules import Rule
from modeling.services.prices.sets import create_set
from tasks.selectors import job_for
from valor.lib.envelope import finite
from valor.lib.errors import InvalidInput, ValorError

if TYPE_CHECKING:
    from modeling.importers.prices.layout import Recognised
    from modeling.importers.prices.report import FileReport
    from modeling.services.price_files import Intake

DEFAULT_SET = "Imported prices"
POLL_SECONDS = 0.3
# Options of the command, and the part of a layout that each states.
STATED = {
    "layout": "shape",
    "date_column": "date_column",
    "ticker_column": "ticker_column",
    "price_column": "price_column",
    "currency_column": "currency_column",
    "prices_in": "currency",
    "date_format": "date_format",
    "separator": "separator",
    "decimal": "decimal",
    "thousands": "thousands",
    "encoding": "encoding",
    "sheet": "sheet",
    "ticker": "ticker",
}


class Command(BaseCommand):
    help = (
        "Reads files of prices (CSV of either shape, also .gz and .zip; Excel; Parquet) into a set of prices. What is "
        "recognised is shown; what is unclear must be stated. The same file twice changes nothing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="+", help="a file, or - for standard input")
        parser.add_argument(
            "--set", dest="set_name", default=DEFAULT_SET, help=f"name or number of the set ({DEFAULT_SET})"
        )
        parser.add_argument("--user", default="", help="whose set it is; without, the set is shared with everybody")
        parser.add_argument("--currency", default="USD", help="of a set that is made (USD)")
        parser.add_argument("--layout", choices=("wide", "long", "single"), help="the shape of the table")
        for name in ("date", "ticker", "price", "currency"):
            parser.add_argument(f"--{name}-column", help=f"its name, or its number as #2: where the {name} stands")
        parser.add_argument("--prices-in", help="currency of the prices of a file that does not say it; GBX for pence")
        parser.add_argument(
            "--date-format", help="ymd, yyyymmdd, dmy, mdy, yymd, d_month_y, month_d_y, epoch_s or epoch_ms"
        )
        parser.add_argument("--separator", help="comma, semicolon, tab or bar")
        parser.add_argument("--decimal", help="point or comma")
        parser.add_argument("--thousands", help="comma, point, space, apostrophe or none")
        parser.add_argument("--encoding", help="utf-8, utf-16-le, utf-16-be, cp1252 or latin-1")
        parser.add_argument("--sheet", help="of a workbook")
        parser.add_argument("--ticker", help="of a file that holds a single one")
        parser.add_argument(
            "--rule", choices=Rule.values, default=Rule.REPLACE, help="where another price is stored (replace)"
        )
        parser.add_argument(
            "--duplicates",
            choices=("refuse", "first", "last"),
            default="refuse",
            help="where a file has several prices of one day (refuse the ticker)",
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and store nothing")
        parser.add_argument("--json", action="store_true", help="print the reports as JSON")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--wait", action="store_true", help="queue jobs and wait for them")
        where.add_argument("--background", action="store_true", help="queue jobs and return")

    def handle(self, *args: Any, **options: Any) -> None:
        stated = {part: options[name] for name, part in STATED.items() if options[name] is not None}
        try:
            owner = owner_of(options["user"])
            if options["wait"] or options["background"]:
                answers = [self.queue(owner, name, stated, options) for name in options["files"]]
            else:
                answers = self.foreground(owner, stated, options)
        except ValorError as error:
            self.fail(error, as_json=options["json"])
        if options["json"]:
            self.print_json(answers)
        if any(answer["state"] in {"refused", "failed", "cancelled"} for answer in answers):
            raise CommandError("Some of the files could not be used: see their reports.", returncode=2)

    def fail(self, error: ValorError, *, as_json: bool) -> None:
        if as_json:
            details = [finite(problem.as_dict()) for problem in error.problems]
            self.print_json({"code": error.code, "message": error.message, "details": details})
        raise CommandError(told(error), returncode=2) from error

    def print_json(self, data: Any) -> None:
        self.stdout.write(json.dumps(finite(data), indent=2, ensure_ascii=False, allow_nan=False, default=str))

    def foreground(self, owner: User | None, stated: dict[str, str], options: dict[str, Any]) -> list[dict[str, Any]]:
        """Every file at once, each with its report as soon as it is read."""
        from modeling.services.price_files import Intake

        target = Target(owner, options["set_name"], options["currency"], make=not options["dry_run"])
        intake = Intake(
            target,
            timezone.localdate(),
            options["rule"],
            options["duplicates"],
            dry_run=options["dry_run"],
            progress=self.progress,
        )
        answers = []
        for name in options["files"]:
            for report in self.reports(name, stated, intake, currencies=target.currencies, silent=options["json"]):
                answers.append(report.as_dict())
                if not options["json"]:
                    self.stdout.write(str(report))
        if target.found is not None and not (options["json"] or options["dry_run"]):
            self.stdout.write(f"Into {target}.")
        return answers

    def reports(
        self, name: str, stated: dict[str, str], intake: Intake, *, currencies: Sequence[str], silent: bool
    ) -> Iterator[FileReport]:
        """The report of each file in *name*; one that can't be read is reported, too."""
        from modeling.importers.prices.container import members_of
        from modeling.importers.prices.recognise import recognise
        from modeling.importers.prices.refusals import BadPriceFile
        from modeling.importers.prices.report import FileReport
        from modeling.services.price_imports import refuse_other_sign

        try:
            with opened(name) as file:
                for member in members_of(file, Path(name).name):
                    try:
                        recognised = recognise(member, stated)
                        if not silent:
                            self.show(recognised)
                        refuse_other_sign([recognised], currencies)
                        yield intake.take(member, recognised.confirmed())
                    except BadPriceFile as error:
                        yield FileReport.refused(member.name, error)
        except BadPriceFile as error:
            yield FileReport.refused(name, error)

    def show(self, recognised: Recognised) -> None:
        self.stdout.write(f"{recognised.name}:")
        for finding in recognised.findings:
            doubt = "" if finding.certain else f" (or {', '.join(finding.alternatives)}: please state it)"
            self.stdout.write(f"  {finding.name.replace('_', ' ')}: {finding.label}{doubt}. {finding.evidence}")

    def progress(self, done: int, total: int, ticker: str) -> None:
        """A line on the terminal; nothing where the errors go into a file."""
        if self.stderr.isatty() and ticker:
            end = "\r\033[K" if done == total else ""
            self.stderr.write(f"\r\033[K{done:,} of {total:,} tickers: {ticker}{end}", ending="")
            self.stderr.flush()

    def queue(self, owner: User | None, name: str, stated: dict[str, str], options: dict[str, Any]) -> dict[str, Any]:
        """A job for the file; its report where it is waited for."""
        from modeling.services.price_imports import start_import

        if owner is None:
            raise InvalidInput.at("user", "", "A job needs somebody it works for.", "Give --user.")
        if options["dry_run"]:
            raise InvalidInput.at(
                "dry_run", True, "A trial runs in the foreground.", "Leave --wait and --background out."
            )
        target = Target(owner, options["set_name"], options["currency"], make=True)
        with opened(name) as file:
            begun = start_import(
                owner=owner,
                price_set=target.needed,
                upload=file,
                name=Path(name).name,
                stated=stated,
                rule=options["rule"],
                duplicates=options["duplicates"],
            )
        if not options["json"]:
            self.stdout.write(f"{begun.name}: queued as job {begun.job_id}")
        return (
            self.waited(owner, begun, as_json=options["json"])
            if options["wait"]
            else {"state": "queued", "job_id": str(begun.job_id)}
        )

    def waited(self, owner: User, begun: PriceImport, *, as_json: bool) -> dict[str, Any]:
        assert begun.job_id is not None
        while (job := job_for(owner, begun.job_id)).state in {"queued", "running"}:
            time.sleep(POLL_SECONDS)
        begun.refresh_from_db()
        answer = {"state": job.state, "job_id": str(begun.job_id), "report": begun.report}
        report = begun.report or {}
        if job.state == "done":
            answer["state"] = report["state"]
        told_to = [
            f"{begun.name}: {answer['state']}",
            *(f"{p['message']} {p['remedy']}" for p in report.get("problems", ())),
        ]
        if not as_json:
            self.stdout.write("\n".join(told_to))
        return answer


class Target:
    """The set that prices go into; it is made when the first of them come."""

    def __init__(self, owner: User | None, name: str, currency: str, *, make: bool) -> None:
        self.owner, self.name, self.currency, self.make = owner, name, currency, make
        self.found = self.look()

    def __str__(self) -> str:
        whose = f" of {self.owner.get_username()}" if self.owner else ", shared with everybody"
        return f"{self.found.name if self.found else self.name}{whose}"

    def look(self) -> PriceSet | None:
        sets = PriceSet.objects.filter(owner=self.owner)
        by_name = sets.filter(name=self.name).first()
        if by_name is None and self.name.isdecimal() and len(self.name) < 19:
            by_name = sets.filter(pk=int(self.name)).first()
            if by_name is None:
                raise InvalidInput.at(
                    "set", self.name, "There is no such set of prices.", "Give its name, or another number."
                )
        return by_name

    def __call__(self) -> PriceSet | None:
        if self.found is None and self.make:
            self.found = create_set(owner=self.owner, name=self.name, currency=self.currency)
        return self.found

    @property
    def currencies(self) -> Sequence[str]:
        """In which its prices are, or will be."""
        from modeling.services.price_imports import currencies_of

        return currencies_of(self.found) if self.found else (self.currency,)

    def needed(self) -> PriceSet:
        found = self()
        assert found is not None
        return found


def owner_of(username: str) -> User | None:
    if not username:
        return None
    user = User.objects.filter(username=username).first()
    if user is None:
        raise InvalidInput.at("user", username, "There is no such user.", "Give the name of a user who can sign in.")
    return user


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """The file, or standard input for -, in which one can seek."""
    if name == "-":
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
            yield copy
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise refused(
            f"{name} can't be read: {error.strerror}.", "Check the path, or give - for standard input.", value=name
        ) from error
    with file:
        yield file
