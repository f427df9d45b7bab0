"""What a sampler never loads, since it runs on every host and all the time."""

from __future__ import annotations

import os
import subprocess
import sys

SAMPLES = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "migrate", "--verbosity=0", "--skip-checks"])
execute_from_command_line(["manage.py", "sample_metrics", "--once"])

from performance.sampler import Sampler
sampler = Sampler(wait=lambda seconds: False)
sampler.prime()
for _ in range(2):
    assert sampler.tick()
assert not sampler.round.failing, sampler.round.failing
print(*(name in sys.modules for name in ("performance.rollups.services", "numpy", "scipy", "valor.urls")))
"""


def test_a_sampler_and_its_chores_load_neither_numpy_nor_the_pages(tmp_path):
    home = {"VALOR_HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'samples.sqlite3'}"}
    environment = os.environ | home | {"DJANGO_SETTINGS_MODULE": "valor.settings", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", SAMPLES]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "True False False False"
