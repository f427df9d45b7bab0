"""What the commands share that read a document: its file, and how an error is told."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from valor.lib.envelope import finite
from valor.lib.errors import InvalidInput, ValorError

MOST_BYTES = 5 * 1024 * 1024


class DocumentCommand(BaseCommand):
    """Reads FILE (or standard input), answers, and ends with status 2 and plain lines when something is wrong."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the document (JSON), or - for standard input")
        parser.add_argument("--json", action="store_true", help="print JSON for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.answer(self.load(options["file"]), **options)
        except ValorError as error:
            if options["json"]:
                details = [finite(problem.as_dict()) for problem in error.problems]
                self.print_json({"code": error.code, "message": error.message, "details": details})
            raise CommandError(told(error), returncode=2) from error
        if options["json"]:
            self.print_json(finite(answer))
        else:
            self.stdout.write(self.readable(answer))

    def print_json(self, data: Any) -> None:
        self.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))

    def load(self, name: str) -> dict[str, Any]:
        """The document in the file."""
        from modeling.codecs import load_json

        return load_json(read(name, MOST_BYTES))

    def answer(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        """The result as plain data."""
        raise NotImplementedError

    def readable(self, answer: Mapping[str, Any]) -> str:
        """The result for people."""
        raise NotImplementedError


def told(error: ValorError) -> str:
    """One line for each problem; a headline only above several."""
    lines = str(error).split("\n")
    return lines[1] if len(error.problems) == 1 and len(lines) == 2 else "\n".join(lines)


def read(name: str, most: int) -> bytes:
    """The bytes of the file, or of standard input for -; one more than *most* at most, so that too many show."""
    if name == "-":
        return sys.stdin.buffer.read(most + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise InvalidInput.at(
            "file", name, f"{name} can't be read: {error.strerror}.", "Check the path, or give - for standard input."
        ) from error


def table(lines: list[list[str]]) -> list[str]:
    """Lines of cells, the first cell to the left, figures aligned to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) if index == 0 else cell.rjust(width) for index, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in lines)
    ]


def warning_lines(warnings: list[Mapping[str, str]]) -> list[str]:
    return [f"Warning: {item['message']} {item['remedy']}" for item in warnings]
