"""`manage.py sample_metrics`: samples this host until it is told to stop; or stops and starts all samplers."""

from __future__ import annotations

import getpass
import os
import select
import signal
from argparse import ArgumentTypeError
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from performance import reporter, sampling
from performance.alerts.checks import ALERTS
from performance.lease import this_host
from performance.models import Role, SamplingState
from performance.sampler import Sampler
from performance.sampling import LONGEST, SHORTEST


class StopSignal:
    """While entered, SIGTERM and SIGINT end a wait at once. A pipe, since a handler may not touch locks."""

    def __enter__(self) -> Self:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        self.before = {number: signal.signal(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *raised: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
        os.close(self.reader)
        os.close(self.writer)

    def stop(self, number: int, frame: Any) -> None:
        os.write(self.writer, b".")

    def wait(self, seconds: float) -> bool:
        """Sleeps; true as soon as (or when already) told to stop."""
        ready, _, _ = select.select([self.reader], [], [], max(0.0, seconds))
        return bool(ready)


def seconds(text: str) -> int:
    if not text.isdecimal() or not SHORTEST <= int(text) <= LONGEST:
        raise ArgumentTypeError(f"{text!r} is not a number of whole seconds from {SHORTEST} to {LONGEST}.")
    return int(text)


def whoever() -> str:
    """Who gives this command, as the history of changes names it."""
    try:
        return f"{getpass.getuser()} on {this_host()}"
    except (OSError, KeyError):
        return f"user {os.getuid()} on {this_host()}"


class Command(BaseCommand):
    help = (
        "Stores a sample of this host and of the platform every interval; with --pause, --resume or --status it looks "
        "after all samplers of the platform instead."
    )

    # The others load every page and its API, twenty megabytes that a sampler never needs.
    requires_system_checks = (ALERTS,)

    def add_arguments(self, parser: CommandParser) -> None:
        about = f"seconds between two samples of this host; else as set for the platform ({sampling.INTERVAL})"
        parser.add_argument("--interval", type=seconds, help=about)
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--once", action="store_true", help="store one sample and leave")
        instead.add_argument("--pause", action="store_true", help="stop the sampling of the whole platform")
        instead.add_argument("--resume", action="store_true", help="start it again")
        instead.add_argument("--status", action="store_true", help="say whether it samples, and who changed that")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pause"] or options["resume"] or options["status"]:
            self.control(options)
            return
        with StopSignal() as stop:
            sampler = Sampler(interval=options["interval"], wait=stop.wait)
            if options["once"]:
                self.once(sampler)
            else:
                reporter.start(Role.SAMPLER)
                sampler.run()

    def control(self, options: dict[str, Any]) -> None:
        """Every sampler of the platform heeds it within two seconds, on whichever host it runs."""
        if options["interval"] and options["status"]:
            raise CommandError("--status changes nothing: leave out --interval.", returncode=2)
        asked: dict[str, Any] = {"interval": options["interval"]} if options["interval"] else {}
        if options["pause"] or options["resume"]:
            asked["state"] = SamplingState.PAUSED if options["pause"] else SamplingState.RUNNING
        try:
            held = sampling.change(by=whoever(), **asked) if asked else sampling.state()
            self.tell(held)
        except Error as error:
            raise CommandError(f"The database does not answer: {error}", returncode=2) from error

    def tell(self, held: sampling.Sampling) -> None:
        now = timezone.now()
        clause = held.clause(now)
        by = f" (changed by {held.by} at {held.since:%Y-%m-%d %H:%M} UTC)" if held.since and not held.paused else ""
        self.stdout.write(f"{clause[0].upper()}{clause[1:]}{by}.")
        for host in sampling.hosts(now):
            own = f", every {host.interval} s by its own command line" if host.own else ""
            self.stdout.write(f"  {host.host}: last sample {host.lag:.0f} s ago{own}")

    def once(self, sampler: Sampler) -> None:
        try:
            held = sampling.state()
            sample = None if held.paused else sampler.once()
        except Error as error:
            raise CommandError(f"No sample was stored, the database does not answer: {error}", returncode=2) from error
        if held.paused:
            raise CommandError(f"Nothing was stored: {held.clause(timezone.now())}. Start it by --resume.")
        if sample is None:
            self.stdout.write(f"Another process samples {sampler.host}: nothing was stored.")
        else:
            self.stdout.write(f"Stored a sample of {sample}.")
