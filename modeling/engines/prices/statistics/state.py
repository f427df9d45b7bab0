"""Statistics that grow with the prices: what is kept of a set, so that appended days cost only themselves.

The state holds, for each ticker, counts, the first four moments, co-moments with the market, the running high and the
deepest fall, and the decayed variance. Measures that need the returns themselves are not in it: the historical value
at risk and expected shortfall, the correlation matrix and rolling windows are computed from the prices again.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.prices.errors import NotPositive, OutOfStep, UnreadableState
from modeling.engines.prices.panel import Array, Panel
from modeling.engines.prices.returns import change, not_positive, previous_rows, rates_per_period
from modeling.engines.prices.statistics.merging import merged, settle_recoveries
from modeling.engines.prices.statistics.records import RECORD, Records, empty_records, keep_prices
from modeling.engines.prices.statistics.settings import Settings
from modeling.engines.prices.statistics.sums import Sample, keep_returns
from valor.lib.errors import Problem

ROWS: Final = 8  # tickers at a time: ten years of daily prices and what is made of them stay in the cache
_MAGIC: Final = b"valor statistics 1\n"


@dataclass(frozen=True, eq=False)
class StatisticsState:
    """What is known of the tickers over the calendar's days ``first_day`` to ``last_day`` (since 1970-01-01)."""

    settings: Settings
    tickers: tuple[str, ...]
    first_day: int
    last_day: int
    records: Records

    def extended(self, panel: Panel, market: Any = None, risk_free: Any = None) -> StatisticsState:
        """The state with the days of *panel* appended; what it costs depends on those days alone.

        The panel has the same tickers in any order; its first day is the calendar's next after ``last_day``. The
        arguments are those of `state_of`. Raises OutOfStep for other tickers or for days that are not later.
        """
        if set(panel.tickers) != set(self.tickers):
            raise OutOfStep(problems=[self._other_tickers(panel)])
        if panel.tickers != self.tickers:
            panel = panel.only(self.tickers)
        later = state_of(panel, self.settings, market=market, risk_free=risk_free)
        joined = self.merged(later)
        settle_recoveries(joined.records, self.records, panel.prices, panel.days)
        return joined

    def merged(self, later: StatisticsState) -> StatisticsState:
        """The state of both periods, where *later* begins on the calendar's next day.

        A fall that was made good within the later period has an unknown day of recovery; `extended` finds it.
        """
        if (later.tickers, later.settings) != (self.tickers, self.settings):
            message = "They are of other tickers or made with other settings."
            remedy = "Compute both with the same tickers and settings."
            raise OutOfStep(problems=[Problem("later", None, message, remedy)])
        if later.first_day <= self.last_day:
            day = str(np.datetime64(later.first_day, "D"))
            message = f"The statistics reach to {np.datetime64(self.last_day, 'D')} already."
            remedy = "Append later days only; for corrected prices compute them anew."
            raise OutOfStep(problems=[Problem("days", day, message, remedy)])
        records = merged(self.records, later.records, self.settings)
        return StatisticsState(self.settings, self.tickers, self.first_day, later.last_day, records)

    def to_bytes(self) -> bytes:
        """The state as bytes, with a checksum."""
        head = {"settings": asdict(self.settings), "tickers": self.tickers, "days": (self.first_day, self.last_day)}
        body = json.dumps(head).encode() + b"\n" + self.records.tobytes()
        return _MAGIC + zlib.crc32(body).to_bytes(4, "little") + body

    @classmethod
    def from_bytes(cls, data: bytes) -> StatisticsState:
        """The state that `to_bytes` wrote; UnreadableState for anything else."""
        start = len(_MAGIC)
        body = data[start + 4 :]
        if data[:start] != _MAGIC or zlib.crc32(body).to_bytes(4, "little") != data[start : start + 4]:
            raise UnreadableState
        head, _, rest = body.partition(b"\n")
        told = json.loads(head)
        tickers = tuple(told["tickers"])
        records = np.frombuffer(rest, RECORD).copy()
        if len(records) != len(tickers):
            raise UnreadableState
        first_day, last_day = told["days"]
        return cls(Settings(**told["settings"]), tickers, first_day, last_day, records)

    def _other_tickers(self, panel: Panel) -> Problem:
        other = sorted(set(panel.tickers) ^ set(self.tickers))[:10]
        return Problem(
            "tickers",
            ", ".join(other),
            "These tickers are in the statistics or in the prices, but not in both.",
            "Append the same tickers, with NaN where one has no price; for a new one compute the statistics anew.",
        )


def state_of(
    panel: Panel, settings: Settings | None = None, *, market: Any = None, risk_free: Any = None
) -> StatisticsState:
    """The state over all days of the panel.

    Parameters
    ----------
    market : a ticker of the panel, or the market's price on each day, shape (t,), NaN where it has none; None for no
        beta and alpha
    risk_free : decimal per year for each day, shape (t,), instead of the settings' constant one

    Raises
    ------
    EngineError
        For an unknown market; OutOfStep for a series of another length; NotPositive for a price that is not.
    """
    settings = settings or Settings()
    if not len(panel.days):
        raise EngineError(problems=[Problem("days", 0, "The prices have no days.", "Give at least one.")])
    prices = market_prices(panel, market)
    rate = settings.risk_free if risk_free is None else risk_free
    rates = rates_per_period(rate, panel, settings.periods_per_year, settings.kind)
    records = empty_records(len(panel.tickers))
    for start in range(0, len(records), ROWS):
        rows = slice(start, start + ROWS)
        part = Panel(panel.days, panel.tickers[rows], panel.prices[rows])
        _check(part)
        keep_prices(records[rows], part.prices, panel.days, prices, rates)
        if len(panel.days) > 1:
            keep_returns(records[rows], _sample(part, settings, prices, rates), settings.decay)
    return StatisticsState(settings, panel.tickers, int(panel.days[0]), int(panel.days[-1]), records)


def market_prices(panel: Panel, market: Any) -> Array:
    """The market's price on each day, NaN where there is none."""
    if market is None:
        return np.full(len(panel.days), np.nan)
    series = panel.only([market]).prices[0] if isinstance(market, str) else np.asarray(market, dtype=np.float64)
    if series.shape != panel.days.shape:
        shape = " x ".join(map(str, series.shape))
        remedy = f"Give one price for each of the {len(panel.days)} days, NaN where there is none."
        raise OutOfStep(problems=[Problem("market", shape, "It has another length than the calendar.", remedy)])
    _check(Panel(panel.days, ("the market",), series[None, :]))
    return series


def _check(panel: Panel) -> None:
    """Two quick passes over good prices; the bad ones are looked for only where there are some."""
    if panel.prices.min() > 0 and panel.prices.max() < np.inf:
        return
    bad = np.argwhere((panel.prices <= 0) | np.isinf(panel.prices))
    if len(bad):
        raise NotPositive(problems=[not_positive(panel, int(row), int(day)) for row, day in bad[:10]])


def _sample(panel: Panel, settings: Settings, market: Array, rates: Array) -> Sample:
    """The returns of some tickers, with those of the market and the risk-free rate over the same days each."""
    prices, days = panel.prices, panel.days.astype(np.int64)
    apart = settings.limit_days is not None and int(np.diff(days).max()) > settings.limit_days
    gaps = bool(np.isnan(prices).any())
    if not (gaps and settings.spanned):
        returns = change(prices[:, :-1], prices[:, 1:], settings.kind)
        if apart:
            returns[:, np.diff(days) > (settings.limit_days or 0)] = np.nan
        return Sample(returns, rates[:-1], change(market[:-1], market[1:], settings.kind), not (gaps or apart))
    previous = previous_rows(panel, settings.spanned)
    place = np.maximum(previous, 0)
    before = np.where(previous < 0, np.nan, np.take_along_axis(prices, place, axis=1))
    returns = change(before, prices[:, 1:], settings.kind)
    if settings.limit_days is not None:
        returns[days[1:] - days[place] > settings.limit_days] = np.nan
    level = np.concatenate([[0.0], np.cumsum(rates)])
    return Sample(returns, level[1:-1] - level[place], change(market[place], market[1:], settings.kind), False)
