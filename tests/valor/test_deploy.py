"""Production settings pass Django's own examination."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def manage(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "DATABASE_URL") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | {"VALOR_HOME": str(home)} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def production(**changes: str) -> dict[str, str]:
    return {
        "BASE_URL": "https://valor.example",
        "ALLOWED_HOSTS": "valor.example",
        "SECRET_KEY": "Zq3" + "kV9-xW7_bN5" * 6,
    } | changes


def test_check_deploy_finds_nothing_in_production_settings(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **production())
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"BASE_URL": "http://valor.example"}, "security.W012"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"DEBUG": "1"}, "security.W018"),
    ],
)
def test_and_would_find_what_is_unsafe(tmp_path, change, warning):
    done = manage(tmp_path, "check", "--deploy", "--tag", "security", "--fail-level", "WARNING", **production(**change))
    assert done.returncode == 1
    assert warning in done.stderr


def test_https_turns_on_what_protects_it_and_loopback_works_without(tmp_path):
    words = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0)"
    )
    secure = manage(tmp_path, "shell", "-v0", "-c", words, **production())
    assert secure.stdout.split() == ["True"] * 4, secure.stderr
    local = manage(tmp_path, "shell", "-v0", "-c", words)
    assert local.stdout.split() == ["False"] * 4, local.stderr
