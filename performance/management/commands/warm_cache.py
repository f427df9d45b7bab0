"""`manage.py warm_cache`: computes what many will ask for, for instance after a deployment."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from performance.cache.warming import warm, warmers


class Command(BaseCommand):
    help = "Fills the shared cache with declared results; without REDIS_URL only this process would profit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="warmers to run; all of them by default")
        parser.add_argument("--list", action="store_true", help="only say which there are")

    def handle(self, *args: Any, **options: Any) -> None:
        known = warmers()
        if options["list"]:
            for item in known.values():
                self.stdout.write(f"{item.name:<24} {item.about}")
            return
        unknown = [name for name in options["names"] if name not in known]
        if unknown:
            raise CommandError(f"No such warmer: {', '.join(unknown)}. There are {', '.join(known)}.", returncode=2)
        failed = 0
        for done in warm([known[name] for name in options["names"] or known]):
            outcome = done.error or f"{done.results} results"
            self.stdout.write(f"{done.name:<24} {outcome} in {done.seconds:.2f} s")
            failed += bool(done.error)
        if failed:
            raise CommandError(f"{failed} of the warmers failed.", returncode=1)
