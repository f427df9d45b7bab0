"""What a card calls a figure."""

from __future__ import annotations

import pytest

from performance.metrics import CACHE
from performance.models import CacheSample
from performance.summary import figures
from performance.words import Word


@pytest.mark.parametrize(
    ("hits", "lookups", "word"),
    [(33.0, 12, Word.UNKNOWN), (88.0, 12, Word.HEALTHY), (88.0, 5000, Word.HEALTHY), (33.0, 5000, Word.HEALTHY)],
    ids=["too few to judge", "few but well", "well", "not yet an alert"],
)
def test_a_figure_beyond_its_limit_that_tells_of_too_few_is_not_called_healthy(store, now, hits, lookups, word):
    store(now)
    sample = CacheSample.objects.create(host="web-1", taken_at=now, interval=30, hit_percent=hits, lookup_count=lookups)
    (figure,) = figures("web-1", sample, now, CACHE, metrics=[CACHE.by_name["hit_percent"]])
    assert figure.state == word
