"""What OPTIONS answers."""

from __future__ import annotations

from typing import Any

from rest_framework.metadata import SimpleMetadata


class Named(SimpleMetadata):
    """Name and media types of an endpoint; what it takes stands in the OpenAPI document, and only there."""

    def determine_actions(self, request: Any, view: Any) -> dict[str, Any]:
        return {}
