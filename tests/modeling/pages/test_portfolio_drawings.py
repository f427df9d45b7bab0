"""The frontier and the paths of a backtest as drawings: everything in its place, nothing on top of another name."""

from __future__ import annotations

import pytest

from modeling.presenters.backtest import MOST_POINTS, backtest_view
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
    assert found.more == f"{80 - MOST_ROWS} smaller ones come to 37.5 % together."
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


def test_long_paths_are_thinned_and_end_where_they_end() -> None:
    days = [f"{2000 + number // 336}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}" for number in range(1000)]
    result = {"tracks": [track("strategy", days, [1.0 + n for n in range(1000)])], "weights": [], "events": []}
    found = backtest_view(result)
    (path,) = found.chart.paths
    assert len(path.points.split()) <= MOST_POINTS + 1
    assert path.points.split()[-1].startswith("1000.0,")
    assert found.measures[1][1] == ("\u2013",)


def test_a_path_of_a_single_day_is_drawn() -> None:
    result = {"tracks": [track("strategy", ["2020-01-01"], [5.0])], "weights": [], "events": []}
    assert backtest_view(result).chart.paths[0].points.count(",") == 1
