"""The operators' page of what changed, what fills up, and what behaved as never before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from performance.foresight import forecasts, recent_anomalies, trends
from valor.accounts.roles import operator_required


@require_safe
@never_cache
@operator_required
def trends_page(request: HttpRequest) -> HttpResponse:
    from performance.foresight.rows import row_of  # with NumPy, when it is asked for

    now = timezone.now()
    found = trends(now)
    context = {
        "now": now,
        "changed": [trend.sentence for trend in found if trend.told],
        "rows": [row_of(trend) for trend in found],
        "forecasts": forecasts(now),
        "anomalies": recent_anomalies(now),
    }
    return render(request, "performance/trends.html", context)
