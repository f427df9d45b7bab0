"""The cache: a local tier in each process before Redis, coherent, and a decorator for results.

`cached` keeps a function's results; `invalidate_tags`, `invalidate_namespace` and `invalidate_on_commit` forget them;
`warmer` declares what `manage.py warm_cache` computes.
"""

from performance.cache.decorator import cached
from performance.cache.tags import invalidate_namespace, invalidate_on_commit, invalidate_tags
from performance.cache.warming import warmer

__all__ = ["cached", "invalidate_namespace", "invalidate_on_commit", "invalidate_tags", "warmer"]
