"""All hosts, in the fragment that shows them: it knows the status already."""

from __future__ import annotations

from django import template
from django.utils import timezone

from performance.hosts import Hosts, hosts_at
from performance.words import Status

register = template.Library()


@register.simple_tag
def every_host(status: Status) -> Hosts:
    """``{% every_host status as found %}``"""
    return hosts_at(timezone.now(), status)
