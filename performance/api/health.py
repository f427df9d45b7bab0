"""Is the monitor well, and is the platform?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import Error
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.api.health_serializers import HealthSerializer, SystemStatusSerializer
from performance.api.views import READERS
from performance.components import components
from performance.glance import Glance
from performance.latest import Seen
from performance.monitor import Monitor, examine
from performance.status import current_status
from performance.storage import tables
from performance.words import Part, Status, Word
from valor.accounts.roles import is_operator
from valor.lib.errors import Problem, Unavailable
from valor.lib.outages import watch

REMEDIES = {
    "database": "Start the database again, or look at its log.",
    "sampler": "Start manage.py sample_metrics on that host, or look at its log.",
    "probes": "Look at the sampler's log: it names what failed.",
}


class NotWell(Unavailable):
    """The monitor tells nothing at the moment: see what is missing, and start it again."""

    retry_after = 10


class HealthView(APIView):
    """Answers whatever is down: neither session nor database is needed."""

    permission_classes = [AllowAny]

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except Error:
            request.user = AnonymousUser()

    @extend_schema(
        operation_id="performance_health",
        summary="Is the monitor itself well?",
        description=(
            "For load balancers and whoever watches the watcher. 200 while somebody samples, also with Redis away or "
            "some probes failing (Degraded), and while an operator has stopped the sampling or it is just starting "
            "(Unknown). 503 when the database does not answer, or when no host is sampled although sampling is on. "
            "Names of people, hosts and probes are for operators. They also get each host's lag, the last sample of "
            "each category, the probes that fail, and what is stored. How the platform is, says `system-status`."
        ),
        responses={200: HealthSerializer, 503: OpenApiResponse(description="Nothing is sampled, or no database.")},
        examples=[
            OpenApiExample(
                "Anonymous",
                {"status": "Healthy", "sentence": "Healthy: 2 hosts are sampled, last 12 s ago."},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        operator = operates(request.user)
        found = examine(now, named=operator)
        if not found.serves:
            raise refused(found.status)
        document = {"status": found.status.word, "sentence": found.status.sentence}
        if not operator:
            return Response(document)
        return Response(HealthSerializer(document | details(found, now)).data)


def operates(user: Any) -> bool:
    """Where the database can't tell, nobody is an operator."""
    try:
        return is_operator(user)
    except Error:
        return False


def refused(status: Status) -> NotWell:
    """What is not well and what to do; of a database that is away also why, since when, and who says so."""
    outage = watch.outage if status.word is Word.DOWN else None
    problems = [
        outage.problem if outage and part.name == "database" else problem(part)
        for part in status.parts
        if part.word is not Word.HEALTHY
    ]
    error = NotWell(f"{status.sentence} {outage.told}" if outage else status.sentence, problems=problems)
    error.outage = outage
    return error


def problem(part: Part) -> Problem:
    since = part.since.isoformat().replace("+00:00", "Z") if part.since else None
    return Problem(part.name, since, f"{part.sentence[:1].upper()}{part.sentence[1:]}.", REMEDIES[part.name])


def details(found: Monitor, now: datetime) -> dict[str, Any]:
    """What operators get besides."""
    latest = Glance()
    latest.read_all()
    return {
        "since": found.status.since,
        "parts": found.status.parts,
        "sampling": found.held,
        "hosts": [host_document(host, seen, now) for host, seen in found.hosts.items()],
        "storage": storage_document(latest),
    }


def host_document(host: str, seen: list[Seen], now: datetime) -> dict[str, Any]:
    last = max(seen, key=lambda one: one.taken_at)
    return {
        "host": host,
        "taken_at": last.taken_at,
        "interval": last.interval,
        "lag": lag(last, now),
        "failing_probes": {name: why for one in seen for name, why in one.failed.items()},
        "categories": [{"category": one.category, "taken_at": one.taken_at, "lag": lag(one, now)} for one in seen],
    }


def lag(seen: Seen, now: datetime) -> float:
    return round((now - seen.taken_at).total_seconds(), 1)


def storage_document(latest: Glance) -> dict[str, Any]:
    """The monitor's tables, how long they are kept, and the room that is left on each host's disk."""
    from performance.models import SystemSample

    known = tables()
    disks = [
        {"host": sample.host, "free": sample.disk_total - sample.disk_used, "total": sample.disk_total}
        for sample in latest.latest(SystemSample)
        if sample.disk_total is not None and sample.disk_used is not None
    ]
    return {
        "bytes": sum(table.size or 0 for table in known),
        "rows": sum(table.rows or 0 for table in known),
        "tables": known,
        "disks": disks,
        "kept_days": settings.PERFORMANCE_KEEP_DAYS,
    }


class SystemStatusView(APIView):
    permission_classes = READERS

    @extend_schema(
        operation_id="performance_system_status",
        summary="How is the platform?",
        description=(
            "In one word and one sentence, the same as on every page, and each component: web (with the machines that "
            "serve), workers, sampler, database, cache, broker (who rings the workers) and disk. Always all seven; "
            "what can't be known says why."
        ),
        responses=SystemStatusSerializer,
        examples=[
            OpenApiExample(
                "Redis is away",
                {
                    "status": "Degraded",
                    "sentence": "Degraded for 6 min: Redis does not answer, everything works without the shared cache.",
                    "since": "2026-01-31T08:00:00Z",
                    "components": [
                        {"name": "web", "state": "Healthy", "why": "the web server answers, CPU 12 %", "since": None},
                        {
                            "name": "cache",
                            "state": "Degraded",
                            "why": "Redis does not answer, everything works without the shared cache",
                            "since": "2026-01-31T08:00:00Z",
                        },
                    ],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        status = current_status()
        document = {
            "status": status.word,
            "sentence": status.sentence,
            "since": status.since,
            "components": components(status),
        }
        return Response(SystemStatusSerializer(document).data)
