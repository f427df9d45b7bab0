"""Every fault on every configuration, with a mixed load at work: each job reaches its right end, none is lost, none
takes effect twice, simulations give what undisturbed ones give, and nobody has to lend a hand."""

from __future__ import annotations

import time

import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.house import CONFIGURATIONS, REDIS
from tests.installation import WORKERS, wait_for

pytestmark = pytest.mark.chaos

# What `make test` takes.
SMOKE = {(REDIS, "busy worker killed"), (REDIS, "Redis killed, empty after 10 s")}
MATRIX = [
    pytest.param(
        configuration,
        fault,
        id=f"{configuration}-{fault.name}",
        marks=[pytest.mark.chaos_smoke] if (configuration, fault.name) in SMOKE else [],
    )
    for configuration in CONFIGURATIONS
    for fault in FAULTS
    if configuration in fault.where
]


@pytest.mark.parametrize(("house", "fault"), MATRIX, indirect=["house"])
def test_every_job_reaches_its_right_end(house, owner, fault, record_property):
    record_property("fault", fault.name)
    if not fault.at_rest:
        house.submit_load(owner)
        house.busy("chaos.chain")
    at = fault.strike(house, owner) or time.time()
    if fault.at_rest:
        house.submit_load(owner)
    house.submit(owner, "chaos.short", number=-1, seconds=0)

    def works_on() -> bool:
        return house.call("stirred", since=at) and len(house.workers()) == WORKERS

    wait_for(works_on, what="Recovery")
    record_property("recovery", time.time() - at)
    house.settle(owner)
    record_property("done", time.time() - at)
    house.check(owner)
    house.needs_no_hand(owner)
