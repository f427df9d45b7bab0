"""Puts a context around each call of a function, whatever kind of function it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractContextManager, aclosing
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
Fresh = Callable[[], AbstractContextManager[None]]


def decorated(function: F, fresh: Fresh) -> F:
    """*function* within a *fresh* context at each call: until it returns, or as a generator until it ends."""
    if isasyncgenfunction(function):
        around = around_async_generator
    elif iscoroutinefunction(function):
        around = around_coroutine
    elif isgeneratorfunction(function):
        around = around_generator
    else:
        around = around_function
    wrapped: Any = wraps(function)(around(function, fresh))
    return cast(F, wrapped)


def around_function(function: Callable[..., Any], fresh: Fresh) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with fresh():
            return function(*args, **kwargs)

    return call


def around_coroutine(function: Callable[..., Any], fresh: Fresh) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with fresh():
            return await function(*args, **kwargs)

    return call


def around_generator(function: Callable[..., Any], fresh: Fresh) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with fresh():
            return (yield from function(*args, **kwargs))

    return call


def around_async_generator(function: Callable[..., Any], fresh: Fresh) -> Callable[..., Any]:
    """What is sent or thrown in reaches the generator, as ``yield from`` does it for the other kind."""

    async def call(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        async with aclosing(function(*args, **kwargs)) as inner:
            with fresh():
                step = inner.asend(None)
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        sent = yield item
                    except Exception as thrown:
                        step = inner.athrow(thrown)
                    else:
                        step = inner.asend(sent)

    return call
