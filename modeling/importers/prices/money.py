"""Which money the prices of a file are in: a column, a statement, the sign they carry, and units such as pence."""

from __future__ import annotations

from collections.abc import Iterable

from modeling.importers.prices import columns
from modeling.importers.prices.columns import Sample
from modeling.importers.prices.layout import Layout
from modeling.importers.prices.refusals import BadPriceFile, refused
from modeling.importers.prices.search import Search
from modeling.importers.prices.signs import fits, misfit, several, sign_of
from modeling.prices.units import MINOR


def code_of(text: str) -> str:
    """A code in capitals, but for those whose small letters mean a minor unit."""
    text = text.strip()
    return text if text in MINOR else text.upper()


def is_code(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha()


def currency_column(search: Search, sample: Sample, but: set[int]) -> int:
    """The column of currencies, -1 where there is none; with what its minor units mean."""
    if "currency_column" in search.stated:
        found = [sample.place(search.stated["currency_column"], "currency_column")]
    else:
        found = [at for at in columns.by_name(sample, columns.CURRENCIES, but) if sample.is_text(at)]
    if not found:
        return -1
    codes = dict.fromkeys(map(code_of, sample.texts(found[0])[0]))
    meant = [f"{MINOR[code].words}." for code in codes if code in MINOR]
    name = sample.name(found[0])
    search.settle("currency_column", name, name, "It is called so.", more="".join(f" {words}" for words in meant))
    return found[0]


def currency_stated(search: Search, column: str) -> str:
    """The currency that somebody says the prices are in; empty where nobody does."""
    stated = search.stated.get("currency", "")
    if not stated:
        return ""
    code = code_of(stated)
    if not is_code(code):
        raise refused("This is no currency.", "Give a code of three letters such as USD or GBX.", "currency", stated)
    if column:
        raise refused(
            f"Its column {column} states the currency of each price.", "State none besides.", "currency", stated
        )
    meant = f" {MINOR[code].words}." if code in MINOR else ""
    return search.settle("currency", code, code, "", more=meant)


def sign_in(sample: Sample, layout: Layout, priced: Iterable[int]) -> str:
    """The sign of the first prices, where nothing else says which money they are; raises BadPriceFile for several."""
    if layout.currency_column:
        return ""
    signs = {sign_of(text) for at in priced for text in sample.texts(at)[0]}
    if problem := several(signs):
        raise BadPriceFile(problems=[problem])
    sign = max(signs, default="")
    if layout.currency and not fits(sign, layout.currency):
        raise BadPriceFile(problems=[misfit(sign, layout.currency)])
    return "" if layout.currency else sign
