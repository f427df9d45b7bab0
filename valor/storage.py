"""Static files: which are shipped, under names that carry their content's hash."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between ES modules; a name that is missing is served unhashed in tests."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name


class ShippedStatic(StaticFilesConfig):
    """Leaves out what no page asks for: the other of the two readers of the API's document that its package brings."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]
