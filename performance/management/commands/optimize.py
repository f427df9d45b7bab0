"""``manage.py optimize``: does what is safe to do, here and now, and says what it achieved."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from performance.actions import services
from performance.actions.registry import Action, declared, safe_actions
from performance.actions.selectors import plan_of
from performance.models import ActionRun
from valor.lib.errors import ValorError


class Command(BaseCommand):
    help = "Queues actions that make the platform faster or smaller; a worker does them and measures the effect."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="ACTION", help="actions to take; all safe ones by default")
        parser.add_argument("--list", action="store_true", help="only say which there are")
        parser.add_argument("--dry-run", action="store_true", help="only say what they would do")
        parser.add_argument("--yes", action="store_true", help="confirm what needs to be confirmed")

    def handle(self, *args: Any, **options: Any) -> None:
        known = declared()
        if options["list"]:
            for action in known.values():
                self.stdout.write(f"{action.name:<20} {'' if action.safe else '(asks) '}{action.about}")
            return
        unknown = [name for name in options["names"] if name not in known]
        if unknown:
            raise CommandError(f"No such action: {', '.join(unknown)}. There are {', '.join(known)}.", returncode=2)
        chosen = [known[name] for name in options["names"]]
        if options["dry_run"]:
            for action in chosen or safe_actions():
                self.tell(action)
        elif chosen:
            for action in chosen:
                self.begin(action, confirm=options["yes"])
        else:
            self.begin_safe()

    def tell(self, action: Action) -> None:
        plan = plan_of(action, {})
        self.stdout.write(f"{action.name}: {action.effect}")
        for step in [plan.refusal] if plan.refusal else plan.steps:
            self.stdout.write(f"  {step}")

    def begin(self, action: Action, *, confirm: bool) -> None:
        try:
            run = services.request(action.name, {}, by=None, confirm=confirm)
        except ValorError as error:
            raise CommandError(f"{action.name}: {error}", returncode=1) from error
        self.queued(run)

    def begin_safe(self) -> None:
        queued, left_out = services.request_safe(by=None)
        for run in queued:
            self.queued(run)
        for name, reason in left_out.items():
            self.stdout.write(f"{name}: left out. {reason}")

    def queued(self, run: ActionRun) -> None:
        self.stdout.write(f"{run.action}: queued as job {run.job_id}; its effect stands on the recommendations' page.")
