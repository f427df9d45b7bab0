"""docs/api.md is true: every block of shell in it runs, and answers what the block below it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest

from tests.__main__ import ROOT
from tests.product import Product, eventually

BLOCK = re.compile(r"^```(sh|json|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEXT = "----- the next block -----"
# An alert and a recommendation, as they would come of a bad day; nobody samples meanwhile, so that they stay.
FURNISH = """
from django.utils import timezone
from performance import sampling
from performance.alerts.models import Threshold
from tests.api.house import make_advice, make_alert
sampling.change(by="operator", state="paused")
make_alert(Threshold.objects.get(category="system", metric="cpu_percent"), timezone.now())
make_advice(timezone.now())
"""


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall((ROOT / "docs" / "api.md").read_text())


FIXED = {"unit", "code", "kind", "category", "field", "title", "label"}


def mismatches(shown: Any, said: Any, place: str = "answer") -> list[str]:
    """Where an answer has not the shape that is shown. What is shown may leave keys out; null stands for anything.

    Words that never change with the weather have to be the same.
    """
    if shown is None:
        return []
    if isinstance(shown, dict):
        if not isinstance(said, dict):
            return [f"{place} is {said!r}"]
        return [
            problem
            for key, value in shown.items()
            for problem in (mismatches(value, said[key], f"{place}.{key}") if key in said else lacks(said, place, key))
        ]
    if isinstance(shown, list):
        if not isinstance(said, list) or (shown and not said):
            return [f"{place} is {said!r}"]
        return mismatches(shown[0], said[0], f"{place}.0") if shown else []
    if isinstance(shown, str) and place.rpartition(".")[2] in FIXED:
        return [] if shown == said else [f"{place} is {said!r}"]
    kinds = (int, float) if isinstance(shown, (int, float)) and not isinstance(shown, bool) else type(shown)
    return [] if isinstance(said, kinds) else [f"{place} is {said!r}"]


def lacks(said: dict[str, Any], place: str, key: str) -> list[str]:
    """What is there instead tells why."""
    return [f"no {place}.{key} in {json.dumps(said)[:500]}"]


def missing(shown: str, said: str) -> list[str]:
    """Lines whose beginning, up to a colon, no line of the answer has."""
    lines = [line.lower() for line in said.splitlines()]
    begins = [line.split(":")[0].lower() for line in shown.splitlines()]
    return [begin for begin in begins if not any(line.startswith(begin) for line in lines)]


def test_the_shapes_can_differ():
    assert mismatches({"a": [{"b": 1}]}, {"a": [{"b": 2.5, "c": 3}]}) == []
    assert mismatches({"a": [{"b": 1}]}, {"a": [{"c": 2}]}) == ['no answer.a.0.b in {"c": 2}']
    assert mismatches({"a": [1]}, {"a": []}) == ["answer.a is []"]
    assert mismatches({"a": "x"}, {"a": 1}) == ["answer.a is 1"]
    assert mismatches({"a": True}, {"a": 1}) == ["answer.a is 1"]
    assert mismatches({"unit": "%"}, {"unit": "percent"}) == ["answer.unit is 'percent'"]
    assert missing("ETag: 1\n304\n", "etag: 2\n200\n") == ["304"]


def test_every_answer_that_is_shown_belongs_to_a_block_of_shell():
    kinds = [kind for kind, _ in blocks()]
    assert kinds.count("sh") > 15
    assert all(kind == "sh" or before == "sh" for before, kind in pairwise(kinds))


@pytest.fixture(scope="module")
def output(tmp_path_factory) -> list[str]:
    """What each block of shell printed, run in one shell as a reader does."""
    if not shutil.which("curl"):
        pytest.skip("There is no curl on this machine.")
    folder = tmp_path_factory.mktemp("docs")
    with Product(folder / "home") as product:
        product.ready()
        eventually(lambda: product.status("/api/performance/health/") == 200, product)
        environment = os.environ | product.environment
        furnish = [sys.executable, "manage.py", "shell", "-v0", "-c", FURNISH]
        subprocess.run(furnish, cwd=ROOT, env=environment, check=True, timeout=60)
        people = product.passwords()
        script = f"\necho '{NEXT}'\n".join(code for kind, code in blocks() if kind == "sh")
        reader = {"BASE": product.url, "USER": "operator", "PASSWORD": people["operator"]}
        reader |= {"ANALYST": "analyst", "ANALYST_PASSWORD": people["analyst"], "PATH": os.environ["PATH"]}
        command = ["bash", "-euo", "pipefail", "-c", script]
        ran = subprocess.run(command, cwd=folder, env=reader, capture_output=True, text=True, timeout=240, check=False)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout[-3000:] + ran.stderr
    return [part.strip("\n") for part in ran.stdout.split(f"{NEXT}\n")]


@pytest.mark.launch
def test_every_block_answers_as_it_is_shown(output):
    index, wrong = -1, list[str]()
    for kind, text in blocks():
        if kind == "sh":
            index += 1
        elif kind == "json":
            wrong += [
                f"block {index + 1}: {problem}" for problem in mismatches(json.loads(text), json.loads(output[index]))
            ]
        else:
            wrong += [f"block {index + 1}: no {line}" for line in missing(text, output[index])]
    assert wrong == []
    assert index + 1 == len(output)
