"""Writes: valuations, their versions, runs and imports."""

from modeling.services.imports import import_companyfacts
from modeling.services.runs import complete_run, start_run
from modeling.services.valuations import create_valuation, delete_valuation, save_document, start_valuation

__all__ = [
    "complete_run",
    "create_valuation",
    "delete_valuation",
    "import_companyfacts",
    "save_document",
    "start_run",
    "start_valuation",
]
