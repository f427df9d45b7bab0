"""A day of ordinary, varied load: what a healthy platform's samples look like, tick by tick.

Few at night, a morning rise, a dip at noon; bursts of simulations that take all cores for half a minute, a nightly
backup, a release that restarts every process with a cold cache, now and then a failed request, a slow statement, a lost
reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

TICKS_A_DAY = 2880
BACKUP = range(360, 384)  # 03:00 to 03:12
RELEASE = 1300  # 10:50
BUSY = {10: 0.9, 11: 1.0, 12: 0.6, 13: 0.8, 14: 1.0, 15: 1.0, 16: 0.9, 17: 0.6, 9: 0.7, 8: 0.4, 18: 0.4, 19: 0.2}

Row = dict[str, Any]


@dataclass
class Day:
    """Rows by category for each tick of one day; the same for the same seed."""

    seed: int = 0

    def __iter__(self) -> Iterator[dict[str, Row]]:
        self.random = np.random.default_rng(self.seed)
        disk = 61.0
        rest = 0.0
        for tick in range(TICKS_A_DAY):
            busy = self.busy(tick)
            # The share of the tick in which a simulation of half a minute runs; it ends in the next tick.
            shape, rest = rest, 0.0
            if not shape and self.random.random() < 0.02 * busy:
                shape = self.random.random()
                rest = 1.0 - shape
            disk += self.random.normal(0.0002, 0.002)
            warm = min(1.0, abs(tick - RELEASE) / 12) if tick >= RELEASE else 1.0
            rows = {
                "system": self.system(tick, busy, shape, disk),
                "application": self.application(tick, busy, shape),
                "database": self.database(tick, busy, shape),
                "cache": self.cache(busy, warm),
                "tasks": self.tasks(busy, shape),
            }
            for row in rows.values():
                self.lose_a_reading(row)
                row["detail"] = {}
            yield rows

    def busy(self, tick: int) -> float:
        """How much of the day's most is going on, 0 to 1."""
        hour = tick * 24 / TICKS_A_DAY
        low, high = BUSY.get(int(hour), 0.05), BUSY.get(int(hour) + 1, 0.05)
        level = low + (high - low) * (hour % 1)
        return float(np.clip(level * self.random.lognormal(0, 0.25), 0.01, 1.3))

    def around(self, value: float, spread: float = 0.15) -> float:
        return float(value * self.random.lognormal(0, spread))

    def lose_a_reading(self, row: Row) -> None:
        """One reading in two thousand fails."""
        for column in row:
            if self.random.random() < 0.0005:
                row[column] = None

    def system(self, tick: int, busy: float, shape: float, disk: float) -> Row:
        backup = 30.0 if tick in BACKUP else 0.0
        base = min(100.0, self.around(4 + 38 * busy) + backup)
        cpu = base + (100.0 - base) * shape
        return {
            "cpu_percent": cpu,
            "cpu_worst_core": min(100.0, cpu * 1.3),
            "cpu_steal_percent": self.around(0.4, 0.5),
            "cpu_iowait_percent": self.around(2.0) + backup / 3,
            "load_1": self.around(0.3 + 1.5 * busy + 2 * shape),
            "memory_percent": self.around(52 + 8 * busy, 0.02),
            "swap_percent": self.around(3.0, 0.05),
            "swap_rate": 0.0 if self.random.random() < 0.97 else 40_000.0,
            "disk_percent": disk,
            "disk_write_rate": self.around(2e5 + 2e6 * busy) + (8e7 if tick in BACKUP else 0),
            "network_in_rate": self.around(1e5 * (0.1 + busy)),
            "process_count": round(self.around(120, 0.05)),
        }

    def application(self, tick: int, busy: float, shape: float) -> Row:
        count = int(self.random.poisson(0.5 + 240 * busy))
        failed = int(self.random.binomial(count, 0.002)) if count else 0
        p50 = self.around(28 + 60 * shape, 0.2)
        heavy = 1.6 if self.random.random() < 0.01 else 1.0
        p95 = self.around(190 + 260 * shape, 0.25) * heavy
        known = count > 0
        return {
            "request_count": count,
            "request_rate": count / 30,
            "latency_p50": p50 if known else None,
            "latency_p95": p95 if known else None,
            "latency_p99": p95 * 1.8 if known else None,
            "error_percent": 100 * failed / count if known else None,
            "client_error_percent": self.around(1.5, 0.5) if known else None,
            "in_flight": int(self.random.poisson(0.8 * busy)),
            "response_bytes_p95": self.around(60_000) if known else None,
            "outside_ms": self.around(2.0, 0.5) if known else None,
            "cpu_percent": self.around(3 + 45 * busy + 120 * shape),
            "rss": self.around(620e6, 0.05),
            "rss_worst": self.around(210e6, 0.05),
            "processes": 7,
            "web_processes": 2,
            "worker_processes": 3,
            "threads": 40,
            "open_files": round(self.around(180, 0.1)),
            "open_files_percent": self.around(5.0, 0.1),
            "uptime_least": float(30 * (tick - RELEASE if tick >= RELEASE else tick + 900)),
        }

    def database(self, tick: int, busy: float, shape: float) -> Row:
        use = min(70.0, self.around(3 + 22 * busy, 0.4))
        return {
            "connect_ms": self.around(3.0),
            "read_ms": self.around(0.5),
            "write_ms": self.around(2.0) + (8 if tick in BACKUP else 0),
            "pool_percent": use,
            "connections_percent": self.around(22.0, 0.1),
            "worst_percent": max(use, 22.0),
            "pool_waiting": 0,
            "pool_wait_ms": 0.0,
            "query_rate": self.around(1 + 60 * busy),
            "query_p50_ms": self.around(0.4),
            "query_p95_ms": self.around(6 + 15 * shape),
            "slow_rate": 2.0 if self.random.random() < 0.004 else 0.0,
            "query_error_rate": 0.0,
            "dead_percent": float(tick % 700) / 60,
            "locks_waiting": int(self.random.random() < 0.01 * busy),
            "long_transactions": 1 if tick in range(BACKUP.start + 2, BACKUP.start + 5) else 0,
            "longest_transaction": 45.0 if tick in BACKUP else self.around(0.3, 0.5),
            "hit_percent": self.around(98.5, 0.003),
            "size": 4_000_000_000 + 4000 * tick,
        }

    def cache(self, busy: float, warm: float) -> Row:
        lookups = int(self.random.poisson(1 + 900 * busy))
        hit = min(99.0, self.around(88.0, 0.03)) * (0.55 + 0.45 * warm)
        return {
            "lookup_count": lookups,
            "lookup_rate": lookups / 30,
            "hit_percent": hit if lookups else None,
            "local_hit_percent": hit * 0.85 if lookups else None,
            "shared_hit_percent": hit * 0.4 if lookups else None,
            "write_rate": self.around(0.1 + 4 * busy),
            "eviction_rate": self.around(0.4 * busy, 0.8),
            "local_percent": self.around(55.0, 0.1),
            "shared_percent": self.around(30.0, 0.02),
            "shared_p50_ms": self.around(0.25),
            "shared_p95_ms": self.around(0.9, 0.4),
            "breakers_open": 0,
            "compute_rate": self.around(0.05 + 1.5 * busy),
            "compute_ms": self.around(60.0, 0.4),
            "joined_rate": self.around(0.05 * busy, 1.0),
            "stale_rate": 0.0,
        }

    def tasks(self, busy: float, shape: float) -> Row:
        finished = int(self.random.poisson(12 * busy))
        failed = int(self.random.binomial(finished, 0.01))
        waiting = int(self.random.poisson(0.3 * busy + 3 * shape))
        return {
            "waiting": waiting,
            "waiting_interactive": waiting,
            "waiting_normal": 0,
            "waiting_bulk": int(self.random.random() < 0.02),
            "oldest_seconds": self.around(1.0 + 12 * shape, 0.6) if waiting else 0.0,
            "drain_seconds": self.around(2.0 + 20 * shape, 0.5) if waiting else 0.0,
            "wait_p50_seconds": self.around(0.05) if finished else None,
            "wait_p95_seconds": self.around(0.6 + 6 * shape, 0.5) if finished else None,
            "run_p95_seconds": self.around(3.0 + 20 * shape, 0.4) if finished else None,
            "finished_count": finished,
            "failed_count": failed,
            "failed_percent": 100 * failed / finished if finished else None,
            "retried_count": 0,
            "workers": 2,
            "workers_busy": min(2, waiting + int(busy > 0.5)),
            "workers_silent": 0,
            "busy_percent": min(100.0, 50.0 * (waiting + int(busy > 0.5))),
            "heartbeat_age": self.around(1.2, 0.4),
        }
