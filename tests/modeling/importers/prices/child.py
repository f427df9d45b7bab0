"""Run in a process of its own: how much memory bad files take."""

from __future__ import annotations

import resource
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from modeling.importers.prices.container import members_of
from modeling.importers.prices.judgement import Rules
from modeling.importers.prices.recognise import recognise
from modeling.importers.prices.refusals import BadPriceFile
from modeling.importers.prices.rows import Reading
from tests.modeling.importers.prices.files import TODAY, packed, sheet_rows, wide, workbook
from tests.modeling.importers.prices.readings import read


def growth(names: Iterable[str]) -> int:
    """MB by which the largest size of this process grew while it read these files."""
    for good in (wide().encode(), packed(wide().encode()), workbook(sheet_rows())):
        read(good)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name in names:
        with suppress(BadPriceFile), Path(name).open("rb") as file:
            for member in members_of(file, name):
                for _ in Reading(member, recognise(member).confirmed(), Rules(TODAY)).judged():
                    pass
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
