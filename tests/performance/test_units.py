"""Figures in words: enough digits to be seen, and no arrow for a change that is none at these digits."""

from __future__ import annotations

import pytest

from performance.metrics import SYSTEM, Metric
from performance.panels import in_words
from performance.sparkline import sparkline
from performance.summary import Figure
from performance.units import BYTES, COUNT, MILLISECONDS, PER_MINUTE, PER_SECOND, PERCENT, RATE, SECONDS, shown
from performance.words import Word


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.034, MILLISECONDS, "0.03 ms"),
        (9.99, MILLISECONDS, "9.99 ms"),
        (12.34, MILLISECONDS, "12.3 ms"),
        (12.34, PERCENT, "12.3 %"),
        (4_200_000, BYTES, "4.2 MB"),
        (0.031, SECONDS, "0.03 s"),
        (0.042, PER_SECOND, "0.04 /s"),
        (0.0, PER_SECOND, "0.0 /s"),
        (3.4, PER_MINUTE, "3.4 /min"),
    ],
)
def test_a_figure_shows_as_many_digits_as_say_something(value, unit, words):
    assert str(shown(value, unit)) == words


@pytest.mark.parametrize(
    ("value", "before", "direction", "sentence"),
    [
        (12.0, 10.0, "up", "up 2.0 points on the hour before"),
        (10.0, 12.0, "down", "down 2.0 points on the hour before"),
        (10.01, 10.0, "", "as the hour before"),
        (10.0, 10.0, "", "as the hour before"),
        (10.0, None, "", "nothing to compare with yet"),
    ],
)
def test_only_a_change_that_shows_has_a_direction(value, before, direction, sentence):
    metric: Metric = SYSTEM.metrics[0]
    figure = Figure("system", metric, value, before, "the hour before", Word.HEALTHY, sparkline([], share=True))
    assert metric.unit == PERCENT
    assert (figure.direction, figure.change_sentence) == (direction, sentence)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(5.0, COUNT, "5"), (1.83, COUNT, "1.8"), (12.34, PERCENT, "12 %"), (0.0, RATE, "0 B/s"), (None, COUNT, "–")],
)
def test_a_chart_in_words_counts_whole_things_whole(value, unit, words):
    assert in_words(value, unit) == words


@pytest.mark.parametrize(
    ("label", "noun"),
    [
        ("Memory", "memory"),
        ("CPU", "CPU"),
        ("CPU of the product", "CPU of the product"),
        ("Redis, p95", "Redis, p95"),
        ("Latency, p95", "latency, p95"),
    ],
)
def test_a_label_within_a_sentence_is_small_unless_it_is_a_name(label, noun):
    assert Metric("any", label, PERCENT).noun == noun
