"""The forms of a person's account."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from valor.lib.timezones import zone_names


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "Name and password don't match: check both; capitals count.",
        "inactive": "This account is switched off: ask an operator.",
    }


class PreferencesForm(forms.Form):
    """What each browser remembers, in cookies."""

    theme = forms.ChoiceField(
        choices=[("", "As the system"), ("light", "Light"), ("dark", "Dark")],
        required=False,
        widget=forms.RadioSelect,
    )
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [("", "The installation's"), *((name, name.replace("_", " ")) for name in zone_names())],
        required=False,
    )
    keys = forms.BooleanField(label="Single-key shortcuts", required=False)
