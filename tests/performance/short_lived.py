"""Processes that come and go, for test_fleet_processes: ``python -m tests.performance.short_lived parent|sweeper ...``.

Intervals are a five hundredth of the product's, so that sweepers often take those for dead who only paused.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from datetime import timedelta

import django

BATCH = 20
CLEAN, KILLED = "clean", "killed"


def set_up() -> None:
    django.setup()
    from performance import reporter

    reporter.LOOK_SECONDS = 0.005
    reporter.PUBLISH_EVERY = timedelta(milliseconds=20)
    reporter.LAST_ACT_SECONDS = 20.0


def values(seed: int):
    """The same for whoever knows the seed."""
    generator = random.Random(seed)
    while True:
        yield generator.lognormvariate(0, 1)


def work(seed: int, kind: str, batches: int, tell) -> int:
    """Counts so many batches, with a pause in which it seems dead; says how many steps it has made."""
    from performance.instruments import count, observe

    supply, steps = values(seed), 0
    for number in range(batches):
        for _ in range(BATCH):
            count("steps", end=kind)
            observe("sizes", next(supply), end=kind)
        steps += BATCH
        tell("counted", steps)
        time.sleep(0.15 if number == batches // 2 else 0.004)
    return steps


def child(seed: int, kind: str, pipe: int) -> None:
    from performance import reporter
    from performance.instruments import collect
    from performance.models import Role

    def tell(what: str, steps: float) -> None:
        os.write(pipe, f"{what} {int(steps)}\n".encode())

    publish = reporter.Reporter.publish

    def publish_and_tell(self, **options) -> bool:
        steps = collect().counts.get(("steps", (("end", kind),)), 0)
        done = publish(self, **options)
        tell("published", steps)
        return done

    reporter.Reporter.publish = publish_and_tell
    reporter.start(Role.WORKER)
    work(seed, kind, 10_000 if kind == KILLED else random.Random(seed).randint(1, 30), tell)


def parent(seed: int, children: int) -> None:
    """Forks children as Django-Q does, kills every third one, and reports, too, as a command that ends."""
    from django.db import connections

    from performance import reporter
    from performance.models import Role

    fork = multiprocessing.get_context("fork")
    crew = []
    for number in range(children):
        reader, writer = os.pipe()
        kind = KILLED if number % 3 == 2 else CLEAN
        one = fork.Process(target=child, args=(seed + number, kind, writer))
        one.start()
        os.close(writer)
        crew.append((one, kind, seed + number, reader))
        time.sleep(0.02)
    reporter.start(Role.COMMAND)
    own = work(seed + children, CLEAN, 10, lambda *_: None)
    time.sleep(0.5)
    said = [{"seed": seed + children, "kind": CLEAN, "counted": own, "published": own}]
    for one, kind, number, reader in crew:
        if kind == KILLED:
            os.kill(one.pid, signal.SIGKILL)
        with os.fdopen(reader) as heard:
            last = {what: int(steps) for what, steps in map(str.split, heard)}
        one.join()
        said.append({"seed": number, "kind": kind, **last})
    connections.close_all()
    print(json.dumps(said))


def sweeper(keep_ms: int) -> None:
    """Folds what was silent for so long until told to stop; what the fleet counted must never fall meanwhile."""
    from django.utils import timezone

    from performance import fleet

    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    print("ready", flush=True)
    folded, back, last = 0, 0, {}
    while not stopped:
        folded += fleet.fold(timezone.now(), timedelta(milliseconds=keep_ms))
        now = fleet.totals().counts
        back += sum(now.get(key, 0) < steps for key, steps in last.items())
        last = now
    print(json.dumps({"folded": folded, "back": back}))


if __name__ == "__main__":
    set_up()
    {"parent": parent, "sweeper": sweeper}[sys.argv[1]](*map(int, sys.argv[2:]))
