"""How a file is laid out, each part with its evidence and alternatives; what somebody states holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modeling.importers.prices import columns, dates, figures, tables, text
from modeling.importers.prices.columns import Sample
from modeling.importers.prices.container import Member
from modeling.importers.prices.layout import LONG, SHAPES, SINGLE, WIDE, Finding, Layout, Recognised
from modeling.importers.prices.magic import TEXT
from modeling.importers.prices.refusals import refused, shown

OPTIONS = (
    "shape",
    "date_column",
    "ticker_column",
    "price_column",
    "currency_column",
    "date_format",
    "encoding",
    "separator",
    "decimal",
    "thousands",
    "sheet",
    "ticker",
)
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SPELLED = {word: mark for mark, word in SEPARATORS.items()} | {"\\t": "\t"}
FEW_COLUMNS = 12


@dataclass
class Search:
    """What is known so far of one file."""

    member: Member
    stated: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def settle(
        self, name: str, value: str, label: str, evidence: str, others: Sequence[str] = (), certain: bool = True
    ) -> str:
        """Notes a finding; what was stated needs no confirmation."""
        given = name in self.stated
        why = "You stated it." if given else evidence
        rest = tuple(other for other in others if other != value)[:20]
        self.findings.append(Finding(name, value, shown(label), why, rest, certain or given, given))
        return value


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
            search.settle("sheet", sheet, sheet, "It is the first sheet that holds anything.", others)
        form = tables.Form(member.kind, sheet=sheet)
        rows = tables.first_rows(member, form)
    sample = columns.sampled(rows)
    layout = tabled(search, sample, form)
    return Recognised(member.name, layout, tuple(search.findings), sample.names)


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
    search.settle("encoding", encoding, text.ENCODINGS[encoding], evidence, tuple(text.ENCODINGS), certain)
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
    evidence = f"{rows:,} of the first {min(len(lines), text.SAMPLE_LINES):,} lines have a date and {width:,} cells parted by it."
    return search.settle("separator", best, SEPARATORS[best], evidence, rivals, not rivals)


def tabled(search: Search, sample: Sample, form: tables.Form) -> Layout:
    """The layout of a table whose cells are known."""
    stated = search.stated
    if "date_column" in stated:
        dated = sample.place(stated["date_column"], "date_column")
        found = dates.recognise_dates(*sample.texts(dated))
    else:
        dated, found = columns.date_column(sample)
    search.settle("date_column", sample.name(dated), sample.name(dated), "Its cells are dates.", sample_names(sample))
    date_format = date_format_of(search, found, sample, dated)
    shape, ticker_at = shape_of(search, sample, dated)
    price_at = price_of(search, sample, {dated, ticker_at}) if shape != WIDE else -1
    currency_at = currency_of(search, sample, {dated, ticker_at, price_at}) if shape != WIDE else -1
    decimal, thousands = marks_of(search, sample, form, {dated, ticker_at}, price_at)
    layout = Layout(
        kind=form.kind,
        shape=shape,
        header_line=sample.header_line,
        date_column=sample.name(dated),
        date_format=date_format,
        ticker_column=sample.name(ticker_at) if ticker_at >= 0 else "",
        price_column=sample.name(price_at) if price_at >= 0 else "",
        currency_column=sample.name(currency_at) if currency_at >= 0 else "",
        ticker=ticker_of(search) if shape == SINGLE else "",
        encoding=form.encoding,
        separator=form.separator,
        quote=form.quote,
        decimal=decimal,
        thousands=thousands,
        sheet=form.sheet,
    )
    if shape == WIDE and sample.header_line == 0:
        raise refused("It has no header, so that no column has a ticker.", "Put the tickers into the first line.")
    return layout


def sample_names(sample: Sample) -> list[str]:
    return [sample.name(column) for column in range(min(len(sample.names), FEW_COLUMNS))]


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
    return search.settle("date_format", found.name, label, found.evidence, found.alternatives, found.certain)


def shape_of(search: Search, sample: Sample, dated: int) -> tuple[str, int]:
    """The shape, and the column of tickers that a long one has (else -1)."""
    named = named_ticker(search, sample, dated)
    fields = [columns.key_of(name) in columns.FIELDS for at, name in enumerate(sample.names) if at != dated]
    prices = columns.by_name(sample, columns.PREFERRED, {dated})
    texts = [at for at in range(len(sample.names)) if at != dated and sample.is_text(at)][:2]
    stated = search.stated.get("shape")
    if stated is not None and stated not in SHAPES:
        raise refused("There is no such layout.", f"Use one of: {', '.join(SHAPES)}.", "shape", stated)
    guess, evidence, certain = WIDE, "Every other column holds prices under a name of its own.", True
    if named >= 0:
        guess, evidence = LONG, f"The column {shown(sample.name(named))} holds tickers."
    elif fields and all(fields) and prices:
        guess, evidence = SINGLE, "Its columns are prices of different kinds, and none holds tickers."
    elif texts and len(sample.names) <= FEW_COLUMNS:
        named, guess = texts[0], LONG
        certain = sample.header_line == 0 or len(texts) == 1 and len(sample.names) == 3 and not_numeric_name(sample)
        evidence = f"The column {shown(sample.name(named))} holds texts, which may be tickers."
    shape = search.settle("shape", stated or guess, SHAPES[stated or guess], evidence, tuple(SHAPES), certain)
    if shape == LONG:
        if named < 0:
            raise refused("No column of it holds tickers.", "State ticker_column.", "ticker_column")
        search.settle("ticker_column", sample.name(named), sample.name(named), evidence, sample_names(sample), certain)
    return shape, named if shape == LONG else -1


def not_numeric_name(sample: Sample) -> bool:
    """Whether the header speaks of dates and prices rather than of two tickers."""
    return any(columns.key_of(name) in {*columns.PREFERRED, *columns.DATES} for name in sample.names)


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
    search.settle("price_column", sample.name(column), sample.name(column), evidence, rest, certain)
    return column


def currency_of(search: Search, sample: Sample, but: set[int]) -> int:
    if "currency_column" in search.stated:
        found = [sample.place(search.stated["currency_column"], "currency_column")]
    else:
        found = [at for at in columns.by_name(sample, columns.CURRENCIES, but) if sample.is_text(at)]
    if not found:
        return -1
    search.settle("currency_column", sample.name(found[0]), sample.name(found[0]), "It is called so.")
    return found[0]


def marks_of(search: Search, sample: Sample, form: tables.Form, but: set[int], price: int) -> tuple[str, str]:
    """The decimal mark and the thousands mark."""
    asked = [price] if price >= 0 else [at for at in range(len(sample.names)) if at not in but]
    texts = [value for at in asked[:100] for value in sample.texts(at)[0]]
    found = figures.recognise_numbers(texts, form.separator or ",")
    decimal = search.stated.get("decimal", found.decimal)
    decimal = {"point": ".", "comma": ","}.get(decimal, decimal)
    if decimal not in figures.DECIMALS:
        raise refused("This is no decimal mark.", "Use point or comma.", "decimal", decimal)
    default = found.thousands if decimal == found.decimal else ""
    if not found.certain and "decimal" in search.stated and not default:
        default = found.decimal if found.decimal != decimal else ""
    thousands = search.stated.get("thousands", default)
    if thousands not in figures.GROUPS or thousands == decimal:
        raise refused("This is no thousands mark.", "Use comma, point, space, apostrophe or none.", "thousands", thousands)
    label = figures.DECIMALS[decimal]
    others = tuple(figures.DECIMALS)
    search.settle("decimal", decimal, label, found.evidence, others if not found.certain else (), found.certain)
    if thousands:
        search.settle("thousands", thousands, figures.GROUPS[thousands], "Numbers are grouped by it.")
    return decimal, thousands


def ticker_of(search: Search) -> str:
    name = search.stated.get("ticker", search.member.stem.strip())
    return search.settle("ticker", name, name, "The file is called so.", certain=bool(name))
