"""The frontier and the paths of a backtest as drawings: everything in its place, nothing on top of another name."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from modeling.presenters.backtest import backtest_view
from modeling.presenters.backtest_charts import MOST_POINTS
from modeling.presenters.frontier import FOOT, HEIGHT, MOST_ASSETS, NAME_HEIGHT, NAME_WIDTH, chart_of, plane_of
from modeling.presenters.holdings import MOST_ROWS, holdings_of, method_words
from tests.modeling.pages.folios import edit, text_of, url_of

DRAWN = [(0.1, 0.02), (0.12, 0.05), (0.2, 0.08)]


def chart(assets: dict[str, tuple[float, float]], marks=None):
    places = [*DRAWN, *assets.values()]
    return chart_of(plane_of(places), DRAWN, assets, marks or {})


def test_risk_grows_to_the_right_and_return_upwards() -> None:
    found = chart({"A": (0.1, 0.02), "B": (0.3, 0.1)})
    low, high = found.assets
    assert float(low.cx.rstrip("%")) < float(high.cx.rstrip("%"))
    assert float(low.cy) > float(high.cy)
    assert all(0 <= float(mark.cy) <= HEIGHT - FOOT for mark in found.assets)
    assert len(found.line) == len(DRAWN) - 1


def test_a_mark_beyond_the_plane_stands_at_its_edge() -> None:
    found = chart({}, {"Chosen": ("chosen", (9.0, -9.0))})
    assert (found.marks[0].cx, found.marks[0].cy) == ("100.00%", f"{HEIGHT - FOOT:.1f}")


def test_names_never_stand_on_each_other() -> None:
    assets = {f"T{number}": (0.1 + number / 400, 0.02 + (number % 5) / 100) for number in range(40)}
    shown = [(float(mark.cx.rstrip("%")), float(mark.cy)) for mark in chart(assets).assets if mark.named]
    assert shown
    for place, (x, y) in enumerate(shown):
        for other_x, other_y in shown[:place]:
            assert abs(x - other_x) >= NAME_WIDTH - 1e-9 or abs(y - other_y) >= NAME_HEIGHT or x > 90 or other_x > 90


def test_many_assets_are_dots_without_names_and_very_many_are_cut() -> None:
    found = chart({f"T{number}": (0.1 + number / 5000, 0.05) for number in range(MOST_ASSETS + 10)})
    assert len(found.assets) == MOST_ASSETS
    assert not any(mark.named for mark in found.assets)
    assert f"of {MOST_ASSETS + 10} assets" in found.summary


def test_a_single_asset_has_a_page(page, portfolio) -> None:
    text = text_of(edit(page, portfolio, prices__tickers="AAA", bounds__upper="100", risk_free="-50"))
    assert "Efficient frontier of 1 asset:" in text
    assert "100.0 %" in text
    assert page.get(url_of(portfolio, "point/?at=0.5")).status_code == 200


def test_the_smallest_of_many_are_told_in_one_line() -> None:
    weights = {f"T{number}": 1 / 80 for number in range(80)}
    answer = {"weights": weights, "risk": None, "trades": None}
    found = holdings_of(answer, {"T0": "Banks"}, {})
    assert len(found.rows) == MOST_ROWS
    told = f"{80 - MOST_ROWS} smaller ones come to 37.5 % together: a kept result has all as CSV and Excel file."
    assert found.more == told
    assert [row.name for row in found.groups] == ["no group", "Banks"]
    assert found.spread == "It has no risk to share out."


def test_short_positions_are_drawn_from_zero_to_the_left() -> None:
    found = holdings_of({"weights": {"A": 1.5, "B": -0.5}, "risk": None, "trades": None}, {}, {})
    long, short = found.rows
    assert (long.tone, short.tone) == ("up", "down")
    assert (long.x, short.x, short.width) == ("25.00%", "0.00%", "25.00%")


@pytest.mark.parametrize(
    "worst, holds, words",
    [(1e-12, True, "proven optimal"), (1e-3, False, "not proven optimal"), (0.0, True, "15 digits")],
)
def test_the_proof_is_told_as_it_is(worst, holds, words) -> None:
    proof = {"stationarity": worst, "complementarity": 0.0, "feasibility": 0.0, "holds": holds}
    assert words in method_words({"method": "critical line", "certificate": proof})
    assert "no proof" in method_words({"method": "hierarchical risk parity", "certificate": None})


def track(name: str, days: list[str], values: list[float]) -> dict:
    figures = dict.fromkeys(
        ["annual_return", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "tracking_error"], None
    )
    return {
        "name": name,
        "days": days,
        "values": values,
        "performance": figures | {"annual_return": 0.1},
        "turnover": 0.0,
        "cost_drag": 0.0,
        "costs": 0.0,
        "rebalances": 1,
    }


def days_from(count: int) -> list[str]:
    return [str(date(2000, 1, 1) + timedelta(days=number)) for number in range(count)]


def walked(days: list[str], values: list[float], weights: list[tuple[str, dict[str, float]]] = (), **more) -> dict:
    held = [{"traded": day, "turnover": 0.1, "weights": found} for day, found in weights]
    return {"tracks": [track("strategy", days, values)], "weights": held, "events": []} | more


def charts_of(result: dict) -> list[dict]:
    return [json.loads(chart.figures) | {"chart": chart} for chart in backtest_view(result).charts]


def test_long_paths_are_thinned_and_end_where_they_end() -> None:
    days = days_from(1000)
    (found,) = charts_of(walked(days, [1.0 + n for n in range(1000)]))
    times, values = found["data"]
    assert len(times) == len(values) <= MOST_POINTS + 1
    assert (values[0], values[-1]) == (100, 100_000)
    assert times[-1] == 86_400 * (date(2000, 1, 1) - date(1970, 1, 1)).days + 999 * 86_400
    assert backtest_view(walked(days, [1.0] * 1000)).measures[1][1] == ("\u2013",)


def test_a_path_of_a_single_day_is_drawn() -> None:
    (found,) = charts_of(walked(["2020-01-01"], [5.0]))
    assert found["data"][1] == [100]
    assert found["window"][0] < found["window"][1]


def test_growth_has_a_log_scale_unless_all_was_lost() -> None:
    assert charts_of(walked(days_from(2), [5.0, 6.0]))[0]["chart"].grows
    assert not charts_of(walked(days_from(2), [5.0, 0.0]))[0]["chart"].grows


def test_what_happened_is_marked_on_its_day() -> None:
    event = {"day": "2000-01-02", "kind": "delisted", "ticker": "AAA", "message": "It is gone."}
    (found,) = charts_of(walked(days_from(3), [5.0, 6.0, 7.0], events=[event]))
    assert [(mark["word"], mark["at"]) for mark in found["marks"]] == [("AAA delisted", found["data"][0][1])]


def test_weights_are_stacked_largest_first_and_held_until_the_next_trade() -> None:
    trades = [("2000-01-02", {"A": 0.2, "B": 0.8}), ("2000-01-04", {"A": 0.25, "B": 0.5, "C": 0.2})]
    _, found = charts_of(walked(days_from(5), [1.0] * 5, trades))
    chart = found["chart"]
    assert chart.labels == ("B", "A", "C")
    assert (chart.range, chart.told_below) == ("stacked", True)
    assert found["data"][1:] == [[None, 80, 80, 50, 50], [None, 20, 20, 25, 25], [None, 0, 0, 20, 20]]
    assert "After each of 2 rebalancings." in chart.summary
    assert "On average most in B (65.0 %)" in chart.summary
    assert "Up to 5.0 % was cash." in chart.summary


def test_weights_of_many_names_are_the_largest_and_the_others() -> None:
    weights = {f"T{number:02}": (number + 1) / 78 for number in range(12)}
    _, found = charts_of(walked(days_from(2), [1.0, 1.0], [("2000-01-01", weights)]))
    assert found["chart"].labels == (*(f"T{number:02}" for number in range(11, 3, -1)), "Others")
    assert sum(row[0] for row in found["data"][1:]) == pytest.approx(100, abs=1e-3)
    assert found["data"][-1][0] == pytest.approx(100 * 10 / 78, rel=1e-5)
    assert "cash" not in found["chart"].summary
    view = backtest_view(walked(days_from(2), [1.0, 1.0], [("2000-01-01", weights)]))
    assert view.columns == found["chart"].labels
    assert view.rebalances[0][2][-1] == "12.8 %"
    few = backtest_view(walked(days_from(2), [1.0, 1.0], [("2000-01-01", {"A": 1.0})]))
    assert (few.columns, few.rebalances[0][2]) == (("A",), ("100.0 %",))


def test_where_no_others_are_held_none_are_drawn() -> None:
    """A rest of rounding below zero would hang under the axis, and cross the whole chart to get there."""
    first = {f"T{number:02}": 0.1 for number in range(10)}
    alone = {f"T{number:02}": weight for number, weight in enumerate([0.1, 0.3, 0.2, 0.15, 0.05, 0.1, 0.07, 0.03])}
    trades = [("2000-01-01", first), ("2000-01-02", alone)]
    _, found = charts_of(walked(days_from(2), [1.0, 1.0], trades))
    assert found["chart"].labels[-1] == "Others"
    assert set(alone) <= set(found["chart"].labels)
    assert found["data"][-1] == [pytest.approx(20), 0]
