"""openpyxl's reader without what prices don't need. It loads openpyxl: import it late.

A sheet that does not state its size (as programs write them) would be read to its end just to learn it, at each
opening of the workbook; and charts, names and themes are ways to fail over nothing.
"""

from __future__ import annotations

from typing import IO, Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._read_only import ReadOnlyWorksheet


class Sheet(ReadOnlyWorksheet):
    """A sheet of which rows are asked in stated bounds only."""

    def _get_size(self) -> None:
        """Nobody asks how large it says it is."""


class Reader(ExcelReader):
    """Reads texts, formats of dates and the list of sheets."""

    def read(self) -> None:
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        self.read_worksheets()

    def read_worksheets(self) -> None:
        for sheet, place in self.parser.find_sheets():
            if place.target in self.valid_files and "chartsheet" not in place.Type:
                self.wb._sheets.append(Sheet(self.wb, sheet.name, place.target, self.shared_strings))


def workbook_in(file: IO[bytes]) -> Any:
    """The workbook, whose sheets are read row by row; formulas are given as such."""
    reader = Reader(file, read_only=True, keep_vba=False, data_only=False, keep_links=False, rich_text=False)
    reader.read()
    return reader.wb
