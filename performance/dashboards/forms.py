"""What is typed and chosen to make a dashboard. What goes together is said by performance.dashboards.layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from performance.dashboards.layout import LONGEST_TITLE, problems_of
from performance.dashboards.models import Dashboard, Shared
from performance.dashboards.options import Choices, Option
from performance.dashboards.widgets import Widget

WIDE = (("1", "A third of the page"), ("2", "Two thirds"), ("3", "The whole page"))
STARTS = (("default", "The default layout"), ("empty", "Nothing: add panels yourself"))


class NewForm(forms.Form):
    """A title, and what it starts with."""

    title = forms.CharField(label="Title", max_length=LONGEST_TITLE)
    start = forms.ChoiceField(label="Start with", choices=STARTS, initial="default")


class VersionedForm(forms.Form):
    """*version* says which state of the dashboard it was filled in on."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class AboutForm(VersionedForm):
    """What a dashboard is called, and who may look at it."""

    title = forms.CharField(label="Title", max_length=LONGEST_TITLE)
    shared_with = forms.ChoiceField(label="Shared with", choices=Shared.choices)

    @classmethod
    def of(cls, row: Dashboard) -> AboutForm:
        return cls(initial={"title": row.title, "shared_with": row.shared_with, "version": row.version})


class PanelForm(VersionedForm):
    """One panel: title, width, and what its kind lets choose."""

    title = forms.CharField(
        label="Title", max_length=LONGEST_TITLE, required=False, help_text="Empty: what the panel shows."
    )
    width = forms.ChoiceField(label="Width", choices=WIDE)

    def __init__(self, *args: Any, kind: type[Widget], entry: Mapping[str, Any], version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.initial = {"title": entry.get("title", ""), "width": entry.get("width", kind.width), "version": version}
        for option in kind.options:
            self.choose(option, option.of(entry))
        self.order_fields([name for name in self.fields if name not in ("title", "width")])

    def choose(self, option: Option, value: Any) -> None:
        """A list for what is chosen once, and as many as may be chosen at once."""
        values = list(value) if option.most > 1 else [value]
        for number, name in enumerate(names_of(option)):
            label = f"{option.label} {number + 1}" if option.most > 1 else option.label
            choices = listed(option, more=number > 0)
            self.fields[name] = forms.CharField(label=label, required=False, widget=forms.Select(choices=choices))
            self.initial[name] = values[number] if number < len(values) else None

    @property
    def entry(self) -> dict[str, Any]:
        """The panel as a layout holds it."""
        cleaned = self.cleaned_data
        chosen = {}
        for option in self.kind.options:
            values = [cleaned.get(name, "") for name in names_of(option)]
            chosen[option.name] = [value for value in values if value] if option.most > 1 else values[0]
        about = {"kind": self.kind.kind, "title": cleaned.get("title", ""), "width": int(cleaned["width"])}
        return {**about, **chosen}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            first = {option.name: names_of(option)[0] for option in self.kind.options}
            for problem in problems_of(self.entry):
                field = first.get(problem.field, problem.field)
                told = f"“{problem.value}”: " if problem.value else ""
                words = f"{told}{problem.message} {problem.remedy}"
                self.add_error(field if field in self.fields else None, words)
        return cleaned


def names_of(option: Option) -> list[str]:
    """The fields of a form in which it is chosen."""
    return [f"{option.name}_{number + 1}" for number in range(option.most)] if option.most > 1 else [option.name]


def listed(option: Option, more: bool) -> list[Any]:
    """Its choices in their groups; what need not be chosen begins with nothing."""
    groups = option.choices()
    nothing = [("", "No further line")] if more else [("", "Choose…")] if option.default is None else []
    flat: Choices = groups.get("", [])
    return [*nothing, *flat, *((name, list(choices)) for name, choices in groups.items() if name)]
