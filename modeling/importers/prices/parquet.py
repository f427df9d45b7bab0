"""Parquet files as lines of texts, where the optional reader (pyarrow) is installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from numpy import float32

from modeling.importers.prices.container import MOST_UNPACKED, Member
from modeling.importers.prices.refusals import BadPriceFile, refused, shown
from valor.lib.text import storable

# A few bytes can claim any number of rows.
MOST_CELLS = 200_000_000
CELLS_AT_ONCE = 200_000
BUFFER = 1024**2  # bytes of a column that are read at once

Row = tuple[int, list[str]]


def rows_of(member: Member) -> Iterator[Row]:
    """The names of the columns as line 1, then each row."""
    reader = reader_of_parquet()
    try:
        file = reader.ParquetFile(member.open(), buffer_size=BUFFER, pre_buffer=False)
        names = list(file.schema_arrow.names)
        check_size(file.metadata, len(names), member.name)
        yield 1, [index_name(name) for name in names]
        line = 1
        for batch in file.iter_batches(batch_size=max(1, CELLS_AT_ONCE // max(len(names), 1))):
            columns = [texts_of(column) for column in batch.columns]
            for cells in zip(*columns, strict=True):
                line += 1
                yield line, list(cells)
    except BadPriceFile:
        raise
    except Exception as error:  # the reader has many ways to say that a file is damaged
        raise refused(
            f"{member.name} is a damaged Parquet file: {shown(str(error) or type(error).__name__)}.",
            "Write it again, or export the table as CSV.",
        ) from None


def reader_of_parquet() -> Any:
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise refused(
            "Parquet can't be read here: the optional reader is not installed.",
            "Install it (pip install pyarrow), or export the table as CSV.",
        ) from None


def check_size(metadata: Any, width: int, name: str) -> None:
    size = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    if size > MOST_UNPACKED or metadata.num_rows * width > MOST_CELLS:
        raise refused(
            f"{name} claims {metadata.num_rows:,} rows of {width:,} columns.", "Send it in parts.", value=size
        )


def index_name(name: str) -> str:
    """Pandas calls an index without a name so."""
    return "" if name.startswith("__index_level_") else storable(name)


def texts_of(column: Any) -> list[str]:
    """Floats of 32 bits by the shortest decimal that gives them: as 64 bits, 1.1 would be 1.10000002384."""
    short = str(column.type) == "float"
    return [text_of(float32(value) if short and value is not None else value) for value in column.to_pylist()]


def text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == value.microsecond == 0
        return value.date().isoformat() if midnight else value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
