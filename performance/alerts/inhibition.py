"""Which alerts keep others quiet, since they are their cause: who is told of the one need not hear of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from performance.alerts.choices import AlertState
from performance.alerts.models import Alert

Key = tuple[str, str]
EVERYTHING: Key = ("", "")
BURNING = (AlertState.FIRING, AlertState.RECOVERING)


@dataclass(frozen=True)
class Inhibition:
    """Until *cause* is over, *mutes* are not told; *same_host*: only those of the host on which it fires."""

    cause: Key
    mutes: tuple[Key, ...]
    same_host: bool = False

    def quiets(self, cause: Alert, other: Alert) -> bool:
        if cause.key != self.cause or other.key == self.cause:
            return False
        if self.same_host and cause.host != other.host:
            return False
        return other.key in self.mutes or EVERYTHING in self.mutes


INHIBITIONS = (
    # Without Redis everything is computed again, and what waits for Redis is slow.
    Inhibition(
        ("cache", "breakers_open"), (("cache", "hit_percent"), ("cache", "shared_p95_ms"), ("cache", "joined_rate"))
    ),
    # Requests that wait for a connection are slow, and those that wait in vain fail.
    Inhibition(
        ("database", "worst_percent"),
        (("application", "latency_p95"), ("application", "error_percent"), ("database", "query_error_rate")),
    ),
    # A transaction that stays open is why the others wait.
    Inhibition(("database", "longest_transaction"), (("database", "locks_waiting"), ("database", "write_ms"))),
    # Without anybody who works, the queue only grows.
    Inhibition(("tasks", "workers"), tuple(("tasks", name) for name in ("oldest_seconds", "drain_seconds"))),
    # What is not measured any more is only what it was.
    Inhibition(("sampler", "lag"), (EVERYTHING,), same_host=True),
    # A machine that waits for another guest, or for its swap, is slow in everything.
    Inhibition(("system", "cpu_steal_percent"), (("system", "cpu_percent"),), same_host=True),
)


def cause_of(alert: Alert, alerts: Iterable[Alert]) -> Alert | None:
    """The alert that keeps this one quiet: what fires, and what recovers, since its consequences take as long to."""
    causes = [other for other in alerts if other.state in BURNING and other is not alert]
    return next((cause for cause in causes for rule in INHIBITIONS if rule.quiets(cause, alert)), None)
