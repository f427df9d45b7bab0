"""What operators type: levels of a threshold, a note, a silence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import timezone

from performance.alerts import catalogue
from performance.alerts.defaults import BY_KEY
from performance.alerts.models import Threshold
from performance.alerts.sentences import level, metric_of
from performance.alerts.validation import EDITABLE, problems_of

HOURS = (("1", "1 hour"), ("4", "4 hours"), ("24", "a day"), ("168", "a week"))
OUTDATED = "outdated"
CHANGED = "{who} changed this threshold meanwhile: see its changes, then save again to put your levels in their place."
EVERYTHING = ("", "every metric")


class ThresholdForm(forms.ModelForm):
    """The fields of a threshold; what they may be together is said by performance.alerts.validation.

    ``seen`` says which state of it the form was filled in on: what was changed since is not overwritten unseen.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Threshold
        fields = EDITABLE
        labels = {"direction": "In trouble", "duration": "For, s", "missing": "Without data"}
        widgets = {
            name: forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
            for name in ("warning", "critical", "clear")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        changed_at = self.instance.changed_at
        self.state = self.initial["seen"] = changed_at.isoformat() if changed_at else ""

    @property
    def outdated(self) -> bool:
        return self.has_error(NON_FIELD_ERRORS, OUTDATED)

    def clean_seen(self) -> str:
        """Told once: the form that comes back is one of the newer state, and may be saved on top of it."""
        seen: str = self.cleaned_data["seen"]
        if seen != self.state:
            who = self.instance.changed_by or "Somebody"
            self.add_error(None, forms.ValidationError(CHANGED.format(who=who), OUTDATED))
            self.data = {**self.data, self.add_prefix("seen"): self.state}
        return seen

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for problem in problems_of(self.instance.category, self.instance.metric, cleaned):
                # What has no field here, such as a metric that nobody measures any more, is wrong with the whole form.
                field = problem.field if problem.field in self.fields else None
                self.add_error(field, f"{problem.message} {problem.remedy}")
        return cleaned


class NoteForm(forms.Form):
    note = forms.CharField(label="Note", max_length=500, required=False)


class AlertSilenceForm(forms.Form):
    """How long, and why."""

    hours = forms.ChoiceField(label="For", choices=HOURS)
    reason = forms.CharField(label="Reason", max_length=500)

    @property
    def until(self) -> datetime:
        return timezone.now() + timedelta(hours=int(self.cleaned_data["hours"]))


class SilenceForm(AlertSilenceForm):
    """The same for any metric and host."""

    metric = forms.ChoiceField(label="What", required=False)
    host = forms.CharField(label="Host", max_length=100, required=False, help_text="Empty: every host.")

    field_order = ("metric", "host", "hours", "reason")

    def __init__(self, *args: Any, metrics: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [EVERYTHING, *metrics]  # type: ignore[attr-defined]

    @property
    def key(self) -> dict[str, str]:
        category, _, metric = self.cleaned_data["metric"].partition(".")
        return {"category": category, "metric": metric}


def metrics_of(thresholds: list[Threshold]) -> list[tuple[str, str]]:
    """Each category as a whole, then its metrics."""
    whole = [(f"{name}.", f"{name}: every metric") for name in sorted({row.category for row in thresholds})]
    return sorted([*whole, *((str(row), f"{row.category}: {metric_of(row).label}") for row in thresholds)])


def default_of(row: Threshold) -> str:
    """The default levels in words, for whoever thinks of going back to them."""
    default = BY_KEY.get((row.category, row.metric))
    if default is None:
        return ""
    metric = catalogue.known(row.category, row.metric)
    critical = f", critical {level(metric, default.critical)}" if default.critical is not None else ""
    return f"warning {level(metric, default.warning)}{critical}, clear {level(metric, default.clear)}"
