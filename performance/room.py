"""Keeps what many processes counted together as small as what one of them counts. Pure.

Each process has at most MOST_SERIES series of a name and MOST_TASKS of its work, though each has others: labels that
are new every day would pile up in what outlives them all. Beyond the most they share a series here, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

from performance.totals import MOST_SERIES, MOST_TASKS, OTHER, Counted, Labels, Spent, Task, Totals, merge_into

K = TypeVar("K", bound=Hashable)
M = TypeVar("M", Counted, Spent)


def fitted(told: Totals, known: Totals) -> Totals:
    """What is *told*, as it can be added to what is *known*: itself, or where there is no room under shared labels."""
    values = moved(told.values, known.values, lambda key: key[:2], lambda key: (*key[:2], shared(key[2])), MOST_SERIES)
    counts = moved(told.counts, known.counts, lambda key: key[0], lambda key: (key[0], shared(key[1])), MOST_SERIES)
    work = moved(told.work, known.work, lambda task: None, task_shared, MOST_TASKS)
    if not (values or counts or work):
        return told
    made = Totals(under(told.values, values, Counted), {}, under(told.work, work, Spent), dict(told.folded))
    for key, amount in told.counts.items():
        place = counts.get(key, key)
        made.counts[place] = made.counts.get(place, 0) + amount
    names = (*(name for _, name, _ in values), *(name for name, _ in counts), *("work" for _ in work))
    made.folded = dict(Counter(names) + Counter(told.folded))
    return made


def moved(
    told: Iterable[K], known: Iterable[K], family: Callable[[K], Any], shared: Callable[[K], K], most: int
) -> dict[K, K]:
    """Those of the keys that find no room in their family any more, each with the one that it shares."""
    places: dict[K, K] = {}
    there = {key for key in known if key != shared(key)}
    sizes = Counter(map(family, there))
    for key in told:
        if key in there or key == shared(key):
            continue
        if sizes[family(key)] < most:
            sizes[family(key)] += 1
        else:
            places[key] = shared(key)
    return places


def under(told: Mapping[K, M], places: Mapping[K, K], empty: Callable[[], M]) -> dict[K, M]:
    made: dict[K, M] = {}
    for key, counted in told.items():
        merge_into(made, {places.get(key, key): counted}, empty)
    return made


def shared(labels: Labels) -> Labels:
    return tuple((name, OTHER) for name, _ in labels)


def task_shared(task: Task) -> Task:
    return task.shared
