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
from performance.metrics import SYSTEM, Metric
from performance.models import ActionRun, Anomaly, Recommendation, SamplingChange
from performance.models.samples import Sample
from performance.panels import Source, charted, drawing
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
    """What was read for the cards' small lines, for the charts and for what those are compared with, by source.

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
    """The last sample of every source that the board shows, *host* being the one that is looked at."""
    glance.read_all()
    sources = {**leading(board), **charted(board.panels)}
    found = {source.key: glance.last(source.category.model, source.host or host) for source in sources}
    return {key: sample for key, sample in found.items() if sample is not None}


def drawn_key(board: Board, look: Look, samples: Samples) -> tuple[object, ...]:
    """Every viewer of a host and range sees the same until its next sample."""
    newest = tuple((name, sample.pk, sample.taken_at) for name, sample in sorted(samples.items()))
    return board.name, look.host, look.query, newest


@cached(ttl=DRAWN_SECONDS, namespace="charts", key=drawn_key)
def drawn(board: Board, look: Look, samples: Samples) -> Drawn:
    """The arrays behind cards and charts together; the charts' right edge may be as old as they are kept."""
    from performance.rollups.several import histories

    cards = dict(cards_asked(board, samples))
    lines = dict(charts_asked(board, look, samples))
    found = iter(histories([*cards.values(), *lines.values()], look.window.end))
    told, read = ({key: next(found) for key in asks} for asks in (cards, lines))
    shown = {source.key: read[place_of(source, look)] for source in charted(board.panels)}
    return Drawn(drawn_key(board, look, samples), told, shown, earlier_of(shown, look))


def cards_asked(board: Board, samples: Samples) -> Iterator[tuple[str, Ask]]:
    for source, metrics in leading(board).items():
        if source.key in samples:
            yield source.key, before(samples[source.key], source.category, metrics)


def charts_asked(board: Board, look: Look, samples: Samples) -> Iterator[tuple[str, Ask]]:
    """One for each category and host, whether that is the one looked at, or named, or both."""
    from performance.rollups.several import Ask

    places: dict[str, dict[Source, tuple[Metric, ...]]] = {}
    for source, metrics in charted(board.panels).items():
        places.setdefault(place_of(source, look), {})[source] = metrics
    for place, sources in places.items():
        source = next(iter(sources))
        every = tuple(dict.fromkeys(metric for metrics in sources.values() for metric in metrics))
        sample = samples.get(source.key)
        interval = sample.interval if sample else INTERVAL
        yield place, Ask(source.category, source.host or look.host, look.window, every, interval, latest=sample)


def place_of(source: Source, look: Look) -> str:
    """The same for whatever is read together."""
    return Source(source.category, source.host or look.host).key


def earlier_of(lines: Mapping[str, Series], look: Look) -> dict[str, Series]:
    """The same lines of the time that the view is compared with."""
    if look.comparison is None:
        return {}
    from performance.aligned import earlier  # NumPy, which most processes do without

    return {key: earlier(series, look.comparison.shift) for key, series in lines.items()}


def leading(board: Board) -> dict[Source, list[Metric]]:
    """The metrics of the board's cards, by source; two cards may show the same."""
    found: dict[Source, dict[str, Metric]] = {}
    for lead in board.cards:
        found.setdefault(lead.source, {})[lead.name] = lead.metric
    return {source: list(metrics.values()) for source, metrics in found.items()}


def cards_of(board: Board, host: str, glance: Glance, now: datetime, found: Drawn) -> list[Figure]:
    """The figures of the board's cards in their order, of what was taken last of each category."""
    told: dict[tuple[Source, str], Figure] = {}
    for source, metrics in leading(board).items():
        place, category = source.host or host, source.category
        last, line = glance.last(category.model, place), found.cards.get(source.key)
        for figure in figures(place, last, now, category, metrics=metrics, glance=glance, series=line):
            told[source, figure.metric.name] = figure
    return [told[lead.source, lead.name] for lead in board.cards]


def charts_of(board: Board, look: Look, found: Drawn) -> dict[str, Any]:
    """The charts' arrays and what is said of them, in the viewer's time zone."""
    return drawing.drawn(board.panels, look, found.charts, found.earlier)


def ahead(board: Board, look: Look, found: Drawn, now: datetime) -> dict[str, list[Ahead]]:
    """What is foreseen of each chart's lines, by its slug."""
    forecasts = foreseen(look, now)
    lines = found.charts if forecasts else {}
    return {
        panel.slug: list(ahead_of(panel, lines[panel.source().key], forecasts))
        for panel in board.panels
        if panel.source().key in lines
    }
