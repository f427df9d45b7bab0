"""``manage.py jobs``: look at background jobs, cancel and retry them, prove that they run."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from tasks import selectors, services
from tasks.choices import State
from tasks.models import Job
from valor.lib.errors import InvalidInput, NotFound, ValorError


class Command(BaseCommand):
    help = "Lists background jobs; cancels or retries one; runs a self-test through the worker."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.set_defaults(action="list", state="", kind="", limit=25)
        shared = ArgumentParser(add_help=False)
        shared.add_argument("--json", action="store_true", help="print JSON for machines")
        actions = parser.add_subparsers(dest="action", parser_class=ArgumentParser)
        listing = actions.add_parser("list", parents=[shared], help="the newest jobs (default)")
        listing.add_argument("--state", default="", choices=["", *State.values])
        listing.add_argument("--kind", default="")
        listing.add_argument("--limit", type=int, default=25)
        for name in ("cancel", "retry"):
            actions.add_parser(name, parents=[shared], help=f"{name} one job").add_argument("id", type=UUID)
        test = actions.add_parser("selftest", parents=[shared], help="submit a test job and watch it end")
        test.add_argument("--seconds", type=float, default=1.0, help="how long it counts (default %(default)s)")
        test.add_argument("--wait", type=float, default=30.0, help="how long to wait for it (default %(default)s)")

    def handle(self, *, action: str | None, **options: Any) -> None:
        options.setdefault("json", False)
        try:
            getattr(self, f"do_{action or 'list'}")(**options)
        except ValorError as error:
            if options["json"]:
                details = [problem.as_dict() for problem in error.problems]
                self.write_json({"code": error.code, "message": error.message, "details": details})
            raise CommandError(str(error), returncode=2) from error

    def do_list(self, *, state: str, kind: str, limit: int, **options: Any) -> None:
        jobs = Job.objects.select_related("owner").defer("parameters", "result", "traceback")
        if state:
            jobs = jobs.filter(state=state)
        if kind:
            jobs = jobs.filter(kind=kind)
        rows = [selectors.summary_of(job) for job in jobs[: max(0, limit)]]
        if options["json"]:
            self.write_json(rows)
        elif not rows:
            self.stdout.write("There are no such jobs.")
        for row in [] if options["json"] else rows:
            self.write_row(row)

    def do_cancel(self, *, id: UUID, **options: Any) -> None:
        self.show(services.cancel(self.job(id)), as_json=options["json"])

    def do_retry(self, *, id: UUID, **options: Any) -> None:
        self.show(services.retry(self.job(id)), as_json=options["json"])

    def do_selftest(self, *, seconds: float, wait: float, **options: Any) -> None:
        mark = str(time.time_ns())
        job = services.submit("tasks.selftest", {"seconds": seconds, "mark": mark}, owner=None)
        until = time.monotonic() + seconds + wait
        while not job.is_finished and time.monotonic() < until:
            time.sleep(0.05)
            job.refresh_from_db()
        self.show(job, as_json=options["json"])
        if job.state != State.DONE:
            raise CommandError("The self-test did not get done: is a worker running (manage.py run_worker)?")

    def job(self, job_id: UUID) -> Job:
        job = Job.objects.select_related("owner").filter(pk=job_id).first()
        if job is None:
            raise NotFound(problems=InvalidInput.at("id", str(job_id), "There is no such job.", "List them.").problems)
        return job

    def show(self, job: Job, *, as_json: bool) -> None:
        row = selectors.summary_of(job)
        if as_json:
            self.write_json(row)
        else:
            self.write_row(row)

    def write_row(self, row: dict[str, Any]) -> None:
        owner = row["owner"] or "-"
        line = f"{row['id']}  {row['state']:<9}  {row['progress']:>4.0%}  {row['kind']:<24}  {owner:<12}"
        self.stdout.write(f"{line}  {row['queued_at']:%Y-%m-%d %H:%M:%S}  {row['error'] or ''}".rstrip())

    def write_json(self, data: Any) -> None:
        self.stdout.write(json.dumps(data, cls=DjangoJSONEncoder, indent=2))
