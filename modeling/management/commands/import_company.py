"""A SEC EDGAR companyfacts document into a company."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from modeling.importers.filed import MAX_BYTES
from modeling.management.documents import read
from modeling.services.imports import import_companyfacts
from valor.lib.errors import InvalidInput, ValorError


class Command(BaseCommand):
    help = (
        "Reads a whole SEC EDGAR companyfacts document (JSON, also .gz) into a company with its yearly statements. "
        "Without --owner the company is shared with everybody."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the document, or - for standard input")
        parser.add_argument("--owner", default="", help="the user whose company it becomes")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_companyfacts(read(options["file"], MAX_BYTES), owner_of(options["owner"]))
        except ValorError as error:
            if options["json"]:
                details = [problem.as_dict() for problem in error.problems]
                failure = {"code": error.code, "message": error.message, "details": details}
                self.stdout.write(json.dumps(failure, default=str))
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(report.as_dict()) if options["json"] else str(report))


def owner_of(username: str) -> User | None:
    if not username:
        return None
    user = User.objects.filter(username=username).first()
    if user is None:
        raise InvalidInput.at("owner", username, "There is no such user.", "Give the name of a user who can sign in.")
    return user
