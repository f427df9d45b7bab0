"""How much room the monitor's own tables take: estimates, since to count exactly is to read everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from performance.cache import cached
from performance.models import DatabaseSample

KEPT_SECONDS = 300
SIZES = "SELECT relname, pg_total_relation_size(oid), reltuples FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)"


@dataclass(frozen=True)
class Table:
    """*size* in bytes with its indexes; empty where nobody has looked yet, or it is none of the largest."""

    name: str
    rows: int | None
    size: int | None


@cached(ttl=KEPT_SECONDS, namespace="storage")
def tables() -> tuple[Table, ...]:
    """The monitor's tables, the largest first."""
    names = sorted(model._meta.db_table for model in apps.get_app_config("performance").get_models())
    found = of_postgresql(names) if connection.vendor == "postgresql" else of_sqlite(names)
    return tuple(sorted(found, key=lambda table: (-(table.size or 0), -(table.rows or 0), table.name)))


def of_postgresql(names: Sequence[str]) -> list[Table]:
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [list(names)])
        # Before the first analysis nobody knows how many rows there are: -1.
        return [Table(name, int(rows) if rows >= 0 else None, size) for name, size, rows in cursor.fetchall()]


def of_sqlite(names: Sequence[str]) -> list[Table]:
    """Rows by their numbers, which old ones leave from below; sizes as the sampler found them within the hour."""
    sizes, there = sizes_sampled(), connection.introspection.table_names()
    known = [name for name in names if name in there]
    with connection.cursor() as cursor:
        spans = [f"(SELECT max(rowid) - min(rowid) + 1 FROM {name})" for name in known]
        cursor.execute(f"SELECT {', '.join(spans)}")
        return [Table(name, rows or 0, sizes.get(name)) for name, rows in zip(known, cursor.fetchone(), strict=True)]


def sizes_sampled() -> dict[str, int]:
    detail = DatabaseSample.objects.order_by("-pk").values_list("detail", flat=True).first()
    return {table["name"]: table["bytes"] for table in (detail or {}).get("tables", [])}
