"""The demo companies, prices and sign-in: safe to run again, quick when all is there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from modeling.demo import load_companies, load_people, load_prices


class Command(BaseCommand):
    help = (
        "Loads the demo companies and prices and makes the demo sign-in (analyst, operator); prints user and password."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        companies, people = load_companies(), load_people()
        for name in companies + load_prices():
            if options["verbosity"]:
                self.stdout.write(f"Loaded {name}")
        for user, password in people:
            self.stdout.write(f"{user}  {password}")
