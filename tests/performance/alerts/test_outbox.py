"""Who is told: once, together, again when it failed, never too often, and never by a tick that waits."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from django.core import mail
from django.utils import timezone

from performance.alerts import channels, checks, outbox
from performance.alerts.choices import Channel
from performance.alerts.courier import Courier, deliver, wait_for_due
from performance.alerts.models import Alert, Notification
from performance.alerts.trial import send_test


class Receiver(ThreadingHTTPServer):
    """Somebody's web server, with its moods."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status, self.hangs = 200, threading.Event()
        self.hang = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=1"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(({**dict(self.headers), "path": self.path}, body))
        if self.server.hang:
            self.server.hangs.wait(30)
            return
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver(settings):
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = server.url, "s3cret"
    yield server
    server.hangs.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def letters(settings):
    settings.ALERT_EMAILS = ["ops@example.com", "boss@example.com"]


def later(seconds: float = 10):
    return timezone.now() + timedelta(seconds=seconds)


def states(channel: Channel) -> Counter[str]:
    return Counter(Notification.objects.filter(channel=channel).values_list("state", flat=True))


def test_a_webhook_is_signed_and_carries_text_figures_and_link(receiver, firing, settings):
    settings.BASE_URL = "https://valor.example.com"
    assert deliver(later(), Channel.WEBHOOK) == 1
    ((headers, body),) = receiver.requests
    secret = settings.ALERT_WEBHOOK_SECRET.encode()
    expected = hmac.new(secret, headers["X-Valor-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Valor-Signature"] == f"sha256={expected}"
    assert (headers["Content-Type"], headers["path"]) == ("application/json", "/hook?key=1")
    document = json.loads(body)
    assert "CPU on web-1 at 93 % (limit 80 %)" in document["text"]
    (told,) = document["alerts"]
    assert told["url"] == f"https://valor.example.com/performance/alerts/{firing.pk}/"
    assert (told["metric"], told["value"], told["severity"], told["event"]) == ("cpu_percent", 93.0, "warning", "fired")
    assert states(Channel.WEBHOOK) == {"sent": 1}


def test_a_webhook_tells_no_command_lines(receiver, firing):
    process = {"pid": 7, "name": "curl", "cpu": 180.0, "command": "curl -H Authorization: Bearer abc"}
    told = {"kind": "process", "name": "curl 7", "share": 0.9, "sentence": "curl 7 takes 180 % of a core", "url": ""}
    Alert.objects.filter(pk=firing.pk).update(culprits=[told | {"figures": process}])
    deliver(later(), Channel.WEBHOOK)
    ((_, body),) = receiver.requests
    (alert,) = json.loads(body)["alerts"]
    assert alert["culprits"] == [told | {"figures": {"pid": 7, "name": "curl", "cpu": 180.0}}]


def test_without_a_secret_nothing_is_signed(receiver, firing, settings):
    settings.ALERT_WEBHOOK_SECRET = ""
    deliver(later(), Channel.WEBHOOK)
    assert "X-Valor-Signature" not in receiver.requests[0][0]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_sent_again_later_and_later(receiver, firing, status):
    receiver.status = status
    assert deliver(later(), Channel.WEBHOOK) == 1
    row = Notification.objects.get(channel=Channel.WEBHOOK)
    assert (row.state, row.attempts, row.error) == ("pending", 1, f"Undelivered: It was answered with {status}.")
    assert len(receiver.requests) == 1
    assert row.due_at > timezone.now() + timedelta(seconds=10)
    assert deliver(later(10), Channel.WEBHOOK) == 0
    deliver(later(40), Channel.WEBHOOK)
    second = Notification.objects.get(channel=Channel.WEBHOOK)
    assert (second.attempts, second.due_at - row.due_at > timedelta(seconds=10)) == (2, True)
    receiver.status = 204
    deliver(later(200), Channel.WEBHOOK)
    assert states(Channel.WEBHOOK) == {"sent": 1}


def test_a_receiver_that_hangs_costs_a_few_seconds_and_is_tried_again(receiver, firing, monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT", 0.2)
    receiver.hang = True
    deliver(later(), Channel.WEBHOOK)
    row = Notification.objects.get(channel=Channel.WEBHOOK)
    assert (row.state, row.attempts) == ("pending", 1)
    assert "TimeoutError" in row.error


def test_a_receiver_that_is_not_there_is_tried_again(firing, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        Notification.objects.update(channel=Channel.WEBHOOK)
        deliver(later(), Channel.WEBHOOK)
    row = Notification.objects.get()
    assert (row.state, "ConnectionRefusedError" in row.error) == ("pending", True)


def test_after_half_a_day_in_vain_it_is_given_up(receiver, firing):
    receiver.status = 500
    Notification.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
    deliver(later(), Channel.WEBHOOK)
    assert states(Channel.WEBHOOK) == {"failed": 1}
    assert deliver(later(86_400), Channel.WEBHOOK) == 0


def test_each_attempt_waits_longer_up_to_hours():
    pauses = [outbox.pause(attempt).total_seconds() for attempt in range(1, outbox.MOST_ATTEMPTS + 1)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (15.0, 4 * 3600.0)


def test_what_begins_together_is_one_letter_and_nobody_sees_who_else_is_told(letters, clock):
    clock.tick("web-1", system={"disk_percent": 93.0})
    clock.tick("web-2", step=2, system={"disk_percent": 97.0})
    assert deliver(later(), Channel.EMAIL) == 2
    (letter,) = mail.outbox
    assert letter.subject == "[Valor IVX] Critical: Disk on web-2 and 1 more"
    assert letter.body.count("/performance/alerts/") == 2
    assert (letter.to, letter.bcc) == ([], ["ops@example.com", "boss@example.com"])
    assert len(set(Notification.objects.filter(channel="email").values_list("message", flat=True))) == 1


def test_what_fired_and_was_resolved_before_anybody_was_told_is_told_as_resolved(letters, clock, firing):
    clock.tick(system={"cpu_percent": 10.0})
    clock.tick(system={"cpu_percent": 10.0})
    assert deliver(later(), Channel.EMAIL) == 2
    assert mail.outbox[0].body.startswith("Resolved after ")
    assert mail.outbox[0].body.count("CPU on web-1") == 1


def test_the_end_of_what_nobody_heard_of_is_not_told(letters, clock):
    low = {"hit_percent": 10.0, "lookup_count": 5000, "breakers_open": 1}
    for _ in range(22):
        clock.tick(cache=low)
    Notification.objects.all().delete()
    for _ in range(23):
        clock.tick(cache={"hit_percent": 99.0, "lookup_count": 5000, "breakers_open": 1})
    assert Alert.objects.get(metric="hit_percent").state == "resolved"
    assert not Notification.objects.filter(event__alert__metric="hit_percent").exists()


def test_a_channel_sends_so_many_messages_an_hour_and_the_rest_together_later(letters, clock, settings):
    settings.ALERT_MESSAGES_PER_HOUR = 2
    for host in ("web-1", "web-2", "web-3", "web-4"):
        clock.tick(host, step=1, system={"disk_percent": 93.0})
        deliver(later(), Channel.EMAIL)
    assert len(mail.outbox) == 2
    deliver(later(3700), Channel.EMAIL)
    assert len(mail.outbox) == 3
    assert mail.outbox[-1].body.count("/performance/alerts/") == 2


def test_what_is_critical_is_told_beyond_the_fill_and_takes_along_what_waits(letters, clock, settings):
    settings.ALERT_MESSAGES_PER_HOUR = 1
    for host, disk in (("web-1", 93.0), ("web-2", 93.0), ("web-3", 97.0)):
        clock.tick(host, step=1, system={"disk_percent": disk})
        deliver(later(), Channel.EMAIL)
    assert [letter.subject for letter in mail.outbox] == [
        "[Valor IVX] Warning: Disk on web-1",
        "[Valor IVX] Critical: Disk on web-3 and 1 more",
    ]
    assert deliver(later(), Channel.EMAIL) == 0


def test_what_waits_for_a_full_channel_holds_up_nothing_critical(letters, clock, settings, monkeypatch):
    settings.ALERT_MESSAGES_PER_HOUR = 1
    for host in ("web-1", "web-2"):
        clock.tick(host, step=1, system={"disk_percent": 93.0})
        deliver(later(), Channel.EMAIL)
    assert deliver(later(), Channel.LOG) == 2
    now = timezone.now()
    assert wait_for_due(now) is None
    clock.tick("web-3", system={"disk_percent": 97.0})
    Notification.objects.filter(event__alert__host="web-3").update(due_at=now + outbox.GROUPING)
    monkeypatch.setattr("performance.alerts.courier.timezone", SimpleNamespace(now=lambda: now + sum(waited, idle)))
    idle, waited = timedelta(), []
    Courier(pause=lambda seconds: waited.append(timedelta(seconds=seconds))).rounds()
    assert waited == [outbox.GROUPING]
    assert mail.outbox[-1].subject == "[Valor IVX] Critical: Disk on web-3 and 1 more"
    assert not Notification.objects.filter(state="pending").exists()


def test_a_full_channel_holds_up_no_other_one(letters, clock, settings):
    settings.ALERT_MESSAGES_PER_HOUR = 1
    for host in ("web-1", "web-2"):
        clock.tick(host, step=1, system={"disk_percent": 93.0})
        deliver(later(), Channel.EMAIL)
    Notification.objects.update(due_at=later(-60))
    assert wait_for_due(timezone.now()) == 0.0
    assert deliver(timezone.now(), Channel.LOG) == 2
    assert wait_for_due(timezone.now()) is None
    assert wait_for_due(later(3700)) == 0.0


def test_of_many_that_are_due_the_critical_ones_go_first(letters, clock, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_AT_ONCE", 1)
    clock.tick("web-1", system={"disk_percent": 93.0})
    clock.tick("web-2", system={"disk_percent": 97.0})
    deliver(later(), Channel.EMAIL)
    assert mail.outbox[0].subject == "[Valor IVX] Critical: Disk on web-2"


def test_the_log_is_told_of_everything(clock, settings):
    settings.ALERT_MESSAGES_PER_HOUR = 1
    for host in ("web-1", "web-2", "web-3"):
        clock.tick(host, step=1, system={"disk_percent": 93.0})
        deliver(later(), Channel.LOG)
    assert states(Channel.LOG) == {"sent": 3}


def test_what_could_not_be_told_for_hours_is_told_with_its_end_and_not_after_it(letters, clock, firing, settings):
    settings.EMAIL_BACKEND, backend = "django.core.mail.backends.smtp.EmailBackend", settings.EMAIL_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    Notification.objects.update(attempts=8)
    deliver(later(), Channel.EMAIL)
    assert Notification.objects.get(channel=Channel.EMAIL).due_at > later(3600)
    settings.EMAIL_BACKEND = backend
    for _ in range(2):
        clock.tick(system={"cpu_percent": 10.0})
    assert deliver(later(), Channel.EMAIL) == 2
    assert [letter.subject for letter in mail.outbox] == ["[Valor IVX] Resolved: CPU on web-1"]
    assert deliver(later(86_400), Channel.EMAIL) == 0


def test_two_couriers_never_send_the_same(letters, firing):
    first = outbox.claim(Channel.EMAIL, later())
    assert len(first) == 1
    assert outbox.claim(Channel.EMAIL, later()) == []
    stolen = outbox.claim(Channel.EMAIL, later(300))
    outbox.sent(first, timezone.now())
    assert states(Channel.EMAIL) == {"pending": 1}
    outbox.sent(stolen, timezone.now())
    assert states(Channel.EMAIL) == {"sent": 1}


def test_a_mail_server_that_refuses_leaves_the_letter_for_later(letters, firing, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    deliver(later(), Channel.EMAIL)
    row = Notification.objects.get(channel=Channel.EMAIL)
    assert (row.state, row.attempts, "ConnectionRefused" in row.error) == ("pending", 1, True)


def test_the_log_is_told_with_the_sentence_and_the_link(firing, caplog):
    deliver(later(), Channel.LOG)
    assert "CPU on web-1 at 93 % (limit 80 %)" in caplog.text
    assert f"/performance/alerts/{firing.pk}/" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_courier_works_in_a_thread_of_its_own_and_ends(receiver, clock):
    clock.tick(system={"disk_percent": 93.0})
    Notification.objects.update(due_at=timezone.now())
    courier = Courier()
    courier.wake()
    assert courier.thread is not None
    assert courier.thread is not threading.current_thread()
    courier.thread.join(30)
    assert not courier.thread.is_alive()
    assert Counter(Notification.objects.values_list("state", flat=True)) == {"sent": 2}


def test_what_waits_for_a_channel_that_is_no_longer_configured_is_not_waited_for(firing):
    Notification.objects.update(channel=Channel.EMAIL, due_at=later(-86_400))
    assert wait_for_due(timezone.now()) is None


def test_with_nothing_due_no_thread_is_begun(db, django_assert_num_queries):
    courier = Courier()
    with django_assert_num_queries(1):
        courier.wake()
    assert courier.thread is None


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"ALERT_EMAILS": ["ops@example.com"]}, []),
        ({"ALERT_EMAILS": ["ops@example.com", "boss"]}, ["performance.E002"]),
        ({"ALERT_WEBHOOK_URL": "ftp://example.com/"}, ["performance.E003"]),
        ({"ALERT_WEBHOOK_URL": "https://"}, ["performance.E003"]),
        ({"ALERT_WEBHOOK_URL": "http://example.com:99999/"}, ["performance.E003"]),
        ({"ALERT_WEBHOOK_URL": "https://example.com/"}, ["performance.W001"]),
        ({"ALERT_WEBHOOK_URL": "https://example.com/", "ALERT_WEBHOOK_SECRET": "x"}, []),
    ],
)
def test_settings_that_would_tell_nobody_are_said_at_the_start(settings, changes, found):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [message.id for message in checks.channels(None)] == found


def test_a_test_goes_by_every_channel_and_says_what_failed(db, letters, receiver, caplog):
    receiver.status = 500
    found = dict(send_test())
    assert (found[Channel.LOG], found[Channel.EMAIL]) == ("", "")
    assert found[Channel.WEBHOOK] == "Undelivered: It was answered with 500."
    assert mail.outbox[0].subject == "[Valor IVX] Test"
