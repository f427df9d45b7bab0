"""One illness at a time in the running product: the right alert within two samples, the right cause named first."""

from __future__ import annotations

import pytest

from tests.faults.illnesses import ILLNESSES, Illness
from tests.faults.plant import Plant
from tests.installation import wait_for

TICKS = 2
PATIENCE = 60.0


def named(*chosen: Illness) -> list:
    return [pytest.param(each, id=each.name) for each in chosen]


@pytest.mark.faults
@pytest.mark.parametrize("illness", named(*ILLNESSES))
def test_an_illness_is_told_and_its_cause_named_on_postgresql_and_redis(illness, hospital, record_property):
    diagnose(illness, hospital, record_property)


@pytest.mark.faults
@pytest.mark.faults_smoke
@pytest.mark.parametrize("illness", named(*(each for each in ILLNESSES if each.smoke)))
def test_an_illness_is_told_and_its_cause_named_on_sqlite(illness, surgery, record_property):
    diagnose(illness, surgery, record_property)


def diagnose(illness: Illness, plant: Plant, record_property) -> None:
    record_property("illness", illness.name)
    said = len(plant.lines)
    plant.recover()
    try:
        examine(illness, plant, record_property)
    except BaseException:
        print(plant.call("firing"), *plant.lines[said:][-80:], sep="\n")
        raise


def examine(illness: Illness, plant: Plant, record_property) -> None:
    with illness.begin(plant):
        since = plant.call("now")
        alert = wait_for(lambda: right_alert(illness, plant), PATIENCE, f"An alert of {illness.alerts}")
        first = wait_for(lambda: plant.call("advice", alert=alert["pk"]), PATIENCE, "Any advice")[0]
    ticks = plant.call("samples_between", start=since, end=alert["fired_at"])
    record_property("alert", alert["metric"])
    record_property("ticks", ticks)
    record_property("advice", f"{first['rule']}: {first['title']}")
    assert first["rule"] in illness.rules, first
    assert illness.words.lower() in f"{first['title']} {first['cause']}".lower(), first
    assert ticks <= TICKS


def right_alert(illness: Illness, plant: Plant) -> dict | None:
    firing = plant.call("firing")
    return next(({**firing[name], "metric": name} for name in illness.alerts if name in firing), None)
