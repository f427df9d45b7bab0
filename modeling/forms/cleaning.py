"""The rules of cleaning as people choose them."""

from __future__ import annotations

from typing import Any

from django import forms

from modeling.forms.prices import CURRENCY
from modeling.models import PriceSet
from modeling.prices.cleaning_rules import IN_WORDS, MOST_DAYS
from modeling.selectors_prices import price_sets_for, series_of
from valor.lib.errors import InvalidInput
from valor.lib.numbers import format_number, parse_quantity

MOST_CURRENCIES = 10
PERCENT = {
    "split_confidence": "80",
    "spike_confidence": "80",
    "most_missing_of_ticker": "",
    "most_missing_of_day": "",
}


def choice(name: str, label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=tuple(IN_WORDS[name].items()))


def percentage(label: str, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, required=required)


def days(label: str, least: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=MOST_DAYS, initial=5)


class CleaningForm(forms.Form):
    """The name of the new set, and each rule. Which rates convert which currency depends on the set."""

    name = forms.CharField(label="Name of the new set", max_length=200)
    splits = choice("splits", "Suspected splits")
    split_confidence = percentage("Splits from a confidence of, %", required=True)
    spikes = choice("spikes", "Outliers")
    spike_confidence = percentage("Outliers from a confidence of, %", required=True)
    gaps = choice("gaps", "Gaps")
    fill_days = days("Days filled of each gap, at most", 1)
    stale = choice("stale", "Unchanged prices")
    stale_days = days("Days from which a run is stale", 3)
    delistings = choice("delistings", "Delistings")
    most_missing_of_ticker = percentage("Drop tickers that lack more than, %")
    most_missing_of_day = percentage("Drop days on which more lack than, %")
    calendar = forms.ChoiceField(label="Days")
    currency = forms.RegexField(
        CURRENCY,
        label="Convert to the currency",
        required=False,
        error_messages={"invalid": "Give three capital letters, such as USD."},
    )
    rates_set = forms.ChoiceField(label="With rates of", required=False)

    def __init__(self, *args: Any, price_set: PriceSet, user: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {**PERCENT, "name": f"{price_set.name}, cleaned"[:200]}
        super().__init__(*args, **kwargs)
        tickers = list(series_of(price_set).values_list("ticker", flat=True)[:500])
        fixed = [("union", "All days of any ticker"), ("intersection", "Only days of all tickers")]
        choices = [*fixed, *((ticker, f"The days of {ticker}") for ticker in tickers)]
        self.fields["calendar"].choices = choices  # type: ignore[attr-defined]
        others = series_of(price_set).order_by("currency").values_list("currency", flat=True).distinct()
        self.foreign = list(others[:MOST_CURRENCIES])
        sets = [(str(each.pk), each.name) for each in price_sets_for(user).order_by("name")]
        self.fields["rates_set"].choices = [("", "no set"), *sets]  # type: ignore[attr-defined]
        for code in self.foreign:
            label = f"Ticker of what 1 {code} costs"
            self.fields[f"rate_{code}"] = forms.CharField(label=label, required=False, max_length=32)

    @property
    def rate_fields(self) -> list[Any]:
        return [self[f"rate_{code}"] for code in self.foreign]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in PERCENT:
            text = data.get(name, "").strip()
            try:
                data[name] = parse_quantity(text, "rate", name) if text else None
            except InvalidInput as error:
                self.add_error(name, f"{error.problems[0].message} {error.problems[0].remedy}")
                continue
            if data[name] is not None and not 0 <= data[name] <= 1:
                self.add_error(name, f"{format_number(data[name] * 100, 0)} % is no share: give 0 to 100.")
        return data

    def rules(self) -> dict[str, Any]:
        """The document of the rules."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("rate")}
        del data["name"]
        chosen, target = self.cleaned_data["rates_set"], self.cleaned_data["currency"]
        tickers = {code: self.cleaned_data[f"rate_{code}"].strip() for code in self.foreign if code != target}
        rates = {code: {"price_set": int(chosen), "ticker": ticker} for code, ticker in tickers.items() if ticker}
        return data | {"rates": rates if chosen and target else {}}
