"""What changed, what fills up, and what behaved as never before."""

from __future__ import annotations

from django.utils.text import capfirst

from performance.foresight import forecasts, recent_anomalies, trends
from performance.report.sections import Content, section
from performance.timerange import Window

MOST_ANOMALIES = 20


@section("trends", "Trends of the last 24 hours")
def trends_of(window: Window) -> Content:
    found = trends(window.end)
    changed = [f"{capfirst(trend.sentence)}." for trend in found if trend.told]
    compared = sum(trend.day is not None or trend.week is not None for trend in found if not trend.told)
    rest = [f"{'The other ' if changed else 'All '}{compared} figures are as they were before."] if compared else []
    return Content([*changed, *rest], empty="Nothing to compare with yet: trends need two days of samples.")


@section("forecasts", "What fills up")
def forecasts_of(window: Window) -> Content:
    sentences = [f"{capfirst(forecast.sentence)}." for forecast in forecasts(window.end)]
    return Content(sentences, empty="Nothing is foreseen to fill up.")


@section("anomalies", "As never before")
def anomalies_of(window: Window) -> Content:
    found = recent_anomalies(window.end, window.span, MOST_ANOMALIES)
    sentences = [f"{capfirst(noted.sentence)}." for noted in found]
    return Content(sentences, empty="No watched figure left its usual course.")
