"""The report as text, Markdown, JSON and a page that stands alone."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from performance.report.build import Part, Report
from performance.report.sections import Column, Table

WIDTH = 100
WIDEST = 60  # A longer text of a cell is cut in plain text; the other formats hold it whole.
SPECIAL = re.compile(r"([\\`*_\[\]<>|~#])")
STYLE = Path(__file__).with_name("report.css")


def text(report: Report) -> str:
    lines = [report.title, "=" * len(report.title), report.span, "", *wrapped([report.sentence, *report.notes])]
    for part in report.parts:
        lines += ["", part.title, "-" * len(part.title), *wrapped(part.content.paragraphs)]
        for table in part.content.filled_tables:
            lines += ["", *aligned(table, report)]
    return "\n".join(lines) + "\n"


def wrapped(paragraphs: list[str]) -> list[str]:
    return [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, WIDTH, subsequent_indent="  ")]


def aligned(table: Table, report: Report) -> list[str]:
    rows = [[column.label for column in table.columns]]
    rows += [[cut(column.cell(row, report.now)) for column in table.columns] for row in table.rows]
    widths = [max(len(row[index]) for row in rows) for index in range(len(table.columns))]
    return [f"{table.caption}:", *("  ".join(padded(row, table, widths)).rstrip() for row in rows)]


def padded(cells: list[str], table: Table, widths: list[int]) -> list[str]:
    return [
        cell.rjust(width) if column.numeric else cell.ljust(width)
        for cell, column, width in zip(cells, table.columns, widths, strict=True)
    ]


def cut(cell: str) -> str:
    return cell if len(cell) <= WIDEST else cell[: WIDEST - 1] + "…"


def markdown(report: Report) -> str:
    lines = [f"# {report.title}", "", report.span, "", f"**{escaped(report.sentence)}**"]
    lines += [line for note in report.notes for line in ("", escaped(note))]
    for part in report.parts:
        lines += ["", f"## {part.title}"]
        sentences = [escaped(sentence) for sentence in part.content.paragraphs]
        several = len(sentences) > 1
        lines += ["", *(f"- {sentence}" if several else sentence for sentence in sentences)] if sentences else []
        for table in part.content.filled_tables:
            lines += ["", f"{escaped(table.caption)}:", "", *piped(table, report)]
    return "\n".join(lines) + "\n"


def piped(table: Table, report: Report) -> list[str]:
    rows = [[escaped(column.cell(row, report.now)) for column in table.columns] for row in table.rows]
    head = [escaped(column.label) for column in table.columns]
    rule = ["---:" if column.numeric else "---" for column in table.columns]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def escaped(words: str) -> str:
    """So that no character of a statement or a route makes it a heading, a link or another column."""
    return SPECIAL.sub(r"\\\1", words)


def document(report: Report) -> str:
    found = {
        "version": report.version,
        "since": report.window.start,
        "until": report.window.end,
        "status": report.word,
        "sentence": report.sentence,
        "measured": report.measured,
        "sections": {part.name: part_document(part) for part in report.parts},
    }
    return json.dumps(found, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False) + "\n"


def part_document(part: Part) -> dict[str, Any]:
    tables = [
        {
            "caption": table.caption,
            "columns": [{"name": one.name, "label": one.label, "unit": one.unit} for one in table.columns],
            "rows": table.rows,
        }
        for table in part.content.tables
    ]
    return {"title": part.title, "sentences": [*part.content.sentences, *part.content.notes], "tables": tables}


def page(report: Report) -> str:
    """HTML without scripts and files of others, to be mailed or kept."""
    return format_html(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{}: {} · Valor IVX</title>\n'
        "<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n<p>{}</p>\n"
        '<p class="status {}">{}</p>\n{}{}</main>\n</body>\n</html>\n',
        report.word,
        report.title,
        mark_safe(STYLE.read_text()),
        report.title,
        report.span,
        report.word.lower(),
        report.sentence,
        format_html_join("", "<p>{}</p>\n", ((note,) for note in report.notes)),
        format_html_join("", "{}", ((section_html(part, report),) for part in report.parts)),
    )


def section_html(part: Part, report: Report) -> SafeString:
    return format_html(
        "<section>\n<h2>{}</h2>\n{}{}</section>\n",
        part.title,
        format_html_join("", "<p>{}</p>\n", ((sentence,) for sentence in part.content.paragraphs)),
        format_html_join("", "{}", ((table_html(table, report),) for table in part.content.filled_tables)),
    )


def table_html(table: Table, report: Report) -> SafeString:
    head = format_html_join("", '<th scope="col"{}>{}</th>', ((mark(column), column.label) for column in table.columns))
    rows = format_html_join("\n", "<tr>{}</tr>", ((cells_html(row, table, report),) for row in table.rows))
    return format_html(
        '<div class="wide">\n<table>\n<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n'
        "</table>\n</div>\n",
        table.caption,
        head,
        rows,
    )


def cells_html(row: Mapping[str, Any], table: Table, report: Report) -> SafeString:
    cells = ((mark(column), column.cell(row, report.now)) for column in table.columns)
    return format_html_join("", "<td{}>{}</td>", cells)


def mark(column: Column) -> SafeString:
    return SafeString(' class="num"' if column.numeric else "")


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text,
    "markdown": markdown,
    "json": document,
    "html": page,
}
