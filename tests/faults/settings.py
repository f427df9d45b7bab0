"""The product's settings and one app more, whose pages and jobs are ill on request."""

from __future__ import annotations

from valor.settings import *  # noqa: F403
from valor.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.app"]
ROOT_URLCONF = "tests.faults.app.urls"
# The users of the demo: a hash fit for the world takes half a second, and only the faults shall be slow.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
