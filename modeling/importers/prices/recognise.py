"""How a file is laid out, each part with its evidence and alternatives; what somebody states holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modeling.importers.prices import columns, dates, figures, tables, text
from modeling.importers.prices.columns import Sample
from modeling.importers.prices.container import Member
from modeling.importers.prices.heads import Heads, field_of, heads_of
from modeling.importers.prices.layout import SINGLE, WIDE, Layout, Recognised
from modeling.importers.prices.magic import TEXT
from modeling.importers.prices.money import currency_column, currency_stated, sign_in
from modeling.importers.prices.refusals import refused, shown
from modeling.importers.prices.search import Search
from modeling.importers.prices.shapes import price_of, sample_names, shape_of

OPTIONS = (
    "shape",
    "date_column",
    "ticker_column",
    "price_column",
    "currency_column",
    "currency",
    "date_format",
    "encoding",
    "separator",
    "decimal",
    "thousands",
    "sheet",
    "ticker",
)
MOST_ASKED = 100  # columns of prices
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SPELLED = {word: mark for mark, word in SEPARATORS.items()} | {"\\t": "\t"}


def recognise(member: Member, stated: Mapping[str, str] | None = None) -> Recognised:
    """The layout of a file. *stated* overrides what would be recognised, by the names in ``OPTIONS``.

    Raises BadPriceFile where this is no table of prices, or what was stated does not fit it.
    """
    search = Search(member, checked(stated or {}))
    form = tables.Form(member.kind)
    if member.kind == TEXT:
        form, rows = text_form(search)
    else:
        sheet, others = tables.sheet_of(member, search.stated.get("sheet", ""))
        if sheet:
            search.settle("sheet", sheet, sheet, "It is the first sheet that holds anything.", others=others)
        form = tables.Form(member.kind, sheet=sheet)
        rows = tables.first_rows(member, form)
    heads = heads_of(rows)
    sample = columns.sampled(rows, heads)
    layout, priced = tabled(search, sample, form, heads)
    return Recognised(member.name, layout, tuple(search.findings), sample.names, sign_in(sample, layout, priced))


def checked(stated: Mapping[str, str]) -> dict[str, str]:
    """The options that hold something, each one known."""
    for name in stated:
        if name not in OPTIONS:
            raise refused("There is no such option.", f"Use: {', '.join(OPTIONS)}.", shown(str(name)))
    for name, value in stated.items():
        if not isinstance(value, str) or len(value) > 200:
            raise refused("This is no short text.", "Give a text.", name)
    return {name: value for name, value in stated.items() if value != "" or name == "thousands"}


def text_form(search: Search) -> tuple[tables.Form, columns.Rows]:
    """Encoding, separator and quotation mark of a text, and its first rows."""
    head, whole = text.sample_of(search.member.open())
    encoding, evidence, certain = chosen_encoding(search, head)
    search.settle(
        "encoding", encoding, text.ENCODINGS[encoding], evidence, others=tuple(text.ENCODINGS), certain=certain
    )
    lines = text.sample_lines(head, encoding, whole)
    quote = quote_of(lines)
    separator = separator_of(search, lines, quote)
    rows = tables.parsed(lines, separator, quote, whole)
    return tables.Form(TEXT, encoding, separator, quote), rows


def chosen_encoding(search: Search, head: bytes) -> tuple[str, str, bool]:
    stated = search.stated.get("encoding")
    if stated is None:
        return text.encoding_of(head)
    name = stated.strip().lower().replace("_", "-")
    name = {"utf8": "utf-8", "utf-8-sig": "utf-8", "windows-1252": "cp1252", "iso-8859-1": "latin-1"}.get(name, name)
    if name not in text.ENCODINGS:
        raise refused("This encoding is not read.", f"Use one of: {', '.join(text.ENCODINGS)}.", "encoding", stated)
    return name, "", True


def quote_of(lines: Sequence[str]) -> str:
    """The quotation mark: a single one only where most lines begin with it."""
    begun = sum(line.startswith("'") for line in lines)
    return "'" if begun > len(lines) / 2 else '"'


def separator_of(search: Search, lines: Sequence[str], quote: str) -> str:
    """The separator under which the most lines have a date and equally many cells."""
    stated = search.stated.get("separator")
    if stated is not None:
        mark = SPELLED.get(stated.strip().lower(), stated)
        if mark not in SEPARATORS:
            raise refused("This is no separator.", f"Use one of: {', '.join(SPELLED)}.", "separator", stated)
        return search.settle("separator", mark, SEPARATORS[mark], "")
    scores = {mark: tables.score(lines, mark, quote) for mark in SEPARATORS}
    best = max(scores, key=lambda mark: scores[mark])
    rows, width = scores[best]
    if width < 2:
        raise refused(
            "Its lines are not parted into columns, or hold no dates.",
            "Part the columns by comma, semicolon, tab or bar, or state the separator.",
            "separator",
        )
    rivals = [mark for mark, score in scores.items() if mark != best and score[0] == rows and score[1] > 1]
    looked = min(len(lines), text.SAMPLE_LINES)
    evidence = f"{rows:,} of the first {looked:,} lines have a date and {width:,} cells parted by it."
    return search.settle("separator", best, SEPARATORS[best], evidence, others=rivals, certain=not rivals)


def tabled(search: Search, sample: Sample, form: tables.Form, heads: Heads | None) -> tuple[Layout, Sequence[int]]:
    """The layout of a table whose cells are known, and which columns hold its prices, of very many the first."""
    stated = search.stated
    if "date_column" in stated:
        dated = sample.place(stated["date_column"], "date_column")
        found = dates.recognise_dates(*sample.texts(dated))
    else:
        dated, found = columns.date_column(sample)
    search.settle(
        "date_column", sample.name(dated), sample.name(dated), "Its cells are dates.", others=sample_names(sample)
    )
    date_format = date_format_of(search, found, sample, dated)
    shape, ticker_at = shape_of(search, sample, dated, heads)
    price_column, priced = prices_of(search, sample, {dated, ticker_at}, shape, heads)
    price_at = priced[0] if shape != WIDE else -1
    currency_at = currency_column(search, sample, {dated, ticker_at, price_at}) if shape != WIDE else -1
    currency_name = sample.name(currency_at) if currency_at >= 0 else ""
    currency = currency_stated(search, currency_name)
    decimal, thousands = marks_of(search, sample, form, priced)
    layout = Layout(
        kind=form.kind,
        shape=shape,
        header_line=sample.header_line,
        date_column=sample.name(dated),
        date_format=date_format,
        ticker_column=sample.name(ticker_at) if ticker_at >= 0 else "",
        price_column=price_column,
        currency_column=currency_name,
        currency=currency,
        ticker=ticker_of(search) if shape == SINGLE else "",
        encoding=form.encoding,
        separator=form.separator,
        quote=form.quote,
        decimal=decimal,
        thousands=thousands,
        sheet=form.sheet,
        field_line=heads.field_line if heads else 0,
    )
    if shape == WIDE and sample.header_line == 0:
        raise refused("It has no header, so that no column has a ticker.", "Put the tickers into the first line.")
    return layout, priced


def prices_of(
    search: Search, sample: Sample, but: set[int], shape: str, heads: Heads | None
) -> tuple[str, Sequence[int]]:
    """What a layout calls the prices, empty where every column holds some; and the columns, of very many the first."""
    if heads:
        field = field_of(search, heads)
        return field, heads.places(field)[:MOST_ASKED]
    if shape == WIDE:
        return "", [at for at in range(len(sample.names)) if at not in but][:MOST_ASKED]
    at = price_of(search, sample, but)
    return sample.name(at), [at]


def date_format_of(search: Search, found: dates.DateFinding | None, sample: Sample, dated: int) -> str:
    stated = search.stated.get("date_format")
    if stated is not None:
        form = dates.format_called(stated)
        return search.settle("date_format", form.name, form.label, "")
    if found is None:
        texts, lines = sample.texts(dated)
        where = f"Line {lines[0]:,}: {shown(texts[0])}" if texts else "The column is empty:"
        raise refused(f"{where} is no date that can be read.", "Write dates as 2024-12-31.", "date_format")
    label = dates.FORMATS[found.name].label
    return search.settle(
        "date_format", found.name, label, found.evidence, others=found.alternatives, certain=found.certain
    )


def marks_of(search: Search, sample: Sample, form: tables.Form, priced: Sequence[int]) -> tuple[str, str]:
    """The decimal mark and the thousands mark."""
    texts = [value for at in priced for value in sample.texts(at)[0]]
    found = figures.recognise_numbers(texts, form.separator or ",")
    decimal = search.stated.get("decimal", found.decimal)
    decimal = {"point": ".", "comma": ","}.get(decimal, decimal)
    if decimal not in figures.DECIMALS:
        raise refused("This is no decimal mark.", "Use point or comma.", "decimal", decimal)
    default = found.thousands if decimal == found.decimal else ""
    if not found.certain and "decimal" in search.stated and not default:
        default = found.decimal if found.decimal != decimal else ""
    thousands = search.stated.get("thousands", default)
    thousands = next((mark for mark, word in figures.GROUPS.items() if word == thousands), thousands)
    if thousands not in figures.GROUPS or thousands == decimal:
        raise refused(
            "This is no thousands mark.", "Use comma, point, space, apostrophe or none.", "thousands", thousands
        )
    label = figures.DECIMALS[decimal]
    others = () if found.certain else tuple(figures.DECIMALS)
    search.settle("decimal", decimal, label, found.evidence, others=others, certain=found.certain)
    if thousands:
        search.settle("thousands", thousands, figures.GROUPS[thousands], "Numbers are grouped by it.")
    return decimal, thousands


def ticker_of(search: Search) -> str:
    name = search.stated.get("ticker", search.member.stem.strip())
    return search.settle("ticker", name, name, "The file is called so.", certain=bool(name))
