"""``manage.py run_worker``: background work, kept going."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks import backend
from tasks.supervisor import Supervisor

# Shorter than the patience of whoever stops it (`up`, systemd, a container).
GRACE_SECONDS = 4.0


class Command(BaseCommand):
    help = "Runs background jobs until it is stopped; restarts what dies or hangs."
    # Checks would load every view; the web server makes them.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, default=backend.workers(), help="processes (default %(default)s)")
        parser.add_argument(
            "--grace",
            type=float,
            default=GRACE_SECONDS,
            help="seconds that running jobs get to end when stopped (default %(default)s); the rest is put back",
        )

    def handle(self, *, workers: int, grace: float, **options: Any) -> None:
        if workers < 1:
            raise CommandError(f"--workers {workers}: at least one is needed.", returncode=2)
        supervisor = Supervisor(workers, grace)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: supervisor.stop())
        supervisor.run()
