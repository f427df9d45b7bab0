"""The product's settings, with a job that does nothing, and bare tasks stored as Django-Q does by default."""

from valor.settings import *  # noqa: F403
from valor.settings import INSTALLED_APPS, Q_CLUSTER

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.load"]
Q_CLUSTER = Q_CLUSTER | {"save_limit": 250}
