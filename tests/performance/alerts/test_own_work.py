"""Jobs that keep the machine busy raise no alert; whoever takes the machine from them does."""

from __future__ import annotations

from typing import Any

import pytest

from performance.alerts import services
from performance.alerts.models import Alert, Threshold


def busy(
    clock, cpu: float, *workers: float | None, host: str = "web-1", cores: int = 2, web: float = 5.0, **more: Any
) -> list[Alert]:
    """A tick of a busy machine; its workers take so much of one core each, and the web server as a rule little."""
    told = [("web", web), *(("worker", worker) for worker in workers)]
    processes = [{"host": host, "role": role, "pid": pid, "cpu": share} for pid, (role, share) in enumerate(told)]
    system = {"cpu_percent": cpu, "cpu_count": cores} | more
    return clock.tick(system=system, application={"detail": {"processes": processes}})


def test_workers_at_full_tilt_are_what_the_machine_is_there_for(clock):
    for _ in range(20):
        assert busy(clock, 100.0, 90.0, 85.0) == []


@pytest.mark.parametrize(("workers", "count"), [(50.0, 0), (49.0, 1)])
def test_unless_others_take_more_than_half_of_it(clock, workers, count):
    for _ in range(2):
        found = busy(clock, 100.0, workers, workers)
    assert [alert.state for alert in found] == ["firing"] * count


def test_a_hog_among_jobs_is_told_and_over_once_the_jobs_are_alone_again(clock):
    for _ in range(3):
        busy(clock, 100.0, 95.0, 95.0)
    for _ in range(2):
        (alert,) = busy(clock, 100.0, 40.0, 45.0)
    assert (alert.metric, alert.state, alert.severity) == ("cpu_percent", "firing", "critical")
    (alert,) = busy(clock, 100.0, 95.0, 95.0)
    assert alert.state == "recovering"
    assert busy(clock, 100.0, 95.0, 95.0) == []
    assert Alert.objects.get().state == "resolved"


def test_a_pending_alert_is_dropped_when_it_was_for_the_jobs(clock):
    (alert,) = busy(clock, 90.0, None, None)
    assert alert.state == "pending"
    assert busy(clock, 100.0, 90.0, 90.0) == []
    assert not Alert.objects.exists()


def test_workers_of_another_host_are_no_reason(clock):
    for _ in range(2):
        found = busy(clock, 100.0, 95.0, 95.0, host="web-2")
    assert [alert.state for alert in found] == ["firing"]


def test_a_lower_limit_holds_for_what_is_taken_without_jobs(clock):
    row = Threshold.objects.get(category="system", metric="cpu_percent")
    services.change_threshold(threshold=row, values={"warning": 40, "critical": None, "clear": 30}, by=None)
    for _ in range(2):
        assert busy(clock, 95.0, 60.0, 60.0) == []
    for _ in range(2):
        found = busy(clock, 48.0, 1.0, 1.0)
    assert [alert.state for alert in found] == ["firing"]


def watch_single_cores() -> None:
    levels = {"warning": 90, "critical": None, "clear": 80}
    services.set_threshold(category="system", metric="cpu_worst_core", values=levels, by=None)


@pytest.mark.parametrize(("worker", "count"), [(98.0, 0), (3.0, 1)])
def test_a_single_core_that_is_busy_for_a_job_is_no_trouble_either(clock, worker, count):
    watch_single_cores()
    for _ in range(2):
        found = busy(clock, 30.0, worker, cores=4, cpu_worst_core=100.0)
    assert [alert.metric for alert in found] == ["cpu_worst_core"] * count


@pytest.mark.parametrize("workers", [(), (1.0,)])
def test_between_the_levels_it_is_not_over_for_want_of_jobs_or_for_a_few(clock, workers):
    watch_single_cores()
    for worst in (95.0, 95.0, 85.0, 85.0, 85.0):
        found = busy(clock, 30.0, *workers, cores=4, cpu_worst_core=worst)
    assert [alert.state for alert in found] == ["firing"]
    for _ in range(2):
        found = busy(clock, 30.0, *workers, cores=4, cpu_worst_core=79.0)
    assert found == []


@pytest.mark.parametrize(
    ("workers", "web", "count"), [((35.0, 35.0, 35.0), 100.0, 1), ((98.0,), 100.0, 1), ((98.0,), 89.0, 0)]
)
def test_a_web_process_that_spins_is_told_whatever_the_workers_do(clock, workers, web, count):
    watch_single_cores()
    for _ in range(2):
        found = busy(clock, 60.0, *workers, cores=4, web=web, cpu_worst_core=100.0)
    assert [alert.metric for alert in found] == ["cpu_worst_core"] * count


def test_several_workers_together_are_no_reason_for_a_single_busy_core(clock):
    watch_single_cores()
    for _ in range(2):
        found = busy(clock, 30.0, *[9.0] * 8, cores=8, cpu_worst_core=100.0)
    assert [alert.metric for alert in found] == ["cpu_worst_core"]
