"""What is typed about prices: the upload, how a file is read, the period of a report, one price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat

from modeling.models import Frequency, PriceSet
from modeling.prices.report_request import ReportRequest
from modeling.prices.rules import Rule
from modeling.prices.tickers import is_ticker
from modeling.prices.units import MINOR, minor_problem
from modeling.services.price_imports import MOST_BYTES
from valor.lib.errors import InvalidInput
from valor.lib.numbers import parse_quantity

NEW = "new"
DUPLICATES = (
    ("refuse", "Leave the ticker out, and say so"),
    ("first", "Take the first of them"),
    ("last", "Take the last of them"),
)
CURRENCY = r"^[A-Z]{3}$"


class PriceFileForm(forms.Form):
    """A file, and into which set it goes."""

    file = forms.FileField(
        label="File with prices",
        error_messages={
            "required": "Choose the file to import.",
            "empty": "The file is empty: export it again.",
            "missing": "Choose the file to import.",
        },
    )
    into = forms.ChoiceField(label="Into")
    set_name = forms.CharField(label="Name", max_length=200, required=False)
    currency = forms.RegexField(
        CURRENCY,
        label="Currency",
        initial="USD",
        required=False,
        error_messages={"invalid": "Give three capital letters, such as USD."},
    )
    rule = forms.ChoiceField(label="Where another price is stored already", choices=Rule.choices, initial=Rule.REPLACE)
    duplicates = forms.ChoiceField(label="Where the file has two prices of one day", choices=DUPLICATES)

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = dict(PriceSet.objects.filter(owner=owner).order_by("name").values_list("pk", "name"))
        sets = [(str(pk), name) for pk, name in self.own.items()]
        self.fields["into"].choices = [(NEW, "A new set"), *sets]  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        if problem := minor_problem(currency):
            raise forms.ValidationError(
                f"{problem.message} Give {MINOR[currency].currency} here; where the file does not say itself that its "
                f"prices are in {currency}, that is said in the next step."
            )
        return currency

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(
                f"The file has {filesizeformat(upload.size)}; the limit is {filesizeformat(MOST_BYTES)}. "
                "Compress it with zip or gzip, send it in parts, or use manage.py import_prices."
            )
        return upload

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("into") == NEW:
            name = data.get("set_name", "").strip()
            if not name and "set_name" not in self.errors:
                self.add_error("set_name", "Give the new set a name.")
            elif name in self.own.values():
                self.add_error("set_name", "You have a set of this name: choose it above, or give another name.")
            if not data.get("currency") and "currency" not in self.errors:
                self.add_error("currency", "Give three capital letters, such as USD.")
        return data

    def place(self) -> dict[str, Any]:
        """Where the prices go, as the service takes it."""
        data = self.cleaned_data
        if data["into"] == NEW:
            return {"set_name": data["set_name"].strip(), "currency": data["currency"]}
        return {"price_set": int(data["into"])}


class Lines(forms.CharField):
    """A text of several lines, whose ends a browser sends as two characters."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class AboutForm(forms.Form):
    """What is said about a set; how often it has prices may stay open only while nobody has told."""

    name = forms.CharField(max_length=200, error_messages={"required": "Give the set a name."})
    description = Lines(max_length=2000, required=False)
    source = forms.CharField(max_length=300, required=False)
    licence = forms.CharField(max_length=500, required=False)
    frequency = forms.ChoiceField(error_messages={"required": "Say how often it has prices."})

    def __init__(self, data: Mapping[str, Any] | None = None, *, price_set: PriceSet) -> None:
        super().__init__(data, initial={name: getattr(price_set, name) for name in self.base_fields})
        known = bool(price_set.frequency)
        choices = Frequency.choices if known else [("", "as the first prices tell"), *Frequency.choices]
        self.fields["frequency"].choices = choices  # type: ignore[attr-defined]
        self.fields["frequency"].required = known


@dataclass
class ReportForm:
    """The period and the comparison that the address of a page asks for."""

    data: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def request(self, tickers: tuple[str, ...] = ()) -> ReportRequest:
        """What can be meant; what can't is named in ``errors`` and counts as not asked for."""
        first, last = self.day("from"), self.day("to")
        if first and last and first > last:
            self.errors["from"] = f"It is after {last}: give a day that is not."
            first = last = None
        benchmark = self.data.get("benchmark", "").strip()
        if benchmark and not is_ticker(benchmark):
            self.errors["benchmark"] = "This is no ticker: give one of the set."
            benchmark = ""
        return ReportRequest(first, last, tickers, benchmark, self.rate())

    def day(self, name: str) -> date | None:
        text = self.data.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.errors[name] = "This is no day: give it as in 2025-01-31."
            return None

    def rate(self) -> float:
        text = self.data.get("risk_free", "").strip()
        try:
            rate = parse_quantity(text, "rate", "risk_free") if text else 0.0
        except InvalidInput as error:
            self.errors["risk_free"] = f"{error.problems[0].message} {error.problems[0].remedy}"
            return 0.0
        if not -1 < rate < 10:
            self.errors["risk_free"] = "This is no rate a year: type a percentage such as 2."
            return 0.0
        return rate


class PriceForm(forms.Form):
    """One price of one day."""

    day = forms.DateField(
        label="Day",
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Give the day as in 2025-01-31.", "required": "Give a day."},
    )
    price = forms.CharField(label="Price", error_messages={"required": "Give a price."})

    def clean_price(self) -> float:
        try:
            return parse_quantity(self.cleaned_data["price"], "number", "price")
        except InvalidInput as error:
            raise forms.ValidationError(f"{error.problems[0].message} {error.problems[0].remedy}") from None
