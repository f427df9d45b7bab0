"""Sums over every window of a fixed length, at a cost that does not grow with the length, and without subtracting.

The time is cut into blocks as long as the window. Every window is the end of one block and the beginning of the next,
so it suffices to run once forwards and once backwards through all blocks and to join two results for each window.
Nothing is ever taken away again: a wild figure leaves no trace in the windows after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from modeling.engines.errors import EngineError
from modeling.engines.prices.panel import Array
from valor.lib.errors import Problem

Part = tuple[Array, ...]
"""What is known of a stretch of time: arrays of equal shape, one entry per ticker and stretch."""


def over_windows(series: Sequence[Array], window: int, element: Callable[..., Part], join: Callable[..., Part]) -> Part:
    """What `join` makes of the elements of each window, arrays of shape (n, t - window + 1).

    ``series`` are arrays of shape (n, t); ``element`` makes a part of one entry of each, NaN beyond the end.
    """
    n, t = series[0].shape
    blocks = -(-t // window)
    cut = [_blocks(one, window, blocks) for one in series]
    elements = [element(*(one[place] for one in cut)) for place in range(window)]
    forwards, backwards = [elements[0]], [elements[-1]]
    for place in range(1, window):
        forwards.append(join(forwards[-1], elements[place]))
        backwards.append(join(elements[-1 - place], backwards[-1]))
    backwards.reverse()
    found = [np.empty((n, blocks, window)) for _ in elements[0]]
    for place in range(window):  # the window that starts here: the rest of its block, and so much of the next
        part = backwards[place]
        if place:
            following = tuple(_shifted(one) for one in forwards[place - 1])
            part = join(part, following)
        for whole, one in zip(found, part, strict=True):
            whole[:, :, place] = one
    return tuple(whole.reshape(n, -1)[:, : t - window + 1] for whole in found)


def _blocks(series: Array, window: int, blocks: int) -> Array:
    """Shape (window, n, blocks): the entries of all blocks at the same place lie together."""
    n, t = series.shape
    padded = np.full((n, blocks * window), np.nan)
    padded[:, :t] = series
    return np.ascontiguousarray(padded.reshape(n, blocks, window).transpose(2, 0, 1))


def _shifted(part: Array) -> Array:
    """Each block's part moved to the block before; what follows the last one belongs to no window."""
    moved = np.empty_like(part)
    moved[:, :-1] = part[:, 1:]
    moved[:, -1] = part[:, -1]
    return moved


def moment(value: Array) -> Part:
    """One entry's count, mean and sum of squared deviations."""
    there = ~np.isnan(value)
    return there.astype(np.float64), np.where(there, value, 0.0), np.zeros_like(value)


def join_moments(a: Part, b: Part) -> Part:
    """Chan, Golub and LeVeque (1983), equation 2.1."""
    n = a[0] + b[0]
    share = b[0] / np.maximum(n, 1.0)
    shift = b[1] - a[1]
    return n, a[1] + shift * share, a[2] + b[2] + shift * shift * (a[0] * share)


def joint_moment(first: Array, second: Array) -> Part:
    """One entry's count, two means, two sums of squares and the sum of products, where both series have one."""
    there = ~np.isnan(first + second)
    nothing = np.zeros_like(first)
    means = np.where(there, first, 0.0), np.where(there, second, 0.0)
    return there.astype(np.float64), *means, nothing, nothing, nothing


def join_joint_moments(a: Part, b: Part) -> Part:
    n = a[0] + b[0]
    share = b[0] / np.maximum(n, 1.0)
    first, second = b[1] - a[1], b[2] - a[2]
    weight = a[0] * share
    return (
        n,
        a[1] + first * share,
        a[2] + second * share,
        a[3] + b[3] + first * first * weight,
        a[4] + b[4] + second * second * weight,
        a[5] + b[5] + first * second * weight,
    )


def fall(price: Array) -> Part:
    """One price's count, high, low and deepest fall."""
    there = ~np.isnan(price)
    return there.astype(np.float64), price, price, np.where(there, 0.0, np.nan)


def join_falls(a: Part, b: Part) -> Part:
    """The deepest fall is in one of them, or from the high of the first to the low of the second."""
    across = b[2] / a[1] - 1.0
    return a[0] + b[0], np.fmax(a[1], b[1]), np.fmin(a[2], b[2]), np.fmin(np.fmin(a[3], b[3]), across)


def check_window(window: int, t: int, least: int | None) -> int:
    """How many entries a window needs; by default all of it."""
    problems = []
    if not 2 <= window <= t:
        remedy = f"Choose 2 to {t}, or give a longer period." if t >= 2 else "Give a longer period."
        problems.append(Problem("window", window, f"The window does not fit into {t} periods.", remedy))
    if least is not None and not 2 <= least <= window:
        problems.append(Problem("least", least, "So many can't be asked for.", "Ask for 2 up to the window's length."))
    if problems:
        raise EngineError(problems=problems)
    return window if least is None else least
