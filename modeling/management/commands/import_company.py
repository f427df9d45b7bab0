"""A SEC EDGAR companyfacts document, from a file or from the SEC itself, into a company."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from modeling.importers.filed import MAX_BYTES
from modeling.management.documents import read
from modeling.services.imports import fetch_companyfacts, import_companyfacts
from valor.lib.errors import InvalidInput, ValorError


class Command(BaseCommand):
    help = (
        "Reads a whole SEC EDGAR companyfacts document (JSON, also .gz) into a company with its yearly statements. "
        "With --from-sec it is fetched from the SEC first. Without --owner the company is shared with everybody."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("file", nargs="?", help="the document, or - for standard input")
        source.add_argument("--from-sec", metavar="COMPANY", help="its ticker or SEC number, such as AAPL or 320193")
        parser.add_argument("--owner", default="", help="the user whose company it becomes")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            owner = owner_of(options["owner"])
            document = fetch_companyfacts(options["from_sec"]) if options["from_sec"] else read_file(options["file"])
            report = import_companyfacts(document, owner)
        except ValorError as error:
            if options["json"]:
                details = [problem.as_dict() for problem in error.problems]
                failure = {"code": error.code, "message": error.message, "details": details}
                self.stdout.write(json.dumps(failure, default=str))
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(report.as_dict()) if options["json"] else str(report))


def read_file(name: str) -> bytes:
    return read(name, MAX_BYTES)


def owner_of(username: str) -> User | None:
    if not username:
        return None
    user = User.objects.filter(username=username).first()
    if user is None:
        raise InvalidInput.at("owner", username, "There is no such user.", "Give the name of a user who can sign in.")
    return user
