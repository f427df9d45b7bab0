"""Jobs whose every effect is counted, and whose right result is known beforehand."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tasks.choices import Priority
from tasks.models import Job
from tasks.registry import JobContext, Share, job

Parameters = dict[str, Any]
PIECE_STEPS = 5
SHARES = 6


def count_effect(job: Job, result: dict[str, Any]) -> None:
    from tests.chaos.app.models import Effect

    Effect.objects.create(job=job.pk)


def digest_of(steps: int) -> str:
    """What a chain of so many steps ends with; no step can be left out, or done twice."""
    digest = b""
    for step in range(steps):
        digest = link(digest, step)
    return digest.hex()


def link(digest: bytes, step: int) -> bytes:
    return hashlib.sha256(digest + step.to_bytes(4, "big")).digest()


def share_sum(share: int, steps: int) -> int:
    return sum(step * step for step in range(share * steps, (share + 1) * steps))


@job("chaos.short", complete=count_effect)
def short(ctx: JobContext, parameters: Parameters) -> dict[str, Any]:
    """Done in a moment."""
    ctx.progress(0, 1)
    time.sleep(parameters["seconds"])
    return {"number": parameters["number"]}


@job("chaos.long", priority=Priority.INTERACTIVE, complete=count_effect)
def long(ctx: JobContext, parameters: Parameters) -> dict[str, Any]:
    """Counts, and keeps nothing; the result says which process did it."""
    for step in range(parameters["steps"]):
        ctx.progress(step, parameters["steps"], "Counting")
        time.sleep(0.1)
    return {"pid": os.getpid()}


@job("chaos.chain", complete=count_effect)
def chain(ctx: JobContext, parameters: Parameters) -> dict[str, Any]:
    """A chain of steps that is kept every few of them."""
    steps = parameters["steps"]
    begun_at, digest = len(ctx.pieces) * PIECE_STEPS, ctx.pieces[-1] if ctx.pieces else b""
    for step in range(begun_at, steps):
        ctx.progress(step, steps, "Linking")
        time.sleep(0.1)
        digest = link(digest, step)
        if (step + 1) % PIECE_STEPS == 0:
            ctx.checkpoint(digest)
    return {"digest": digest.hex(), "begun_at": begun_at}


def shares(parameters: Parameters) -> Sequence[Share]:
    return [Share({"share": share}, parameters["steps"]) for share in range(SHARES)]


def share(ctx: JobContext, parameters: Parameters) -> None:
    if ctx.pieces:
        return
    for step in range(5):
        ctx.progress(step, 5, "Adding")
        time.sleep(0.1)
    number = parameters["share"]
    ctx.checkpoint(f"{number} {share_sum(number, parameters['steps'])}".encode())


def merge(ctx: JobContext, parameters: Parameters, pieces: Iterator[bytes]) -> dict[str, Any]:
    found = sorted(tuple(map(int, piece.split())) for piece in pieces)
    return {"shares": [number for number, _ in found], "sum": sum(amount for _, amount in found)}


@job("chaos.sum", split=shares, part=share, merge=merge, complete=count_effect)
def whole(ctx: JobContext, parameters: Parameters) -> dict[str, Any]:
    """A sum of squares in shares; never done whole."""
    raise AssertionError("This job is always split.")


@job("chaos.poison", priority=Priority.INTERACTIVE, complete=count_effect)
def poison(ctx: JobContext, parameters: Parameters) -> dict[str, Any]:
    """Kills its own worker."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}
