"""The campaign of bad files: each ends in a clear report or a refusal, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from modeling.importers.prices.judgement import LeftOut, Series
from modeling.importers.prices.refusals import BadPriceFile
from tests.__main__ import ROOT
from tests.modeling.importers.prices.bad_files import CLEAR, FAMILIES, ONE, TWO, WHOLE
from tests.modeling.importers.prices.files import TODAY
from tests.modeling.importers.prices.readings import read

LAST = np.datetime64(TODAY) + 1
# Of what a worker holds besides: the files below unpack to some 150 MB, claim gigabytes, or have lines of megabytes.
MOST_GROWTH_MB = 90


def assert_clear(refused: BadPriceFile) -> None:
    assert refused.problems
    for problem in refused.problems:
        assert problem.field
        assert problem.message
        assert problem.remedy
        assert len(str(problem)) < 2000
        str(problem).encode()


def assert_sound(series: Series) -> None:
    assert len(series.days)
    assert (np.diff(series.days) > 0).all()
    assert np.isfinite(series.prices).all()
    assert (series.prices > 0).all()
    assert series.days.max() <= LAST.astype(int)


def assert_told(left: LeftOut) -> None:
    assert left.trouble_count >= len(left.troubles) > 0
    for trouble in left.troubles:
        assert trouble.message
        assert trouble.remedy
        str(trouble).encode()


def verdict(data: bytes) -> tuple[set[str], set[str]] | None:
    """The tickers that were read and those left out; None where the file was refused."""
    try:
        good, bad = read(data)
    except BadPriceFile as refused:
        assert_clear(refused)
        return None
    for series in good.values():
        assert_sound(series)
    for left in bad.values():
        assert_told(left)
    return set(good), set(bad)


def test_there_are_more_than_three_hundred_bad_files():
    assert sum(1 for _, made in FAMILIES.values() for _ in made()) > 400


@pytest.mark.parametrize("name", FAMILIES)
def test_every_bad_file_ends_in_a_report_or_a_refusal(name):
    expected, made = FAMILIES[name]
    for number, data in enumerate(made()):
        found = verdict(data)
        if expected == WHOLE:
            assert found is None or not found[0], (number, found)
        elif expected != CLEAR:
            assert found is not None, number
            assert found[0] == ({"AAA", "CCC"} if expected == ONE else {"AAA"}), (number, found)
            assert len(found[1]) == 1 or expected == TWO, (number, found)


def test_memory_stays_bounded_whatever_is_read(tmp_path):
    names = []
    for family in ("huge pieces", "packed too well", "binary", "workbooks that are none", "null bytes"):
        for number, data in enumerate(FAMILIES[family][1]()):
            path = Path(tmp_path, f"{family} {number}".replace(" ", "-"))
            path.write_bytes(data)
            names.append(str(path))
    code = "import sys; from tests.modeling.importers.prices.child import growth; print(growth(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0 <= int(done.stdout) < MOST_GROWTH_MB
