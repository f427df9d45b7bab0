"""The walk over the host's processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from django.utils import timezone

from performance.models import SystemSample
from performance.probes.commands import named, told
from performance.probes.walk import Seen, Walker, described

SPIN = "while True: pass"
HOLD = "held = bytearray(150_000_000); print('held', flush=True); input()"


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def spin(process: subprocess.Popen[str], seconds: float) -> None:
    """Waits until the process has used so much more of the processor, however busy the machine is."""
    seen = psutil.Process(process.pid)
    until = seen.cpu_times().user + seconds
    while seen.cpu_times().user < until:
        time.sleep(0.01)


def test_a_process_that_spins_is_told_with_its_share_and_its_role_the_busiest_first() -> None:
    with running(sys.executable, "-c", SPIN) as hog:
        walker = Walker(lambda: {hog.pid: "worker"})
        walker.walk()
        spin(hog, 0.3)
        found = walker.walk(limit=3)
    told = next(process for process in found if process["pid"] == hog.pid)
    assert told["cpu"] > 0
    assert told["command"].startswith("python") and SPIN not in told["command"]
    assert told["ours"] == "worker"
    assert told["threads"] == 1 and told["rss"] > 1_000_000 and told["started_at"].endswith("+00:00")
    cpus = [process["cpu"] for process in found[:3]]
    assert cpus == sorted(cpus, reverse=True)


def test_the_first_walk_looks_twice_so_that_it_knows_who_is_busy() -> None:
    looks: list[int] = []

    class Counting(Walker):
        def look(self):
            looks.append(1)
            return super().look()

    walker = Counting(dict)
    walker.walk()
    assert len(looks) == 2
    walker.walk()
    assert len(looks) == 3


def test_a_large_process_that_idles_is_told_after_the_busy_ones() -> None:
    with running(sys.executable, "-c", HOLD) as large:
        assert large.stdout and large.stdout.readline()
        told = Walker(dict).walk(limit=40)
    assert any(process["pid"] == large.pid and process["rss"] > 150_000_000 for process in told)


def test_the_second_walk_tells_of_the_time_since_the_first() -> None:
    moment = [0.0]
    walker = Walker(dict, clock=lambda: moment[0])
    with running(sys.executable, "-c", SPIN) as hog:
        walker.walk()
        moment[0] += 100.0  # as if the walk before was long ago: what was spent is little of that
        found = {process["pid"]: process["cpu"] for process in walker.walk(limit=500)}
    assert found[hog.pid] < 10


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            "/usr/bin/python3.12 -u /srv/valor/manage.py runserver --token x",
            "python3.12 /srv/valor/manage.py runserver",
        ),
        ("python manage.py import_company secret", "python manage.py import_company"),
        ("python manage.py --password=x", "python manage.py"),
        ("python -m http.server 8000", "python -m http.server"),
        ("python -m django migrate", "python -m django migrate"),
        ("python -m=x y", "python"),
        ("python /usr/bin/gunicorn app:secret", "python /usr/bin/gunicorn"),
        ("python keys.py --fast", "python keys.py"),
        ("java -Dpassword=x -jar /opt/app.jar --secret y", "java /opt/app.jar"),
        ("java -cp lib/a.jar:lib/b.jar Main secret", "java"),
        ("node --require hook app.js pw", "node"),
        ("node server/main.mjs pw", "node server/main.mjs"),
        ("bash /opt/deploy.sh s3cret", "bash /opt/deploy.sh"),
        ("perl -e s/a/secret/", "perl"),
        ("bash -c mysql<secret.sql", "bash"),
        ("ruby https://user:pw@host/run.rb", "ruby"),
        ("/usr/sbin/mysqld --datadir /x", "mysqld"),
        ("serve --password=abc --port 1", "serve"),
        ("sshpass -p x ssh host", "sshpass"),
        ("curl -u a:b https://host/", "curl"),
        ("redis-cli -a x", "redis-cli"),
        ("mysql -px", "mysql"),
        ("run postgres://me:p@ss/w:rd@host/db", "run"),
        ("run https://u:p@host/", "run"),
    ],
)
def test_of_a_command_line_is_told_what_it_is_and_nothing_that_it_was_given(line: str, what: str) -> None:
    assert told(line.split()) == what


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (["curl", "-H", "Authorization: Bearer x", "host"], "curl"),
        (["serve", "--password", "two words"], "serve"),
        (["serve", '{"password": "x"}'], "serve"),
        (["python", "-c", "login('me', 'pw')"], "python"),
        (["bash", "-lc", "export TOKEN=x; ./run.sh"], "bash"),
        (["python", "manage.py", "shell me/pw"], "python manage.py"),
        (["worker --password=a/b"], "a title"),
        (["nginx: worker process"], "a title"),
        ([], "a title"),
    ],
)
def test_nor_is_what_has_spaces_in_it_or_stands_in_the_place_of_the_program(line: list[str], what: str) -> None:
    assert told(line, "a title") == what


def test_a_name_is_the_first_word_of_it() -> None:
    names = ["postgres: me mydb [local] SELECT", "a-worker-with-a-long-name --password=x", "stress", ""]
    assert [named(name) for name in names] == ["postgres", "a-worker-with-a-long-name", "stress", ""]


@pytest.mark.django_db
def test_odd_bytes_in_a_command_line_can_be_stored() -> None:
    with running("/bin/bash", "-c", "exec -a odd$'\\xff'name sleep 60") as odd:
        until = time.monotonic() + 20
        while "sleep" not in (name := psutil.Process(odd.pid).name()):
            assert time.monotonic() < until, name
            time.sleep(0.01)
        found = described(Seen(psutil.Process(odd.pid), 0.0, 0), 0.0, {})
    assert found is not None
    assert SystemSample.objects.create(host="a", taken_at=timezone.now(), interval=1, detail=found).pk


@pytest.mark.django_db
def test_what_no_database_takes_does_not_get_into_its_json() -> None:
    odd = {"a\0b": ["half \ud800 \udcff", "whole \U0001f600", "spelt \\u0000", "both \\\0"]}
    sample = SystemSample.objects.create(host="a", taken_at=timezone.now(), interval=1, detail=odd)
    sample.refresh_from_db()
    assert sample.detail == {"ab": ["half ? ?", "whole \U0001f600", "spelt \\u0000", "both \\"]}
