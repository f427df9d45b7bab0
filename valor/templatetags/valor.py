"""Template tags that every page may use, without loading them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from valor.icons import ICONS, STATES
from valor.lib import numbers

register = template.Library()
DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", re.ASCII)


def figure(value: Any) -> float | None:
    """What a template holds, as a number; an empty variable is no figure."""
    return None if value is None or value == "" else float(value)


@register.filter
def number(value: Any, digits: int = 1) -> str:
    """``{{ x|number:2 }}``: 1,234.50"""
    return numbers.format_number(figure(value), int(digits))


@register.filter
def percent(value: Any, digits: int = 1) -> str:
    """``{{ rate|percent }}``: 12.3 %"""
    return numbers.format_percent(figure(value), int(digits))


@register.filter
def signed(value: Any, digits: int = 1) -> str:
    """``{{ change|signed }}``: +1.2"""
    return numbers.format_signed(figure(value), int(digits))


@register.filter(name="money")
def money_filter(value: Any, words: str = "millions") -> str:
    """``{{ x|money:"USD" }}``, ``{{ x|money:"units" }}``, ``{{ x|money:"USD units" }}``: a currency, a unit or both."""
    currency, unit = "", "millions"
    for word in str(words).split():
        if word in numbers.UNITS:
            unit = word
        else:
            currency = word
    return numbers.format_money(figure(value), currency, unit)


@register.simple_tag
def money(value: Any, currency: str = "", unit: str = "millions") -> str:
    """``{% money x valuation.currency "units" %}``: where currency and unit are variables."""
    return numbers.format_money(figure(value), currency, unit)


@register.filter
def duration(seconds: Any) -> str:
    """``{{ seconds|duration }}``: 3 min 20 s"""
    return numbers.format_duration(figure(seconds))


@register.filter
def size(value: Any) -> str:
    """``{{ file.size|size }}``: 1.2 MB"""
    return numbers.format_bytes(figure(value))


@register.filter
def dated(words: Any) -> SafeString:
    """``{{ sentence|dated }}``: its dates stay whole where its line breaks."""
    return SafeString(DAY.sub(r"<time>\g<0></time>", conditional_escape(words or "")))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon; hidden from screen readers unless it has a label of its own."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 16 16" width="16" height="16" {}><path d="{}"/></svg>',
        name,
        spoken,
        ICONS[name],
    )


@register.simple_tag
def state(name: Any, word: str = "") -> SafeString:
    """A state as icon and word, never by colour alone: ``{% state "running" %}``."""
    shape, tone, usual = STATES[str(name).lower()]
    return format_html('<span class="state {}">{}{}</span>', tone, icon(shape), word or usual)


@register.simple_tag
def when(moment: datetime | None, form: str = "%Y-%m-%d %H:%M") -> SafeString:
    """A time in the viewer's zone, named; in UTC for machines and on hover."""
    if moment is None:
        return SafeString(numbers.MISSING)
    utc = moment.astimezone(UTC)
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{} UTC">{} {}</time>',
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        local.strftime(form),
        local.tzname() or "",
    )
