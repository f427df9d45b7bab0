"""The whole suite, as `make test` runs it: contracts, SQLite, PostgreSQL with Valkey, browser.

    python -m tests                   everything
    python -m tests sqlite browser    only these stages
    python -m tests chaos             every way to kill a part, on every configuration: what `make chaos` runs
    python -m tests faults            every illness, and whether its cause is named: what `make faults` runs
    python -m tests campaign          5,000 random portfolio problems, each answer judged: what `make campaign` runs

Every stage gets a clean environment and a state folder of its own, so that a test never touches what the
environment or var/ hold. All stages run even when one fails; the summary comes last.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-p", "tests.isolation"]
PARALLEL = ["-n", "2", "--dist", "worksteal"]
# What asks no database, and no cache but one of its own, is the same on every one.
PURE = (
    "tests/benchmarks",
    "tests/campaign",
    "tests/modeling/engines",
    "tests/modeling/importers",
    "tests/modeling/portfolios/test_size.py",
    "tests/modeling/portfolios/test_wild.py",
    "tests/modeling/prices/test_coding.py",
    "tests/modeling/test_codecs_extremes.py",
    "tests/modeling/test_codecs_parse.py",
    "tests/modeling/test_codecs_results.py",
    "tests/modeling/test_command_simulate.py",
    "tests/modeling/test_command_value.py",
    "tests/modeling/test_portfolio_docs.py",
    "tests/modeling/test_prefill.py",
    "tests/modeling/test_price_presenters.py",
    "tests/ops",
    "tests/performance/alerts/test_machine.py",
    "tests/performance/analysis",
    "tests/performance/cache/test_backend.py",
    "tests/performance/cache/test_breaker.py",
    "tests/performance/cache/test_coherence.py",
    "tests/performance/cache/test_faults.py",
    "tests/performance/cache/test_keys.py",
    "tests/performance/cache/test_local.py",
    "tests/performance/cache/test_operate.py",
    "tests/performance/cache/test_packing.py",
    "tests/performance/cache/test_stampede.py",
    "tests/performance/cache/test_values.py",
    "tests/performance/database/test_fingerprint.py",
    "tests/performance/report/test_formats.py",
    "tests/performance/test_footprint.py",
    "tests/performance/test_histogram.py",
    "tests/performance/test_takeover.py",
    "tests/performance/test_timerange.py",
    "tests/performance/test_units.py",
    "tests/test_architecture.py",
    "tests/valor/test_look.py",
    "tests/valor/test_numbers.py",
    "tests/valor/test_tags.py",
    "tests/valor/test_vendor_assets.py",
)
STAGES = {
    "contracts": [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
    "sqlite": [*PYTEST, *PARALLEL, "-m", "not browser and not chaos and (not faults or faults_smoke)"],
    "postgresql": [
        *(sys.executable, "-m", "tests.services", "--"),
        *(*PYTEST, *PARALLEL, "-m", "not browser and not launch and not faults and (not chaos or chaos_smoke)"),
        *(f"--ignore={path}" for path in PURE),
    ],
    # Each of the two has a product of its own; a file is one's alone, with what it signs in and makes once.
    "browser": [*PYTEST, "-n", "2", "--dist", "loadfile", "-m", "browser", "-rs"],
    "chaos": [*PYTEST, "-m", "chaos", "tests/chaos"],
    "faults": [*PYTEST, "-m", "faults", "tests/faults", "tests/performance/alerts"],
    "campaign": [sys.executable, "-m", "tests.campaign"],
}
ON_REQUEST = {"chaos", "faults", "campaign"}
OURS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "BASE_URL", "ALLOWED_HOSTS", "TIME_ZONE", "LOG_LEVEL"}
# Hundreds of processes are started: none compiles what one before it has compiled.
SLOW = {"PYTHONDONTWRITEBYTECODE"}


def clean_environment() -> dict[str, str]:
    """The environment without the settings of this product, and without what makes Python slow to start."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in OURS | SLOW and not name.startswith(("VALOR_", "API_RATE_"))
    }


def browsed() -> list[str]:
    """The files that ask a browser: to read all others, too, takes half a minute."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file.relative_to(ROOT)) for file in files if "mark.browser" in file.read_text(encoding="utf-8")]


def run(stage: str) -> tuple[bool, float]:
    print(f"\n=== {stage} ===", flush=True)
    started = time.monotonic()
    command = [*STAGES[stage], *(browsed() if stage == "browser" else ())]
    with tempfile.TemporaryDirectory(prefix="valor-test-") as home:
        environment = clean_environment() | {"VALOR_HOME": home}
        passed = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
    return passed, time.monotonic() - started


def main(chosen: list[str]) -> int:
    unknown = sorted(set(chosen) - set(STAGES))
    if unknown:
        sys.exit(f"There is no stage {unknown[0]}: choose from {', '.join(STAGES)}.")
    results = {stage: run(stage) for stage in STAGES if stage in (chosen or STAGES.keys() - ON_REQUEST)}
    print("\n=== summary ===")
    for stage, (passed, seconds) in results.items():
        print(f"{stage:<12}{'passed' if passed else 'FAILED':<8}{seconds:6.0f} s")
    return 0 if all(passed for passed, _ in results.values()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
