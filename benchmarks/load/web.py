"""Settings of a web server whose one page reads one row: what a connection costs is most of its time."""

from __future__ import annotations

from valor.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.load.page"
MIDDLEWARE = ["performance.middleware.RequestScope", "django.middleware.common.CommonMiddleware"]
WARM_UP = ["performance.reporter.report_web"]
