"""Two hundred callers in four processes miss one result at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from tests.__main__ import ROOT, clean_environment
from tests.performance.cache.conftest import client_of

CALLERS = """
import json, sys, threading, time
import django
django.setup()
from django.core.cache import cache
from performance.cache import cached
store = cache.store

@cached(ttl=60, namespace="stampede")
def dear():
    store.shared.redis.incr("stampede:runs")
    time.sleep(0.3)
    return ["result"]

results, errors = [], []
def call():
    gate.wait()
    try:
        results.append(dear())
    except Exception as error:
        errors.append(repr(error))

gate = threading.Event()
threads = [threading.Thread(target=call) for _ in range(50)]
for thread in threads:
    thread.start()
print("ready", flush=True)
sys.stdin.readline()
gate.set()
for thread in threads:
    thread.join()
opened = store.breaker.times_opened
print(json.dumps([len(results), all(result == ["result"] for result in results), errors, opened]), flush=True)
"""


def test_two_hundred_misses_in_four_processes_compute_once(server):
    extra = {
        "DJANGO_SETTINGS_MODULE": "valor.settings",
        "REDIS_URL": server.url,
        "CACHE_SPACE": f"stampede{time.monotonic_ns()}",
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [
        subprocess.Popen([sys.executable, "-c", CALLERS], cwd=ROOT, env=clean_environment() | extra, **pipes)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    with client_of(server) as client:
        client.delete("stampede:runs")
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for process in processes]
        runs = client.get("stampede:runs")
    for process in processes:
        process.communicate(timeout=10)
    assert answers == [[50, True, [], 0]] * 4
    assert runs == b"1"
