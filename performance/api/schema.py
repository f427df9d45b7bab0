"""The OpenAPI document, generated once for each release: that takes about as long as a thousand other answers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator

from performance.cache import cached, warmer

DAY = 86_400


class KeptSchemaGenerator(SchemaGenerator):
    """Keeps the document that everybody gets; anything else that is asked for is generated."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        usual = public and not self.api_version and get_language() == settings.LANGUAGE_CODE
        return public_document() if usual else super().get_schema(request, public)  # type: ignore[no-untyped-call]


@cached(ttl=DAY, namespace="schema")
def public_document() -> Any:
    """The same for every caller: it names each endpoint, whoever may use it."""
    return SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]


@warmer("schema")
def warm_schema() -> int:
    """The OpenAPI document."""
    public_document()
    return 1
