"""Whether a table is wide, long or of a single ticker, and which of its columns count then."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.importers.prices import columns, figures
from modeling.importers.prices.columns import Sample
from modeling.importers.prices.heads import Heads
from modeling.importers.prices.layout import LONG, SHAPES, SINGLE, WIDE
from modeling.importers.prices.refusals import refused, shown
from modeling.importers.prices.search import Search

FEW_COLUMNS = 12


def sample_names(sample: Sample) -> list[str]:
    return [sample.name(column) for column in range(min(len(sample.names), FEW_COLUMNS))]


@dataclass(frozen=True)
class Guess:
    """A shape, the column of tickers that it has (else -1), why, and whether that is certain."""

    shape: str
    ticker_at: int
    evidence: str
    certain: bool = True


def shape_of(search: Search, sample: Sample, dated: int, heads: Heads | None) -> tuple[str, int]:
    """The shape, and the column of tickers that a long one has (else -1)."""
    if heads:
        return headed(search, heads, dated), -1
    stated = search.stated.get("shape")
    if stated is not None and stated not in SHAPES:
        raise refused("There is no such layout.", f"Use one of: {', '.join(SHAPES)}.", "shape", stated)
    guess = guessed(search, sample, dated)
    shape = stated or guess.shape
    search.settle("shape", shape, SHAPES[shape], guess.evidence, others=tuple(SHAPES), certain=guess.certain)
    if shape != LONG:
        return shape, -1
    at = guess.ticker_at
    if at < 0:
        raise refused("No column of it holds tickers.", "State ticker_column.", "ticker_column")
    others = sample_names(sample)
    search.settle(
        "ticker_column", sample.name(at), sample.name(at), guess.evidence, others=others, certain=guess.certain
    )
    return shape, at


def headed(search: Search, heads: Heads, dated: int) -> str:
    """That of a table whose header has a line of tickers; refuses what is stated otherwise."""
    for name in ("shape", "ticker_column", "date_column"):
        if name in search.stated and (dated if name == "date_column" else search.stated[name] != WIDE):
            remedy = "Leave it out, or give one line with the names of the columns."
            raise refused(f"This does not fit its header. {heads.evidence}", remedy, name, search.stated[name])
    return search.settle("shape", WIDE, SHAPES[WIDE], heads.evidence)


def guessed(search: Search, sample: Sample, dated: int) -> Guess:
    named = named_ticker(search, sample, dated)
    if named >= 0:
        return Guess(LONG, named, f"The column {shown(sample.name(named))} holds tickers.")
    others = [name for at, name in enumerate(sample.names) if at != dated]
    if all(columns.key_of(name) in columns.FIELDS for name in others) and columns.by_name(
        sample, columns.PREFERRED, {dated}
    ):
        return Guess(SINGLE, -1, "Its columns are prices of different kinds, and none holds tickers.")
    few = range(len(sample.names)) if len(sample.names) <= FEW_COLUMNS else range(0)
    texts = [at for at in few if at != dated and sample.is_text(at)]
    if texts:
        evidence = f"The column {shown(sample.name(texts[0]))} holds texts, which may be tickers."
        certain = len(texts) == 1 and (sample.header_line == 0 or names_prices(sample))
        return Guess(LONG, texts[0], evidence, certain)
    named_so = next((name for name in others if columns.key_of(name) in columns.UNMISTAKABLE), "")
    if named_so:
        return Guess(WIDE, -1, f"{shown(named_so)} is what a price is called, the other columns may be tickers.", False)
    return Guess(WIDE, -1, "Every other column holds prices under a name of its own.")


def names_prices(sample: Sample) -> bool:
    """Whether the header speaks of prices rather than of tickers."""
    return any(columns.key_of(name) in columns.PREFERRED for name in sample.names)


def named_ticker(search: Search, sample: Sample, dated: int) -> int:
    if "ticker_column" in search.stated:
        return sample.place(search.stated["ticker_column"], "ticker_column")
    for column in columns.by_name(sample, columns.TICKERS, {dated}):
        texts, _ = sample.texts(column)
        if texts and not any(figures.looks_like_number(value) and "." in value for value in texts):
            return column
    return -1


def price_of(search: Search, sample: Sample, but: set[int]) -> int:
    """The column of prices: adjusted before close before anything else that is a number."""
    if "price_column" in search.stated:
        column = sample.place(search.stated["price_column"], "price_column")
        search.settle("price_column", sample.name(column), sample.name(column), "")
        return column
    named = columns.by_name(sample, columns.PREFERRED, but)
    numeric = [at for at in range(len(sample.names)) if at not in but and sample.is_numeric(at)]
    others = [at for at in numeric if columns.key_of(sample.names[at]) not in columns.OTHER_FIELDS]
    found = named or others or numeric
    if not found:
        raise refused("No column of it holds prices.", "State price_column.", "price_column")
    column, rest = found[0], [sample.name(at) for at in dict.fromkeys((*found[1:], *numeric))]
    evidence = "It is the only column of numbers."
    if len(numeric) > 1:
        evidence = "Prices adjusted for dividends and splits go before closing prices, these before all others."
    certain = bool(named) or len(others) == 1 or len(numeric) == 1
    search.settle("price_column", sample.name(column), sample.name(column), evidence, others=rest, certain=certain)
    return column
