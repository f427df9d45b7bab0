"""`@cached`: the result of a function, computed once and kept in both tiers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, cast

from asgiref.sync import sync_to_async

from performance.cache.call import Call, forget
from performance.cache.call_async import AsyncCall
from performance.cache.recipe import Policy, Recipe, Tags


def cached(
    *,
    ttl: float,
    namespace: str,
    tags: Tags = (),
    key: Callable[..., Any] | None = None,
    negative_ttl: float | None = None,
    stale: float = 0.0,
    patience: float = 10.0,
) -> Callable[[Callable[..., Any]], Any]:
    """Keeps a function's results for *ttl* seconds.

    Of many callers that miss a result at once, in all processes, one computes and the others wait for it (for at most
    *patience* seconds; what takes more than twice as long to compute is not kept). A result about to expire is
    refreshed by one caller while the others are served.

    Parameters
    ----------
    ttl
        Seconds that a result counts.
    namespace
        The first part of its keys: what statistics are kept of, and what can be forgotten as a whole.
    tags
        Names to forget it under, or a function of the arguments that gives them.
    key
        A function of the arguments that says what makes two calls the same; else all arguments do. A result that
        belongs to somebody needs its owner in the key.
    negative_ttl
        Seconds for a result of None, where that should be asked again sooner.
    stale
        Seconds beyond *ttl* in which an expired result is still given when computing fails. Never one that was
        invalidated, and never in place of a refusal (`ValorError`).

    Works on functions, methods and coroutine functions; `.invalidate(...)` forgets the result of one call.
    """
    policy = Policy(namespace, ttl, negative_ttl, stale, tags, key, patience)

    def wrap(function: Callable[..., Any]) -> Any:
        return (AsyncCached if inspect.iscoroutinefunction(function) else Cached)(function, policy)

    return wrap


class Described:
    """What sync and async cached functions share: they bind to instances like functions do."""

    def __init__(self, function: Callable[..., Any], policy: Policy) -> None:
        functools.update_wrapper(cast(Callable[..., Any], self), function)
        self.function, self.policy = function, policy
        self.recipe = Recipe(function, policy)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else Bound(self, instance)


class Bound:
    """A cached method of one instance."""

    def __init__(self, cached: Any, instance: Any) -> None:
        self.cached, self.instance = cached, instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.cached(self.instance, *args, **kwargs)

    def invalidate(self, *args: Any, **kwargs: Any) -> Any:
        return self.cached.invalidate(self.instance, *args, **kwargs)


class Cached(Described):
    """A function with its results."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return Call(self.function, self.recipe, args, kwargs).answer()

    def invalidate(self, *args: Any, **kwargs: Any) -> None:
        """Forgets the result of this call, also one that is being computed."""
        forget(self.recipe.key(args, kwargs))


class AsyncCached(Described):
    """A coroutine function with its results."""

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return await AsyncCall(self.function, self.recipe, args, kwargs).answer()

    async def invalidate(self, *args: Any, **kwargs: Any) -> None:
        """Forgets the result of this call, also one that is being computed."""
        await sync_to_async(forget)(self.recipe.key(args, kwargs))
