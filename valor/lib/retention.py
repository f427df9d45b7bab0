"""For how many days measurements are kept, from the environment; 0 is for ever."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from valor.lib import env

# From the finest to the coarsest: each is made from the one before, so that none may be kept for a shorter time.
LEVELS = {"raw": 14, "5min": 90, "1h": 730, "1d": 0}
DETAIL = 2
LONGEST = 36_500


def days_kept() -> dict[str, int]:
    """Days by level, and those of the samples' detail: VALOR_KEEP_DETAIL, _RAW, _5MIN, _1H and _1D."""
    kept = {level: days(f"VALOR_KEEP_{level.upper()}", default) for level, default in LEVELS.items()}
    finer, *coarser = kept
    for level in coarser:
        if (kept[level] or LONGEST) < (kept[finer] or LONGEST):
            raise ImproperlyConfigured(
                f"VALOR_KEEP_{level.upper()}={kept[level]} is less than VALOR_KEEP_{finer.upper()}={kept[finer]}: "
                "a coarser level is made from the finer one, so keep it at least as long (0 is for ever)."
            )
        finer = level
    return {"detail": days("VALOR_KEEP_DETAIL", DETAIL), **kept}


def days(name: str, default: int) -> int:
    value = env.whole(name, default)
    if not 0 <= value <= LONGEST:
        raise ImproperlyConfigured(f"{name}={value} is no number of days: use 1 to {LONGEST}, or 0 for ever.")
    return value
