"""Everything that the dashboard shows in one answer, kept as it is sent.

1. One query tells the revision of all that is shown. Under it, the role (who is no operator also sees jobs of his own),
   the view and the viewer's time zone the body is kept, encoded, for two seconds: what was written since has another
   revision, what only grows old is told anew.
2. Its tag is made of the body alone, so that a client is told 304 as long as nothing that it sees has changed.
3. A body is compressed once, not for each client.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.api.dashboard_documents import dashboard_document
from performance.api.dashboard_serializers import EXAMPLE, DashboardSerializer
from performance.api.rates import DASHBOARD
from performance.api.views import HOST, READERS
from performance.cache import cached
from performance.dashboard import gather
from performance.forms import COMPARISONS
from performance.lease import this_host
from performance.revision import Revision, revision
from performance.timing import ask_after
from tasks.selectors import Viewer
from valor.accounts.roles import is_operator
from valor.lib.envelope import EnvelopeRenderer

KEPT_SECONDS = 1.9  # and the time that making it takes: no figure is told for two seconds more than it is true
ASKED = ("host", "range", "from", "to", "compare")
LEVEL = 1  # A higher one takes thrice the time for a tenth less.


@dataclass(frozen=True)
class Kept:
    """An answer as it is sent, plain and compressed; and what the time to ask again is reckoned from."""

    tag: str
    body: bytes
    zipped: bytes
    taken_at: datetime | None
    interval: int


def kept_key(query: Mapping[str, str], held: Revision, viewer: Viewer) -> tuple[object, ...]:
    """All operators see the same. Without a host in the address it is this machine's own, which is another on each."""
    host = query.get("host") or this_host()
    zone = timezone.get_current_timezone_name()
    whose = "operators" if is_operator(viewer) else viewer.pk
    return (whose, host, tuple(query.get(name, "") for name in ASKED), zone, held.parts)


@cached(ttl=KEPT_SECONDS, namespace="dashboard", key=kept_key)
def kept(query: Mapping[str, str], held: Revision, viewer: Viewer) -> Kept:
    found = gather(query, timezone.now(), held, viewer)
    document = dashboard_document(found, operator=is_operator(viewer))
    body = EnvelopeRenderer().render(document, renderer_context={"response": Response()})
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    latest = found.latest
    taken_at, interval = (latest.taken_at, latest.interval) if latest else (None, 0)
    return Kept(tag, body, gzip.compress(body, LEVEL, mtime=0), taken_at, interval)


class DashboardView(APIView):
    permission_classes = READERS
    read_class = DASHBOARD

    @extend_schema(
        operation_id="performance_dashboard",
        summary="Everything that the dashboard shows",
        description=(
            "The status and its components, the cards' figures with the points of their small lines, the charts with "
            "their arrays over the range, the same of the day or week before if asked for, what is foreseen of them "
            "where the range is a day or longer, what happened meanwhile, open alerts, what is odd, and for operators "
            "the best advice, what the last actions achieved, and what may be done to the sampling. Send the `ETag` "
            "back as `If-None-Match`: 304 while nothing has changed. `X-Ask-Again` says after how many seconds there "
            "should be something new. What depends on the time, such as “for 6 min”, and what jobs came to, may be up "
            "to two seconds old; what somebody did shows at once, except where two wrote at the same instant."
        ),
        parameters=[
            HOST,
            OpenApiParameter("range", OpenApiTypes.STR, description="1h (the default), 6h, 24h, 7d, 30d or 1y."),
            OpenApiParameter("from", OpenApiTypes.STR, description="ISO 8601 or now-6h, instead of range."),
            OpenApiParameter("to", OpenApiTypes.STR, description="ISO 8601 or now-1h; now by default."),
            OpenApiParameter("compare", OpenApiTypes.STR, enum=list(COMPARISONS), description="With what came before."),
            OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="An ETag."),
        ],
        responses={200: DashboardSerializer, 304: OpenApiResponse(description="Nothing has changed.")},
        examples=[EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponseBase:
        found: Kept = kept(request.query_params, revision(), request.user)
        response = answer(found, request)
        response.headers["ETag"] = found.tag
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["X-Ask-Again"] = str(ask_after(found.taken_at, found.interval, timezone.now()))
        patch_vary_headers(response, ["Accept-Encoding"])
        return response


def answer(found: Kept, request: Request) -> HttpResponse:
    """Nothing where the client has it already."""
    if known(request.headers.get("If-None-Match", ""), found.tag):
        return HttpResponseNotModified()
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(found.body, content_type=EnvelopeRenderer.media_type)
    return HttpResponse(found.zipped, content_type=EnvelopeRenderer.media_type, headers={"Content-Encoding": "gzip"})


def known(sent: str, tag: str) -> bool:
    """Whether one of the tags sent is this one; they are compared weakly, as RFC 9110 (13.1.2) says."""
    plain = tag.removeprefix("W/")
    return sent.strip() == "*" or any(one.strip().removeprefix("W/") == plain for one in sent.split(","))
