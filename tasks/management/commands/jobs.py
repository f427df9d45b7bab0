"""``manage.py jobs``: look at background jobs, submit, cancel and retry them, prove that they run."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from tasks import readings, selectors, services
from tasks.choices import State
from tasks.filters import asked, narrowed
from tasks.management import output
from tasks.models import Job
from tasks.submission import checked_text, priority_called
from valor.lib.errors import Conflict, InvalidInput, NotFound, ValorError

START_A_WORKER = "is a worker running (manage.py run_worker)?"


class Command(BaseCommand):
    help = "Lists, submits, cancels and retries background jobs; shows workers and schedules; runs a self-test."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.set_defaults(action="list", state="", kind="", owner="", limit=25)
        shared = ArgumentParser(add_help=False)
        shared.add_argument("--json", action="store_true", help="print JSON for machines")
        actions = parser.add_subparsers(dest="action", parser_class=ArgumentParser)

        def action(name: str, words: str) -> ArgumentParser:
            return actions.add_parser(name, parents=[shared], help=words)

        listing = action("list", "the newest jobs (default)")
        listing.add_argument("--state", default="", help=", ".join(State.values))
        listing.add_argument("--kind", default="")
        listing.add_argument("--owner", default="", help="a user name")
        listing.add_argument("--limit", type=int, default=25, help="default %(default)s")
        action("show", "one job in full, with its log").add_argument("id")
        submission = action("submit", "queue a job")
        submission.add_argument("kind")
        submission.add_argument("parameters", nargs="?", default="{}", help="a JSON object, or - for standard input")
        submission.add_argument("--priority", help="interactive, normal, bulk, or 100 (first) to 999")
        submission.add_argument("--start-within", type=float, help="seconds, after which it fails unless it has begun")
        submission.add_argument("--label", default="", help="what it works for")
        submission.add_argument("--owner", default="", help="the user name it belongs to; nobody by default")
        submission.add_argument(
            "--wait", nargs="?", type=float, const=3600.0, help="seconds (an hour); status 1 unless it is done by then"
        )
        action("cancel", "cancel jobs").add_argument("id", nargs="+")
        again = action("retry", "queue failed or cancelled jobs again")
        again.add_argument("id", nargs="*")
        again.add_argument("--failed", action="store_true", help="all that failed")
        again.add_argument("--kind", default="", help="with --failed: only of this kind")
        action("workers", "the worker processes and what each does")
        action("schedules", "what is queued by itself, and when")
        test = action("selftest", "submit a test job and watch it end")
        test.add_argument("--seconds", type=float, default=1.0, help="how long it counts (default %(default)s)")
        test.add_argument("--wait", type=float, default=30.0, help="how long to wait for it (default %(default)s)")

    def handle(self, *, action: str | None, **options: Any) -> None:
        self.as_json = bool(options.pop("json", False))
        try:
            getattr(self, f"do_{action or 'list'}")(**options)
        except ValorError as error:
            if self.as_json:
                self.write_json(output.as_dict(error))
            raise CommandError(output.told(error), returncode=2) from error

    def do_list(self, *, state: str, kind: str, owner: str, limit: int, **_: Any) -> None:
        jobs = Job.objects.filter(parent=None).select_related("owner").defer(*selectors.LARGE)
        jobs = narrowed(jobs, asked({"state": state, "kind": kind, "owner": owner}), by_owner=True)
        self.write([selectors.summary_of(job) for job in jobs[: max(0, limit)]], output.job_line, "no such jobs")

    def do_show(self, *, id: str, **_: Any) -> None:
        job = whole_job(id)
        status = selectors.summary_of(job) | {"version": job.version, "log": selectors.log_of(job)}
        if self.as_json:
            self.write_json(status)
        for line in [] if self.as_json else output.job_lines(status):
            self.stdout.write(line)

    def do_submit(
        self, *, kind: str, parameters: str, priority: str | None, wait: float | None, **options: Any
    ) -> None:
        given = document(sys.stdin.read() if parameters == "-" else parameters)
        rules = {"start_within": options["start_within"], "label": options["label"], "owner": owner(options["owner"])}
        job = services.submit(kind, given, priority=priority_called(number(priority)), **rules)
        if wait is not None:
            watch(job, wait)
        self.write_job(job)
        if wait is not None and job.state != State.DONE:
            news = f"ended {job.state}" if job.is_finished else f"is {job.state} after {wait:g} s: {START_A_WORKER}"
            raise CommandError(f"The job {news}")

    def do_cancel(self, *, id: list[str], **_: Any) -> None:
        self.move(id, services.cancel)

    def do_retry(self, *, id: list[str], failed: bool, kind: str, **_: Any) -> None:
        if failed == bool(id):
            raise InvalidInput.at("id", None, "It takes either jobs or --failed.", "Name some, or give --failed.")
        if not failed:
            self.move(id, services.retry)
            return
        narrowed(Job.objects.all(), asked({"kind": kind}), by_owner=True)
        moved, refused = services.retry_failed(kind)
        if self.as_json:
            self.write_json({"queued": moved, "refused": refused})
        else:
            self.stdout.write(f"{moved} failed jobs were queued again, {refused} could not be.")

    def do_workers(self, **_: Any) -> None:
        rows = readings.workers(timezone.now())
        if self.as_json:
            self.write_json(output.plain(rows))
        else:
            self.write(list(rows), output.worker_line, "no workers: start manage.py run_worker")

    def do_schedules(self, **_: Any) -> None:
        rows = readings.schedules()
        if self.as_json:
            self.write_json(output.plain(rows))
        else:
            self.write(list(rows), output.schedule_line, "no schedules")

    def do_selftest(self, *, seconds: float, wait: float, **_: Any) -> None:
        mark = str(time.time_ns())
        job = services.submit("tasks.selftest", {"seconds": seconds, "mark": mark}, owner=None)
        watch(job, seconds + wait)
        self.write_job(job)
        if job.state != State.DONE:
            raise CommandError(f"The self-test did not get done: {START_A_WORKER}")

    def move(self, ids: list[str], act: Callable[[Job], Job]) -> None:
        """All are looked up before one is moved; what can't be moved is told, and the others are."""
        rows: list[dict[str, Any]] = []
        refused: list[str] = []
        for job in [whole_job(text) for text in ids]:
            try:
                rows.append(selectors.summary_of(act(job)))
            except Conflict as refusal:
                rows.append({"id": str(job.pk), **output.as_dict(refusal)})
                refused.append(f"{job.pk}: {output.told(refusal)}")
        moved = [row for row in rows if "code" not in row]
        self.write(rows if self.as_json else moved, output.job_line, "")
        if refused:
            raise CommandError("\n".join(refused), returncode=2)

    def write_job(self, job: Job) -> None:
        row = selectors.summary_of(job)
        if self.as_json:
            self.write_json(row)
        else:
            self.stdout.write(output.job_line(row))

    def write(self, rows: list[Any], line: Callable[[Any], str], nothing: str) -> None:
        if self.as_json:
            self.write_json(rows)
        elif not rows and nothing:
            self.stdout.write(f"There are {nothing}.")
        for row in [] if self.as_json else rows:
            self.stdout.write(line(row))

    def write_json(self, data: Any) -> None:
        self.stdout.write(json.dumps(data, cls=DjangoJSONEncoder, indent=2))


def watch(job: Job, seconds: float) -> None:
    """Looks at a job until it has ended, or for so many seconds."""
    until = time.monotonic() + seconds
    while not job.is_finished and time.monotonic() < until:
        time.sleep(0.05)
        job.refresh_from_db()


def whole_job(text: str) -> Job:
    """The job with an id; a part is dealt with through its whole job."""
    try:
        job = Job.objects.select_related("owner").filter(pk=UUID(text)).first()
    except ValueError:
        raise InvalidInput.at("id", text, f"{text} is no id of a job.", "List them: manage.py jobs.") from None
    if job is None:
        missing = InvalidInput.at("id", text, "There is no such job.", "List them: manage.py jobs.")
        raise NotFound(problems=missing.problems)
    if job.parent_id:
        raise InvalidInput.at("id", text, "This is a part of a job.", f"Use the whole one, {job.parent_id}.")
    return job


def document(text: str) -> dict[str, Any]:
    """The parameters as they were typed."""
    try:
        parameters = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"This is not JSON: {error}."
        raise InvalidInput.at("parameters", text[:100], message, "Give an object such as '{\"seconds\": 5}'.") from None
    if not isinstance(parameters, dict):
        raise InvalidInput.at("parameters", text[:100], "This is no JSON object.", "Give one such as '{}'.")
    checked_text(parameters)
    return parameters


def number(text: str | None) -> int | str | None:
    """A priority as a number where it is one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else text


def owner(name: str) -> User | None:
    user = User.objects.filter(username=name).first() if name else None
    if name and user is None:
        raise InvalidInput.at("owner", name, "There is no such user.", "Give a user name, or leave it out.")
    return user
