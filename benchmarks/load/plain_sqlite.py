"""The product's settings with SQLite as Django sets it up by default."""

from valor.settings import *  # noqa: F403
from valor.settings import HOME

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HOME / "plain.sqlite3", "CONN_MAX_AGE": None}}
