"""Declares this app's warmers: `performance.cache.warming` looks for a module of this name in each app."""

from performance.api.schema import warm_schema

__all__ = ["warm_schema"]
