"""The choice of a Python and the installing, with Pythons that only pretend: no network, no waiting."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.__main__ import ROOT

TOOLS = ("sh", "cat", "sed", "tail", "mkdir", "touch", "rm", "cp", "chmod", "make")

# Answers what bootstrap.sh asks of a Python: its version, its modules, making .venv, running pip.
PYTHON = """#!/bin/sh
case "$*" in
    *version_info*) echo {version} ;;
    *"import venv"*) exit {lacks_venv} ;;
    *"import pip"*) exit 0 ;;
    *"-m venv --clear"*) rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *"-m pip"*) echo "$*" >>pip.log ;;
    manage.py*) echo "$*" ;;
esac
"""


class Clone:
    """A folder with the Makefile, the script and two requirements files, and a path of pretended Pythons."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.path = folder / "path"
        self.path.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None, tool
            (self.path / tool).symlink_to(found)
        (self.folder / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", self.folder)
        shutil.copy(ROOT / "tools" / "bootstrap.sh", self.folder / "tools")
        (self.folder / "requirements.txt").write_text("django\n")
        (self.folder / "requirements-dev.txt").write_text("-r requirements.txt\npytest\n")

    def python(self, name: str, version: str, *, lacks_venv: int = 0) -> Path:
        return self.program(name, PYTHON.format(version=version, lacks_venv=lacks_venv))

    def program(self, name: str, text: str) -> Path:
        file = self.path / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.path), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self) -> list[str]:
        log = self.folder / "pip.log"
        return [line.rsplit(" ", 1)[1] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def clone(tmp_path) -> Clone:
    return Clone(tmp_path)


def clear_line(result: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr besides make's own."""
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_the_newest_fitting_python_that_runs_is_taken(clone):
    clone.python("python3.11", "3.11")
    clone.python("python3.12", "3.12")
    clone.program("python3.13", "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n")
    clone.python("python3.15", "3.15")
    result = clone.make("run")
    assert result.returncode == 0, result.stderr
    assert "Python 3.12" in result.stdout
    assert clone.installed() == ["requirements.txt"]


def test_a_plain_python3_is_enough(clone):
    clone.python("python3", "3.14")
    assert "Python 3.14" in clone.make("run").stdout


def test_python_on_the_command_line_overrides_the_choice(clone):
    clone.python("python3.14", "3.14")
    other = clone.python("elsewhere", "3.11")
    assert "Python 3.11" in clone.make("run", f"PYTHON={other}").stdout


def test_another_version_named_later_makes_the_environment_anew(clone):
    clone.python("python3.12", "3.12")
    clone.make("run")
    clone.python("python3.13", "3.13")
    assert "Making" not in clone.make("run").stdout
    assert "Python 3.13" in clone.make("run", "PYTHON=python3.13").stdout
    assert clone.installed() == ["requirements.txt", "requirements.txt"]


def test_a_python_too_old_is_one_clear_line(clone):
    clone.python("python3", "3.9")
    line = clear_line(clone.make("run"))
    assert "3.11 to 3.14" in line and "3.9 (too old)" in line


def test_a_python_too_new_is_one_clear_line(clone):
    clone.python("python3", "3.15")
    assert "3.15 (too new)" in clear_line(clone.make("run"))


def test_a_named_python_that_does_not_fit_is_one_clear_line(clone):
    named = clone.python("old", "3.10")
    assert "which is too old" in clear_line(clone.make("run", f"PYTHON={named}"))


def test_a_named_python_that_is_missing_is_one_clear_line(clone):
    clone.python("python3.12", "3.12")
    assert "does not run" in clear_line(clone.make("run", "PYTHON=/nowhere/python"))


def test_no_python_at_all_is_one_clear_line(clone):
    assert "no Python was found" in clear_line(clone.make("run"))


def test_a_missing_venv_module_is_one_clear_line_with_the_cure(clone):
    clone.python("python3.11", "3.11", lacks_venv=1)
    assert "python3.11-venv" in clear_line(clone.make("run"))


def test_a_folder_that_cannot_be_written_is_one_clear_line(clone):
    clone.python("python3.12", "3.12")
    if os.geteuid() == 0:
        (clone.folder / ".venv").write_text("in the way")  # root may write everywhere
    else:
        clone.folder.chmod(0o555)
    try:
        assert "can't be written" in clear_line(clone.make("run"))
    finally:
        clone.folder.chmod(0o755)


def test_requirements_are_installed_once_and_again_when_they_change(clone):
    clone.python("python3.12", "3.12")
    clone.make("run")
    clone.make("run")
    assert clone.installed() == ["requirements.txt"]
    (clone.folder / "requirements.txt").write_text("django\nnumpy\n")
    clone.make("run")
    assert clone.installed() == ["requirements.txt", "requirements.txt"]


def test_the_tools_bring_the_requirements_and_notice_their_change(clone):
    clone.python("python3.12", "3.12")
    script = ["sh", "tools/bootstrap.sh", "requirements-dev.txt"]
    environment = {"PATH": str(clone.path)}
    subprocess.run(script, cwd=clone.folder, env=environment, check=True, capture_output=True)
    clone.make("run")
    assert clone.installed() == ["requirements-dev.txt"]
    (clone.folder / "requirements.txt").write_text("django\nnumpy\n")
    subprocess.run(script, cwd=clone.folder, env=environment, check=True, capture_output=True)
    assert clone.installed() == ["requirements-dev.txt", "requirements-dev.txt"]


def test_a_failed_installation_is_tried_again(clone):
    python = clone.python("python3.12", "3.12")
    clone.make("run")
    failing = python.read_text().replace('echo "$*" >>pip.log', "exit 1")
    (clone.folder / ".venv" / "bin" / "python").write_text(failing)
    (clone.folder / "requirements.txt").write_text("nonsense\n")
    assert "Installing requirements.txt failed" in clear_line(clone.make("run"))
    (clone.folder / ".venv" / "bin" / "python").write_text(python.read_text())
    clone.make("run")
    assert clone.installed() == ["requirements.txt", "requirements.txt"]


def test_host_and_port_count_on_the_command_line_only(clone):
    clone.python("python3.12", "3.12")
    assert clone.make("run", HOST="example.org", PORT="1").stdout.splitlines()[-1] == "manage.py up"
    named = clone.make("run", "HOST=0.0.0.0", "PORT=8123").stdout.splitlines()[-1]
    assert named == "manage.py up --host 0.0.0.0 --port 8123"
