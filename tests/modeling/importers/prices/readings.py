"""Reading a file as the importer does, in one call."""

from __future__ import annotations

import io
from collections.abc import Mapping

from modeling.importers.prices.container import members_of
from modeling.importers.prices.judgement import LeftOut, Rules, Series
from modeling.importers.prices.layout import Recognised
from modeling.importers.prices.recognise import recognise
from modeling.importers.prices.rows import BATCH, Reading
from tests.modeling.importers.prices.files import TODAY


def recognised(data: bytes | str, name: str = "prices.csv", **stated: str) -> Recognised:
    data = data.encode() if isinstance(data, str) else data
    (member,) = members_of(io.BytesIO(data), name)
    return recognise(member, stated)


def read(
    data: bytes | str,
    name: str = "prices.csv",
    *,
    stated: Mapping[str, str] | None = None,
    duplicates: str = "refuse",
    batch: int = BATCH,
) -> tuple[dict[str, Series], dict[str, LeftOut]]:
    """The good tickers and the bad ones of all files in *data*."""
    data = data.encode() if isinstance(data, str) else data
    good: dict[str, Series] = {}
    bad: dict[str, LeftOut] = {}
    for member in members_of(io.BytesIO(data), name):
        layout = recognise(member, stated).confirmed()
        for judged in Reading(member, layout, Rules(TODAY, duplicates), batch=batch).judged():
            if isinstance(judged, Series):
                good[judged.ticker] = judged
            else:
                bad[judged.ticker] = judged
    return good, bad


def notes_of(data: bytes | str, name: str = "prices.csv") -> tuple[str, ...]:
    """What makes one wonder about a file."""
    data = data.encode() if isinstance(data, str) else data
    (member,) = members_of(io.BytesIO(data), name)
    return Reading(member, recognise(member).confirmed(), Rules(TODAY)).notes
