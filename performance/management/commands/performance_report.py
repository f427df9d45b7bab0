"""`manage.py performance_report`: how the platform did, to read, to mail or to keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from performance.report.build import Report, build
from performance.report.formats import FORMATS
from performance.timerange import Window, span_of
from valor.lib.errors import InvalidInput


class Command(BaseCommand):
    help = "Tells how the platform did: status, what changed, what fills up, where time goes, cache and jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--last", default="24h", help="the span up to now, such as 90m, 24h or 7d (24h)")
        parser.add_argument("--format", choices=list(FORMATS), default="text", help="text is the default")
        parser.add_argument("--output", type=Path, metavar="FILE", help="a file to write instead of the terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        text = FORMATS[options["format"]](self.report(options["last"]))
        if options["output"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            options["output"].write_text(text, encoding="utf-8")
        except OSError as error:
            problem = f"output {options['output']}: it can't be written: {error.strerror}. Name another file."
            raise CommandError(problem, returncode=2) from error
        self.stdout.write(f"Wrote {options['output']}.")

    def report(self, last: str) -> Report:
        now = timezone.now()
        try:
            return build(Window(now - span_of(last, "last"), now, last))
        except InvalidInput as error:
            (problem,) = error.problems
            words = f"{problem.field} “{problem.value}”: {problem.message} {problem.remedy}"
            raise CommandError(words, returncode=2) from error
        except Error as error:
            raise CommandError(f"No report: the database does not answer: {error}", returncode=2) from error
