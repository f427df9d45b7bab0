"""What a worker loads, and when."""

from __future__ import annotations

import subprocess
import sys

from modeling.apps import load_engines
from modeling.simulation_request import SIMULATE
from tasks import registry
from tasks.signals import worker_started

START = "import django, sys; django.setup(); import valor.urls; print('numpy' in sys.modules, 'scipy' in sys.modules)"


def test_nothing_loads_numpy_before_a_worker_forks() -> None:
    started = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert started.stdout.split() == ["False", "False"]


def test_a_started_worker_loads_the_engines_before_its_first_job() -> None:
    assert load_engines in [receiver() for _, receiver, *_ in worker_started.receivers]
    code = (
        "import django, sys; django.setup(); from tasks.signals import worker_started; "
        "worker_started.send(sender=None); print('modeling.codecs' in sys.modules)"
    )
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert started.stdout.strip() == "True"


def test_the_job_is_declared_with_a_title_people_understand() -> None:
    assert registry.spec_of(SIMULATE).title == "Simulates one valuation document"
