"""The shared tier: django-redis, with the names of our keys and what only we ask of Redis.

| key | holds |
|---|---|
| `<space>:c:generation` | the generation: the server's run and a random part |
| `<space>:c:<codec>.<generation>:<name>` | values, tracked: every process hears of a change |
| `<space>:n:<codec>.<generation>:<name>` | counters, not tracked |
| `<space>:l:<name>` | leases: who computes a value |

A new generation leaves every older value behind in constant time. It changes with `clear()`, and with each run of the
server: what a Redis reads back from its disk after a crash may be older than what was deleted since.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast

from django_redis.client import DefaultClient
from django_redis.exceptions import ConnectionInterrupted
from django_redis.pool import ConnectionFactory
from django_redis.util import CacheKey
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from performance.cache.packing import CODEC, STAMP

AWAY = (ConnectionInterrupted, RedisError, OSError)
SCAN_COUNT = 1000
RUN_LENGTH = 10

# Takes over the generation of this run of the server, or begins one.
SETTLE = """
local known = redis.call('GET', KEYS[1])
if known and string.sub(known, 1, #ARGV[1]) == ARGV[1] then return known end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2])
return ARGV[1] .. ARGV[2]
"""
INCREASE = "if redis.call('EXISTS', KEYS[1]) == 0 then return false end return redis.call('INCRBY', KEYS[1], ARGV[1])"
# A bare number has no header; of a parcel the flags stay and the rest of the header is replaced.
TOUCH = """
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
if bit.band(string.byte(value), 0xF0) == 0x40 then
  value = string.sub(value, 1, 1) .. ARGV[1] .. string.sub(value, #ARGV[1] + 2)
end
if ARGV[2] == '' then redis.call('SET', KEYS[1], value) else redis.call('SET', KEYS[1], value, 'PX', ARGV[2]) end
return 1
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Factory(ConnectionFactory):
    """Pools of our own: django-redis shares one for each URL, with the timeouts of whoever came first."""

    _pools: dict[str, Any] = {}

    def get_or_create_connection_pool(self, params: dict[str, Any]) -> Any:
        key = f"{params['url']} {params.get('socket_timeout')}"
        if key not in self._pools:
            self._pools[key] = self.get_connection_pool(params)
        return self._pools[key]


class Client(DefaultClient):
    """Values are packed before they get here, and unpacked after."""

    def encode(self, value: Any, *, allow_int: bool = True) -> Any:
        return value

    def decode(self, value: Any) -> Any:
        return value


class Place(NamedTuple):
    """Where the shared tier is, what our keys in it begin with, and how many seconds one call waits."""

    url: str
    space: str = "valor"
    timeout: float = 0.5


class SharedTier:
    """Plain calls: each may raise one of `AWAY`, see `performance.cache.tiered`."""

    def __init__(self, place: Place, backend: Any) -> None:
        url, space, timeout = place
        self.space = space
        self.tracked = f"{space}:c:"
        self.generation_key = f"{self.tracked}generation"
        self.generation = ""
        options = {
            "SOCKET_TIMEOUT": timeout,
            "SOCKET_CONNECT_TIMEOUT": timeout,
            "CONNECTION_FACTORY": "performance.cache.shared.Factory",
            # A connection that the server closed meanwhile is opened again; a timeout is never tried twice.
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 1, (RedisConnectionError,))},
        }
        self.client = Client(url, {"OPTIONS": options}, backend)
        self.redis = cast(Redis, self.client.get_client())
        self.use("")

    def use(self, generation: str) -> None:
        """From here on keys carry this generation."""
        self.value_prefix = f"{self.tracked}{CODEC}.{generation}:"
        self.count_prefix = f"{self.space}:n:{CODEC}.{generation}:"
        self.generation = generation

    def settled(self) -> str:
        """The generation of this run of the server, as every process sees it."""
        run = str(self.redis.info("server").get("run_id", ""))[:RUN_LENGTH]
        found = self.redis.eval(SETTLE, 1, self.generation_key, f"{run}.", secrets.token_hex(4))
        return bytes(cast(bytes, found)).decode()

    def begin_generation(self) -> str:
        """Leaves all values behind; the new generation."""
        run = self.settled().partition(".")[0]
        generation = f"{run}.{secrets.token_hex(4)}"
        self.redis.set(self.generation_key, generation)
        return generation

    def key(self, name: str, aside: bool) -> CacheKey:
        return CacheKey((self.count_prefix if aside else self.value_prefix) + name)

    def name_of(self, key: bytes) -> str | None:
        """The name behind a tracked key of this generation."""
        text = key.decode(errors="replace")
        return text[len(self.value_prefix) :] if text.startswith(self.value_prefix) else None

    def get(self, name: str, aside: bool) -> bytes | None:
        prefix = self.count_prefix if aside else self.value_prefix
        return cast("bytes | None", self.redis.get(prefix + name))

    def get_many(self, names: Iterable[str], aside: bool) -> dict[str, bytes]:
        keys = {self.key(name, aside): name for name in names}
        return {keys[key]: raw for key, raw in self.client.get_many(list(keys)).items()}

    def set(self, name: str, raw: bytes | int, life: float | None, aside: bool, *, new: bool = False) -> bool:
        return bool(self.client.set(self.key(name, aside), raw, life, nx=new))

    def set_many(self, parcels: dict[str, bytes | int], life: float | None, aside: bool) -> None:
        self.client.set_many({self.key(name, aside): raw for name, raw in parcels.items()}, life)

    def touch(self, name: str, tail: bytes, life: float | None, aside: bool) -> bool:
        milliseconds = "" if life is None else max(1, int(life * 1000))
        return bool(self.redis.eval(TOUCH, 1, self.key(name, aside), tail, milliseconds))

    def delete(self, names: Iterable[str], aside: bool) -> int:
        keys = [self.key(name, aside) for name in names]
        return int(self.redis.unlink(*keys)) if keys else 0

    def has(self, name: str, aside: bool) -> bool:
        return bool(self.client.has_key(self.key(name, aside)))

    def increase(self, name: str, delta: int, aside: bool) -> int | None:
        """The new count; None where there is no such key. ValueError where Redis can't count with it."""
        try:
            return cast("int | None", self.redis.eval(INCREASE, 1, self.key(name, aside), delta))
        except ResponseError as error:
            raise ValueError(str(error)) from error

    def lasts(self, name: str, aside: bool) -> float | None:
        milliseconds = int(self.redis.pttl(self.key(name, aside)))
        return milliseconds / 1000 if milliseconds >= 0 else None

    def stamps(self, names: list[str]) -> dict[str, int]:
        """The stamps of the parcels that Redis holds now."""
        pipeline = self.redis.pipeline(transaction=False)
        for name in names:
            pipeline.getrange(self.key(name, False), STAMP.start, STAMP.stop - 1)
        found = zip(names, pipeline.execute(), strict=True)
        return {name: int.from_bytes(raw, "big") for name, raw in found if len(raw) == STAMP.stop - STAMP.start}

    def lease(self, name: str, token: str, seconds: float) -> bool:
        return bool(self.redis.set(f"{self.space}:l:{name}", token, nx=True, px=int(seconds * 1000)))

    def lease_holder(self, name: str) -> str:
        raw = cast("bytes | None", self.redis.get(f"{self.space}:l:{name}"))
        return raw.decode() if raw else ""

    def release(self, name: str, token: str) -> None:
        self.redis.eval(RELEASE, 1, f"{self.space}:l:{name}", token)

    def revoke(self, name: str) -> None:
        """Ends a lease, whoever holds it."""
        self.redis.delete(f"{self.space}:l:{name}")

    def scan(self, pattern: str) -> Iterator[list[bytes]]:
        """Matching keys in pages, each one short step for Redis; a key may come twice."""
        cursor = 0
        while True:
            cursor, keys = cast("tuple[int, list[bytes]]", self.redis.scan(cursor, match=pattern, count=SCAN_COUNT))
            yield keys
            if cursor == 0:
                return

    def unlink(self, keys: list[bytes]) -> int:
        return int(self.redis.unlink(*keys)) if keys else 0

    def memory(self) -> dict[str, int]:
        """Bytes that Redis uses, has used at most, and may use (0: no limit), and its number of keys."""
        info = self.redis.info("memory")
        names = {"used": "used_memory", "peak": "used_memory_peak", "limit": "maxmemory"}
        sizes = {name: int(info.get(source, 0)) for name, source in names.items()}
        return {**sizes, "keys": int(self.redis.dbsize())}

    def listening_connection(self) -> Any:
        """A connection of its own that speaks RESP3, in which Redis may talk unasked."""
        pool = self.redis.connection_pool
        arguments = {name: value for name, value in pool.connection_kwargs.items() if "maint" not in name}
        connection = pool.connection_class(**arguments | {"protocol": 3, "retry": Retry(NoBackoff(), 0)})
        connection.connect()
        connection.send_command("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", self.tracked)
        connection.read_response()
        return connection
