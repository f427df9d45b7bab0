"""manage.py's own clear lines: an unfit Python, a state folder that can't be made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.__main__ import ROOT, clean_environment
from tests.services import free_port


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("version", "word"), [((3, 10), "too old"), ((3, 15), "too new")])
def test_an_unfit_python_gets_one_clear_line_before_django_is_imported(version, word):
    pretend = f"import sys; sys.version_info = {version!r} + (0, 'final', 0); sys.modules['django'] = None; "
    run = "import runpy; runpy.run_path('manage.py', run_name='__main__')"
    result = subprocess.run(
        [sys.executable, "-c", pretend + run], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and word in result.stderr


def test_a_missing_django_gets_one_clear_line():
    run = "import sys, runpy; sys.modules['django'] = None; runpy.run_path('manage.py', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "requirements.txt" in result.stderr


def test_even_an_ancient_python_can_read_manage_py():
    source = (ROOT / "manage.py").read_text()
    compile(source, "manage.py", "exec")
    assert "f'" not in source and 'f"' not in source and "->" not in source


def test_a_state_folder_that_cannot_be_made_gets_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = manage("up", VALOR_HOME=str(tmp_path / "file" / "home"))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "VALOR_HOME" in result.stderr


def test_a_port_that_is_none_gets_one_clear_line(tmp_path):
    for port in ("0", "65536", "eighty", "-1"):
        result = manage("up", f"--port={port}", VALOR_HOME=str(tmp_path / "home"))
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) == 1 and port in result.stderr


def test_a_database_that_cannot_be_opened_gets_one_clear_line(tmp_path):
    missing = tmp_path / "nowhere" / "valor.sqlite3"
    result = manage(
        "up", f"--port={free_port()}", VALOR_HOME=str(tmp_path / "home"), DATABASE_URL=f"sqlite:///{missing}"
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and str(missing) in result.stderr


def test_a_file_that_is_no_database_gets_one_clear_line(tmp_path):
    wrong: Path = tmp_path / "home" / "valor.sqlite3"
    wrong.parent.mkdir()
    wrong.write_text("This is a letter, not a database. " * 100)
    result = manage("up", f"--port={free_port()}", VALOR_HOME=str(wrong.parent))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and str(wrong) in result.stderr


def test_a_database_server_that_is_down_gets_one_clear_line(tmp_path):
    url = "postgresql://somebody@127.0.0.1:1/valor"
    result = manage("up", f"--port={free_port()}", VALOR_HOME=str(tmp_path / "home"), DATABASE_URL=url)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "DATABASE_URL" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "nonsense"), ("DATABASE_URL", "postgresql://me@127.0.0.1:abc/x"), ("REDIS_URL", "nonsense")],
)
def test_an_address_that_makes_no_sense_gets_one_clear_line(tmp_path, name, value):
    result = manage("up", "--port", str(free_port()), VALOR_HOME=str(tmp_path), **{name: value})
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and f"{name} is no address" in result.stderr


def test_a_read_only_database_gets_one_clear_line(tmp_path):
    assert manage("migrate", "--skip-checks", "-v0", VALOR_HOME=str(tmp_path)).returncode == 0
    file = tmp_path / "valor.sqlite3"
    file.chmod(0o444)
    unprivileged = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    if unprivileged and not shutil.which("setpriv"):
        pytest.skip("root writes to everything, and there is no setpriv to give that up")
    command = [*unprivileged, sys.executable, "manage.py", "up", "--port", str(free_port())]
    environment = clean_environment() | {"VALOR_HOME": str(tmp_path)}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and f"The database {file} can't be used" in result.stderr
