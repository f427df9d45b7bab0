"""Everything a board shows, read once: for its page, its poll and the API, in as few queries as there are kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from performance import sampling
from performance.actions.selectors import runs
from performance.alerts.models import Alert
from performance.boards import OVERVIEW, Board
from performance.cache import cached
from performance.components import Component, components
from performance.foresight import recent_anomalies
from performance.foresight.anomalies import Noted
from performance.forms import Look, asked
from performance.glance import Glance
from performance.marks import Mark, marks
from performance.metrics import SYSTEM, Category, Metric
from performance.models import ActionRun, Anomaly, Recommendation, SamplingChange
from performance.models.samples import Sample
from performance.panels import charted, drawing
from performance.panels.ahead import Ahead, ahead_of, foreseen
from performance.recommendations.selectors import open_recommendations
from performance.revision import Revision
from performance.sampling import INTERVAL, Sampling
from performance.series import Series
from performance.status import current_status
from performance.summary import Figure, before, figures
from performance.words import Status
from tasks.selectors import Viewer
from valor.accounts.roles import is_operator

if TYPE_CHECKING:
    from performance.rollups.several import Ask

DRAWN_SECONDS = 20  # Well below the usual interval of 30 s.
HELD_SECONDS = 3600
MOST_ADVICE = MOST_RUNS = MOST_ANOMALIES = 5
LATELY = timedelta(days=1)
Samples = Mapping[str, Sample]


@dataclass(frozen=True)
class Drawn:
    """What was read for the cards' small lines, for the charts and for what those are compared with, by category.

    Another *key* says that something else was read.
    """

    key: tuple[object, ...]
    cards: Mapping[str, Series]
    charts: Mapping[str, Series]
    earlier: Mapping[str, Series]


@dataclass(frozen=True)
class Dashboard:
    """What the dashboard shows of a host and time range; *advice* and *runs* for operators only.

    *charts* and *earlier*, what they are compared with, by category; *ahead*, what is foreseen of a chart, by its slug.
    """

    now: datetime
    look: Look
    hosts: Sequence[str]
    latest: Sample | None
    status: Status
    components: Sequence[Component]
    cards: Sequence[Figure]
    charts: Mapping[str, Series]
    earlier: Mapping[str, Series]
    ahead: Mapping[str, Sequence[Ahead]]
    marks: Sequence[Mark]
    glance: Glance
    anomalies: Sequence[Noted]
    advice: Sequence[Recommendation]
    runs: Sequence[ActionRun]


def gather(query: Mapping[str, str], now: datetime, held: Revision, viewer: Viewer) -> Dashboard:
    """The overview as asked for in the address; what the revision says there is none of is not read."""
    operator = is_operator(viewer)
    glance = Glance()
    glance.read_all()
    glance.open = glance.open if held.has(Alert) else []
    glance.sampling = sampling_of(held)
    samples = glance.latest(SYSTEM.model)
    look = asked(query, samples, now)
    latest = glance.last(SYSTEM.model, look.host)
    status = current_status(now, glance)
    found = drawn(OVERVIEW, look, samples_of(OVERVIEW, look.host, glance))
    return Dashboard(
        now=now,
        look=look,
        hosts=[sample.host for sample in samples],
        latest=latest,
        status=status,
        components=components(status),
        cards=cards_of(OVERVIEW, look.host, glance, now, found),
        charts=found.charts,
        earlier=found.earlier,
        ahead=ahead(OVERVIEW, look, found, now),
        marks=marks(look.window, look.host, viewer, operator),
        glance=glance,
        anomalies=recent_anomalies(now, LATELY, MOST_ANOMALIES) if held.has(Anomaly) else [],
        advice=list(open_recommendations()[:MOST_ADVICE]) if operator and held.has(Recommendation) else [],
        runs=list(runs()[:MOST_RUNS]) if operator and held.has(ActionRun) else [],
    )


@cached(ttl=HELD_SECONDS, namespace="charts", key=lambda held: ("sampling", held.of(SamplingChange)))
def sampling_of(held: Revision) -> Sampling:
    """A change of the sampling never changes itself: the same number is the same state."""
    return sampling.state() if held.has(SamplingChange) else Sampling()


def samples_of(board: Board, host: str, glance: Glance) -> Samples:
    """A host's last sample of every category that the board shows."""
    glance.read_all()
    shown = {lead.category.name: lead.category for lead in board.cards} | {c.name: c for c in charted(board.panels)}
    found = {name: glance.last(category.model, host) for name, category in shown.items()}
    return {name: sample for name, sample in found.items() if sample is not None}


def drawn_key(board: Board, look: Look, samples: Samples) -> tuple[object, ...]:
    """Every viewer of a host and range sees the same until its next sample."""
    newest = tuple((name, sample.pk, sample.taken_at) for name, sample in sorted(samples.items()))
    return board.name, look.host, look.query, newest


@cached(ttl=DRAWN_SECONDS, namespace="charts", key=drawn_key)
def drawn(board: Board, look: Look, samples: Samples) -> Drawn:
    """The arrays behind cards and charts together; the charts' right edge may be as old as they are kept."""
    from performance.rollups.several import histories

    cards = list(cards_asked(board, samples))
    lines = list(charts_asked(board, look, samples))
    found = iter(histories([*cards, *lines], look.window.end))
    told, shown = ({ask.category.name: next(found) for ask in asks} for asks in (cards, lines))
    return Drawn(drawn_key(board, look, samples), told, shown, earlier_of(shown, look))


def cards_asked(board: Board, samples: Samples) -> Iterator[Ask]:
    for category, metrics in leading(board).items():
        if category.name in samples:
            yield before(samples[category.name], category, metrics)


def charts_asked(board: Board, look: Look, samples: Samples) -> Iterator[Ask]:
    from performance.rollups.several import Ask

    for category, metrics in charted(board.panels).items():
        sample = samples.get(category.name)
        yield Ask(category, look.host, look.window, metrics, sample.interval if sample else INTERVAL)


def earlier_of(lines: Mapping[str, Series], look: Look) -> dict[str, Series]:
    """The same lines of the time that the view is compared with."""
    if look.comparison is None:
        return {}
    from performance.aligned import earlier  # NumPy, which most processes do without

    return {name: earlier(series, look.comparison.shift) for name, series in lines.items()}


def leading(board: Board) -> dict[Category, list[Metric]]:
    """The metrics of the board's cards, by category."""
    found: dict[Category, list[Metric]] = {}
    for lead in board.cards:
        found.setdefault(lead.category, []).append(lead.metric)
    return found


def cards_of(board: Board, host: str, glance: Glance, now: datetime, found: Drawn) -> list[Figure]:
    """The figures of the board's cards in their order, of what was taken last of each category."""
    told: dict[tuple[str, str], Figure] = {}
    for category, metrics in leading(board).items():
        last = glance.last(category.model, host)
        line = found.cards.get(category.name)
        for figure in figures(host, last, now, category, metrics=metrics, glance=glance, series=line):
            told[category.name, figure.metric.name] = figure
    return [told[lead.category.name, lead.name] for lead in board.cards]


def charts_of(board: Board, look: Look, found: Drawn) -> dict[str, Any]:
    """The charts' arrays and what is said of them, in the viewer's time zone."""
    return drawing.drawn(board.panels, look, found.charts, found.earlier)


def ahead(board: Board, look: Look, found: Drawn, now: datetime) -> dict[str, list[Ahead]]:
    """What is foreseen of each chart's lines, by its slug."""
    forecasts = foreseen(look, now)
    lines = found.charts if forecasts else {}
    return {
        panel.slug: list(ahead_of(panel, lines[panel.category.name], forecasts))
        for panel in board.panels
        if panel.category.name in lines
    }
