"""Shares of the risk as a column of inputs, one for each asset; those left empty share what is left in equal parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from modeling.forms.texts import EXAMPLES, Unreadable, plain, read, shown
from valor.lib.errors import Problem

PATH = "objective.budgets"
PREFIX = "budget:"
MOST_ASSETS = 200
EXACT = 1e-4
Budgets = Mapping[str, float]


def is_asked(assets: Sequence[str]) -> bool:
    """Whether there is a table; budgets of very many assets are stated by the API."""
    return 0 < len(assets) <= MOST_ASSETS


def texts_of(budgets: Budgets, assets: Sequence[str]) -> dict[str, str]:
    """In percent of all; empty where several have the same, which is what is left for them."""
    total = sum(budgets.values())
    shares = {name: budgets[name] / total for name in assets if name in budgets and total}
    common, count = Counter(round(share, 9) for share in shares.values()).most_common(1)[0] if shares else (0.0, 0)
    return {
        name: ""
        if name not in shares or (count > 1 and round(shares[name], 9) == common)
        else plain(100 * shares[name])
        for name in assets
    }


def posted(data: Mapping[str, str], budgets: Budgets, assets: Sequence[str]) -> dict[str, str]:
    """The text of each asset: as it was typed, or as it is stored."""
    stored = texts_of(budgets, assets)
    return {name: data.get(f"{PREFIX}{name}", stored[name]) for name in assets}


def read_budgets(
    data: Mapping[str, str], stored: Budgets, assets: Sequence[str], problems: list[Problem]
) -> dict[str, float]:
    """The shares of all assets, none where all are left empty; what is wrong goes to *problems*."""
    if not is_asked(assets) or not any(name.startswith(PREFIX) for name in data):
        return dict(stored)
    texts = posted(data, stored, assets)
    if texts == texts_of(stored, assets) and (not stored or stored.keys() == set(assets)):
        return dict(stored)
    shares = {name: read_share(name, text, problems) for name, text in texts.items()}
    if any(problem.field.startswith(PATH) for problem in problems):
        return dict(stored)
    if all(share is None for share in shares.values()):
        return {}
    return shared(shares, problems) or dict(stored)


def read_share(name: str, text: str, problems: list[Problem]) -> float | None:
    try:
        share: float | None = read(text, "rate")
    except Unreadable:
        message = f"{name}: “{text.strip()[:80]}” can't be read."
        problems.append(Problem(f"{PATH}.{name}", text, message, EXAMPLES["rate"]))
        return None
    if share is not None and share <= 0:
        message = f"{name}: {text.strip()[:80]} is no share of the risk."
        remedy = "Type more than 0, leave it empty, or leave the ticker out."
        problems.append(Problem(f"{PATH}.{name}", text, message, remedy))
    return share


def shared(shares: Mapping[str, float | None], problems: list[Problem]) -> dict[str, float]:
    """What is stated, and for each of the others an equal part of what that leaves; nothing where it leaves none."""
    stated = {name: share for name, share in shares.items() if share is not None}
    total, others = sum(stated.values()), len(shares) - len(stated)
    left, told = 1.0 - total, shown(total, "rate")
    if others and left < EXACT:
        message = f"They add up to {told} % and leave nothing for the {others} left empty."
        problems.append(Problem(PATH, told, message, "Lower some, or state all of them."))
    elif not others and abs(left) > EXACT:
        remedy = "Let them add up to 100 %, or leave some empty: these share what is left."
        problems.append(Problem(PATH, told, f"They add up to {told} %.", remedy))
    else:
        return {name: left / others if share is None else share for name, share in shares.items()}
    return {}


def rest_of(texts: Mapping[str, str]) -> str:
    """What each input that is left empty stands for; empty where that can't be told."""
    try:
        shares = [read(text, "rate") for text in texts.values()]
    except Unreadable:
        return ""
    others = sum(share is None for share in shares)
    left = 1.0 - sum(share for share in shares if share is not None)
    return shown(round(left / others, 4), "rate") if others and left > 0 else ""
