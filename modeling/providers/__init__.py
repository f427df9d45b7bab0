"""Others' servers that give prices and statements, asked only when somebody asks for it.

`registry` says who they are; `client` is the one way to them: `transport` makes one request within its limits, `pace`
and `breaker` are shared by all processes through the cache, and answers are kept there for an hour. Nothing in here
runs by itself, and ONLINE_PROVIDERS=0 switches all of it off.
"""

from modeling.providers import ecb, sec, stooq  # noqa: F401 - they declare themselves
