"""Requirements and what to relax of them, as people say it."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMES = 6

PHRASES = {
    "lower": "at least {value} in {names}",
    "upper": "at most {value} in {names}",
    "budget": "weights that add up to {value}",
    "group_lower": "at least {value} in {name}",
    "group_upper": "at most {value} in {name}",
    "exposure_lower": "an exposure to {name} of at least {figure}",
    "exposure_upper": "an exposure to {name} of at most {figure}",
    "turnover": "a turnover of at most {value}",
    "gross": "a gross exposure of at most {value}",
    "net": "a net exposure of at most {value}",
    "tracking_error": "a tracking error of at most {value}",
    "target_return": "an expected return of at least {value}",
    "target_risk": "a volatility of at most {value}",
    "cardinality": "at most {count}",
    "minimum_position": "positions of at least {value} each",
}
SUBJECTS = {
    "lower": "the lower bound of {names}",
    "upper": "the upper bound of {names}",
    "budget": "the budget",
    "group_lower": "the lower bound of {name}",
    "group_upper": "the upper bound of {name}",
    "exposure_lower": "the least exposure to {name}",
    "exposure_upper": "the greatest exposure to {name}",
    "turnover": "the turnover",
    "gross": "the gross exposure",
    "net": "the net exposure",
    "tracking_error": "the tracking error",
    "target_return": "the expected return asked for",
    "target_risk": "the volatility",
    "cardinality": "the number of assets",
    "minimum_position": "the least position",
}
RISES = {"upper", "group_upper", "exposure_upper", "turnover", "gross", "net", "tracking_error", "target_risk"}
RISES |= {"cardinality"}


def precise(share: float) -> str:
    """A share in percent with every digit that a relaxation has: 0.123457 is "12.3457 %"."""
    return f"{share * 100:.8g} %".replace("-", "−")


def listed(names: Sequence[str]) -> str:
    """The names as the end of a phrase; many are counted."""
    if len(names) == 1:
        return names[0]
    if len(names) <= MOST_NAMES:
        return f"each of {joined(names)}"
    return f"each of {', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} others"


def joined(phrases: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(phrases[:-1]), phrases[-1]]) if len(phrases) > 1 else "".join(phrases)


def figures(kind: str, value: float) -> str:
    if kind == "cardinality":
        return f"{value:.0f}"
    return f"{value:.8g}".replace("-", "−") if kind.startswith("exposure") else precise(value)


def phrase(kind: str, names: Sequence[str], value: float) -> str:
    if kind == "lower" and value == 0:
        return f"no short position in {'any of ' if len(names) > 1 else ''}{listed(names).removeprefix('each of ')}"
    shown = figures(kind, value)
    count = f"{shown} asset" if shown == "1" else f"{shown} assets"
    return PHRASES[kind].format(value=shown, figure=shown, count=count, name=names[0], names=listed(names))


def less_strict(kind: str, names: Sequence[str], value: float, to: float | None) -> str:
    """What to do about this requirement alone."""
    subject = SUBJECTS[kind].format(name=names[0], names=listed(names))
    if to is None:
        return f"Leave {subject} as it is: changing it alone does not help."
    before, after = figures(kind, value), figures(kind, to)
    if kind == "lower" and value == 0:
        return f"Allow short positions of at least {precise(-to)} in {listed(names)}."
    if kind == "budget":
        return f"What is invested is {before}: relax one of the others, or add cash as an asset."
    if kind in RISES:
        return f"Raise {subject} from {before} to at least {after}."
    return f"Lower {subject} from {before} to at most {after}."
