"""``manage.py prune_jobs``: drop what finished long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tasks import services


class Command(BaseCommand):
    help = "Deletes jobs that finished more than --days days ago, with their results."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=float, default=30.0, help="default %(default)s")

    def handle(self, *, days: float, **options: Any) -> None:
        if not 0 <= days <= 36_500:
            raise CommandError(f"--days {days:g}: use 0 to 36500.", returncode=2)
        count = services.prune(before=timezone.now() - timedelta(days=days))
        self.stdout.write(f"{count} finished jobs were deleted.")
