"""Gunicorn's settings: `gunicorn --config python:valor.gunicorn valor.wsgi`, as `manage.py up` and compose.yaml run it.

Threads, not greenlets: pages wait for the database, and NumPy lets go of the interpreter. Without Redis the cache and
the rate limits live in the memory of one process, so there is one; with Redis two, or VALOR_WEB_PROCESSES.
"""

from __future__ import annotations

import os

bind = os.environ.get("VALOR_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("VALOR_WEB_PROCESSES") or 2) if os.environ.get("REDIS_URL") else 1
threads = 8
timeout = 60
graceful_timeout = 3
keepalive = 5
loglevel = "warning"
control_socket_disable = True
