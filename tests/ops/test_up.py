"""`manage.py up` as a whole: what a user sees from the first start to Ctrl-C, and what happens when things die."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.__main__ import ROOT
from tests.product import Product, eventually
from tests.services import free_port

pytestmark = pytest.mark.launch


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    with Product(tmp_path_factory.mktemp("up") / "home") as started:
        yield started.ready()


class Begun(NamedTuple):
    """A product that has started for the first time and was stopped again, and what was seen of it meanwhile."""

    product: Product
    family: list[psutil.Process]
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Begun:
    with Product(tmp_path_factory.mktemp("begun") / "home") as first:
        first.ready()
        family, passwords = first.family(), first.passwords()
    return Begun(first, family, passwords)


@pytest.fixture
def home(begun, tmp_path) -> Path:
    """A copy of the folder that it left: a first start takes twice as long as a later one."""
    return Path(shutil.copytree(begun.product.home, tmp_path / "home"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() for process in processes)


def test_the_first_start_prints_the_address_and_who_may_sign_in(product):
    assert product.url in product.output
    passwords = product.passwords()
    assert set(passwords) == {"analyst", "operator"}
    for name, password in passwords.items():
        assert len(password) >= 12
        assert re.search(rf"^  {name} +{re.escape(password)}$", product.output, re.MULTILINE)


def test_what_the_start_leaves_behind_is_for_its_owner_only(product):
    assert mode(product.home) == 0o700
    for name in ("secret_key", "demo_sign_in", "valor.sqlite3"):
        assert mode(product.home / name) == 0o600, name


def test_pages_and_their_static_files_are_served(product):
    assert product.status("/sign-in/") == 200
    manifest = (product.home / "static" / "staticfiles.json").read_text()
    hashed = re.search(r'"valor/css/base\.css": "([^"]+)"', manifest)
    assert hashed is not None and hashed.group(1) != "valor/css/base.css"
    assert product.status(f"/static/{hashed.group(1)}") == 200


def test_gunicorn_and_the_commands_start_without_noise(product):
    assert "gunicorn" not in product.output.lower()
    assert "Traceback" not in product.output


@pytest.mark.parametrize("word", ["gunicorn", "run_worker", "sample_metrics"])
def test_a_killed_child_comes_back_and_leaves_no_orphan(product, word):
    eventually(lambda: product.child(word), product)
    victim = product.child(word)
    offspring = victim.children(recursive=True)
    victim.kill()
    eventually(lambda: (new := product.child(word)) is not None and new.pid != victim.pid, product)
    eventually(lambda: gone(offspring), product)
    eventually(lambda: product.status() == 200, product)


def test_a_second_start_on_the_same_port_says_so(product, tmp_path):
    second = Product(tmp_path / "home", port=product.port).start()
    assert second.process.wait(timeout=60) == 1
    second.reader.join()
    assert len(second.lines) == 1
    assert f"Port {product.port} on 127.0.0.1 is already in use" in second.lines[0]
    assert product.status() == 200


def test_a_stop_is_clean_and_ends_everything(begun):
    first = begun.product
    assert first.process.returncode == 0, first.output
    assert first.lines[-1] == "Stopped."
    eventually(lambda: gone(begun.family), first)


def test_a_later_start_keeps_the_data_and_prints_the_sign_in_again(home, begun):
    with Product(home, port=begun.product.port) as second:
        second.ready()
        assert second.passwords() == begun.passwords
        assert all(password in second.output for password in begun.passwords.values())
        assert "Collecting" not in second.output and "Preparing" not in second.output
        assert second.stop(signal.SIGTERM) == 0


def test_killing_the_supervisor_ends_everything(home):
    with Product(home) as product:
        product.ready()
        eventually(lambda: len(product.family()) >= 8, product)  # guard, web 2, worker and its cluster, sampler
        family = product.family()
        product.process.kill()
        eventually(lambda: gone(family), product)
        assert product.status() == 0


@pytest.mark.skipif(not (ROOT / ".venv" / "bin" / "python").exists(), reason="make runs the .venv of this folder")
def test_ctrl_c_in_a_terminal_ends_make_run_with_status_0(home):
    environment = Product(home).environment
    shown = b""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execvpe("make", ["make", "run", f"PORT={free_port()}"], environment)
    try:
        while b"Ctrl-C stops it." not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, b"\x03")
        while b"Stopped." not in shown:
            shown += os.read(terminal, 4096)
    finally:
        status = os.waitpid(child, 0)[1]
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert b"***" not in shown


@pytest.mark.skipif(not (ROOT / ".venv" / "bin" / "python").exists(), reason="make runs the .venv of this folder")
def test_a_closed_terminal_ends_make_run_where_no_shell_passes_the_news_on(home):
    product = Product(home)
    shown = b""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execvpe("make", ["make", "run", f"PORT={product.port}"], product.environment)
    while b"Ctrl-C stops it." not in shown:
        shown += os.read(terminal, 4096)
    family = psutil.Process(child).children(recursive=True)
    os.close(terminal)
    try:
        eventually(lambda: os.waitpid(child, os.WNOHANG)[0] == child)
        eventually(lambda: gone(family))
    finally:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
