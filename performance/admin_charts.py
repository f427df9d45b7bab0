"""A chart of the main figures above the list of a category's samples in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from performance.boards import CACHE_BOARD, DATABASE_BOARD, OVERVIEW, REQUESTS, WORKERS, Board
from performance.forms import DEFAULT
from performance.models import ApplicationSample, CacheSample, DatabaseSample, SystemSample, TaskSample
from performance.models.samples import Sample
from performance.selectors import choose_host, latest_of
from valor.lib.errors import InvalidInput

MOST = 2
BOARDS: dict[type[Sample], tuple[Board, str]] = {
    SystemSample: (OVERVIEW, "performance:data"),
    ApplicationSample: (REQUESTS, "performance:requests-data"),
    DatabaseSample: (DATABASE_BOARD, "performance:database-data"),
    CacheSample: (CACHE_BOARD, "performance:cache-data"),
    TaskSample: (WORKERS, "performance:workers-data"),
}


class ChartedAdmin(admin.ModelAdmin):
    """Draws what the board of the same category draws, of the host that the list is filtered by."""

    change_list_template = "admin/performance/samples.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, (extra_context or {}) | self.charts(request))

    def charts(self, request: HttpRequest) -> dict[str, Any]:
        board, source = BOARDS[self.model]
        samples = latest_of(self.model)
        try:
            host = choose_host(request.GET.get("host", ""), samples)
        except InvalidInput:
            host = choose_host("", samples)
        panels = [panel for panel in board.panels if panel.category is board.category][:MOST]
        return {
            "chart_host": host,
            "chart_panels": panels,
            "chart_range": DEFAULT,
            "chart_source": reverse(source),
            "chart_zone": timezone.get_current_timezone_name(),
        }
