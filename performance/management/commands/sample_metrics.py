"""`manage.py sample_metrics`: samples this host until it is told to stop."""

from __future__ import annotations

import os
import select
import signal
from argparse import ArgumentTypeError
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from performance import reporter
from performance.models import Role
from performance.sampler import Sampler


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
    if not text.isdecimal() or not 1 <= int(text) <= 3600:
        raise ArgumentTypeError(f"{text!r} is not a number of whole seconds from 1 to 3600.")
    return int(text)


class Command(BaseCommand):
    help = "Stores a sample of this host's CPU, memory, disk and network every interval."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=seconds, default=30, help="seconds between two samples (30)")
        parser.add_argument("--once", action="store_true", help="store one sample and leave")

    def handle(self, *args: Any, **options: Any) -> None:
        with StopSignal() as stop:
            sampler = Sampler(interval=options["interval"], wait=stop.wait)
            if options["once"]:
                self.once(sampler)
            else:
                reporter.start(Role.SAMPLER)
                sampler.run()

    def once(self, sampler: Sampler) -> None:
        try:
            sample = sampler.once()
        except Error as error:
            raise CommandError(f"No sample was stored, the database does not answer: {error}", returncode=2) from error
        if sample is None:
            self.stdout.write(f"Another process samples {sampler.host}: nothing was stored.")
        else:
            self.stdout.write(f"Stored a sample of {sample}.")
