from __future__ import annotations

import json
import os
from typing import Any

from django.apps import AppConfig


class FaultsConfig(AppConfig):
    name = "tests.faults.app"
    label = "faults"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from performance import reporter
        from tests.faults.app import jobs  # noqa: F401

        # The samples come faster than in the field, and so do the reports that they are made of.
        reporter.PUBLISH_EVERY *= int(os.environ["FAULTS_INTERVAL"]) / 30
        pretend_disk()


def pretend_disk() -> None:
    """A disk that is as full as ``fake_disk`` in VALOR_HOME says, in percent; where that is not there, the true one."""
    import psutil
    from django.conf import settings

    true = psutil.disk_usage

    def usage(path: str) -> Any:
        found = true(path)
        told = settings.HOME / "fake_disk"
        if not told.exists():
            return found
        percent = float(json.loads(told.read_text()))
        used = int(found.total * percent / 100)
        return found._replace(used=used, free=found.total - used, percent=percent)

    psutil.disk_usage = usage
