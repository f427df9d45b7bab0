"""The rules of the house, held by test: imports, small modules, no inline style or script, named dependencies."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.__main__ import ROOT
from valor import __version__

PACKAGES = ("valor", "tasks", "performance", "modeling", "benchmarks")
LONGEST_MODULE = 300
LONGEST_FUNCTION = 60


def tracked(*patterns: str) -> list[Path]:
    """Files of the project that match, whether committed or new; nothing that git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("This is not a git checkout.")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in PACKAGES]


def test_the_import_contracts_hold():
    lint = str(Path(sys.executable).with_name("lint-imports"))
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_modules_are_small():
    assert len(modules()) > 50
    long = {str(path): count for path in modules() if (count := path.read_text().count("\n")) > LONGEST_MODULE}
    assert long == {}


def test_functions_are_short():
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path in modules()
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION
    ]
    assert long == []


def test_templates_hold_no_inline_style_or_script():
    templates = tracked("templates/*.html")
    assert len(templates) > 20
    inline = re.compile(r"""\sstyle\s*=|<style|\son[a-z]+\s*=\s*["']|<script(?![^>]*\bsrc=)|javascript:""")
    found = [f"{path}: {match.group()}" for path in templates for match in inline.finditer(path.read_text())]
    assert found == []


def test_scripts_set_no_inline_style_by_markup():
    scripts = [path for path in tracked("valor/static/valor/js/*.js")]
    assert scripts
    assert [
        str(path) for path in scripts if re.search(r"setAttribute\(\s*[\"']style|style=[\"']", path.read_text())
    ] == []


def test_our_scripts_are_small_modules():
    long = {path.name: n for path in tracked("valor/static/valor/js/*.js") if (n := path.read_text().count("\n")) > 80}
    assert long == {}


def test_every_dependency_is_named_with_its_reason():
    described = (ROOT / "ARCHITECTURE.md").read_text().lower()
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert "==" in line, f"{line} of {file} is not pinned."
                name = re.split(r"[\[=]", line)[0]
                assert f"`{name.lower()}`" in described, f"{name} of {file} is not in ARCHITECTURE.md."


def test_no_file_knows_the_machine_it_was_written_on():
    texts = tracked("*.py", "*.html", "*.md", "*.js", "*.css", "*.toml", "*.yaml", "*.sh", "Makefile", ".ci/run")
    elsewhere = re.compile(r"/(?:root|work|Users|home/[a-z]+)/")
    found = [
        str(p) for p in texts if "vendor" not in p.parts and p != Path(__file__) and elsewhere.search(p.read_text())
    ]
    assert found == []


def test_nothing_is_left_unfinished():
    words = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
    found = [f"{p}: {m.group()}" for p in modules() for m in words.finditer(p.read_text())]
    assert found == []


def test_the_version_is_the_same_everywhere():
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert version.group(1) == __version__
    assert f"## {version.group(1)}" in (ROOT / "CHANGELOG.md").read_text()
