"""Gunicorn's settings: `gunicorn --config python:valor.gunicorn valor.wsgi`, as `manage.py up` and compose.yaml run it.

Threads, not greenlets: pages wait for the database, and NumPy lets go of the interpreter. Without Redis the cache and
the rate limits live in the memory of one process, so there is one; with Redis two, or VALOR_WEB_PROCESSES.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from valor.lib import processes

bind = os.environ.get("VALOR_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = processes.web_processes()
threads = processes.WEB_THREADS
# Only web processes may use a pool of database connections.
raw_env = [f"{processes.ROLE_VARIABLE}={processes.WEB}"]
raw_env += [f"{name}={count}" for name, count in processes.numerical_threads().items()]
timeout = 60
graceful_timeout = 3
keepalive = 5
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Loads what is slow to load while the first visitor still types a password."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()


def warm_up() -> None:
    from django.conf import settings
    from django.utils.module_loading import import_string

    for path in settings.WARM_UP:
        import_string(path)()
