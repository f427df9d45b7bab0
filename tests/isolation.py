"""A pytest plugin that gives each parallel test process a Redis database of its own.

Loaded with `-p tests.isolation`, which is early enough: settings are read afterwards. (pytest-django does the same
for the database.)
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit


def own_redis(url: str, worker: str) -> str:
    """The URL with the database number of a pytest-xdist process: gw0 takes 1, gw1 takes 2, and so on."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{1 + int(worker.removeprefix('gw'))}"))


if os.environ.get("REDIS_URL") and os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_URL"] = own_redis(os.environ["REDIS_URL"], os.environ["PYTEST_XDIST_WORKER"])
