"""Prepare the database and run everything on this machine: web server, worker, sampler."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from valor.supervisor import startup
from valor.supervisor.child import Child
from valor.supervisor.supervisor import Supervisor
from valor.supervisor.terminal import own_foreground
from valor.supervisor.web import Listener, Unusable


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", default="8000", help="the port to listen on (default 8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with own_foreground() as deserted, Listener(options["host"], options["port"]) as listener:
                startup.prepare()
                self.supervise(listener, deserted)
        except Unusable as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped before it was up.")

    def supervise(self, listener: Listener, deserted: Callable[[], bool]) -> None:
        environment = startup.environment(listener)
        manage = [sys.executable, str(startup.MANAGE)]
        web = [sys.executable, "-m", "gunicorn", "--config", "python:valor.gunicorn", "valor.wsgi"]
        children = [
            Child("web", web, environment | {"VALOR_BIND": f"fd://{listener.descriptor}"}, (listener.descriptor,)),
            Child("worker", [*manage, "run_worker"], environment),
            Child("sampler", [*manage, "sample_metrics"], environment),
        ]

        def announce() -> None:
            self.stdout.write(startup.welcome(listener.url))
            self.stdout.flush()

        os.chdir(startup.MANAGE.parent)
        Supervisor(children, lambda: listener.answers(environment["BASE_URL"]), announce, deserted).run()
        self.stdout.write("Stopped.")
