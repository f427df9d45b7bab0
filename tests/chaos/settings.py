"""The product's settings and one app more, whose jobs count what they did."""

from __future__ import annotations

from valor.settings import *  # noqa: F403
from valor.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.app"]
# The users of a scenario: a hash fit for the world takes half a second.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
