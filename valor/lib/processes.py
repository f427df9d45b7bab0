"""Which process this is, and how many web processes and threads there are: read by settings and by gunicorn's."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from valor.lib import env

# Set by gunicorn's settings for its processes, and by nobody else.
ROLE_VARIABLE = "VALOR_ROLE"
WEB = "web"
WEB_THREADS = 8
# Workers are processes, and web processes answer by threads: numerical libraries must not start their own on top.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def is_web() -> bool:
    """Whether this is a process of the web server: workers, sampler and commands are not."""
    return os.environ.get(ROLE_VARIABLE) == WEB


def web_processes() -> int:
    """Without Redis one, since cache and rate limits live in its memory; else two, or VALOR_WEB_PROCESSES."""
    if not env.text("REDIS_URL"):
        return 1
    count = env.whole("VALOR_WEB_PROCESSES", 2)
    if count < 1:
        raise ImproperlyConfigured(f"VALOR_WEB_PROCESSES={count} is too small: at least 1 is needed.")
    return count


def numerical_threads() -> dict[str, str]:
    """One thread for numerical libraries, where the environment says nothing else; they read it when they load."""
    return {name: os.environ.get(name, "1") for name in ONE_THREAD}
