"""What OPTIONS answers."""

from __future__ import annotations

from typing import Any

from rest_framework.metadata import SimpleMetadata

from valor.lib.envelope import use_envelope


class Named(SimpleMetadata):
    """Name and media types of an endpoint; what it takes stands in the OpenAPI document, and only there."""

    def determine_metadata(self, request: Any, view: Any) -> dict[str, Any]:
        use_envelope(request)
        return dict(super().determine_metadata(request, view))

    def determine_actions(self, request: Any, view: Any) -> dict[str, Any]:
        return {}
