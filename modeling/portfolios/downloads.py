"""A kept result as a file to take away, the same from the page and from the API."""

from __future__ import annotations

from django.http import HttpResponse

from modeling.models import PortfolioResult
from modeling.portfolios.sheets import chosen, sheets_of, workbook
from valor.lib.csv_lines import csv_lines
from valor.lib.errors import Conflict, Problem

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(kept: PortfolioResult, wanted: str, table: str = "") -> HttpResponse:
    """An Excel file has all tables, CSV one of them: the first unless another *table* is named.

    Raises Conflict while there is no result yet, and InvalidInput where it has no such table.
    """
    if kept.result is None:
        remedy = "Ask again when the state is done, or look there for why it never will be."
        raise Conflict(
            "There is no result to make a file of yet.",
            problems=[Problem("format", wanted, "The result is not there yet.", remedy)],
        )
    sheets, name = sheets_of(kept.result), f"portfolio-{kept.portfolio_id}-result-{kept.number}"
    if wanted == "xlsx":
        response = HttpResponse(workbook(sheets), content_type=XLSX)
    else:
        sheet = chosen(sheets, table)
        name = f"{name}-{sheet.title.lower()}" if table else name
        response = HttpResponse(csv_lines(sheet.head, sheet.rows), content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return response
