"""Checks of an installation, run by `manage.py check --deploy`."""

from __future__ import annotations

import stat
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def state_is_private(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The folder of the state holds the secret key and, under SQLite, everything else."""
    if stat.S_IMODE(settings.HOME.stat().st_mode) & 0o077:
        hint = f"chmod 700 {settings.HOME}"
        return [Warning("Other users of this machine can look into VALOR_HOME.", hint=hint, id="valor.W001")]
    return []
